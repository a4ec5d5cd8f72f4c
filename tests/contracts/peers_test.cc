// What counts between a client and the service that it reaches, where `seam contracts` would refuse
// the change: whether they misunderstand each other's bytes.

#include <gmock/gmock.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "seam/compatibility/compare_internal.h"

namespace seam::compatibility {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Peer {
  std::string level = "IDEMPOTENT";
  std::string field = "int64 weight = 1;";
};

const google::protobuf::ServiceDescriptor* ServiceOf(const Peer& peer,
                                                     google::protobuf::DescriptorPool& pool) {
  const std::string text =
      "syntax = \"proto3\"; package bakery.v1; message Loaf { " + peer.field +
      " } service Bakery { rpc Bake(Loaf) returns (Loaf) { option idempotency_level = " +
      peer.level + "; } }";
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokenizer(&input, nullptr);
  google::protobuf::FileDescriptorProto file;
  EXPECT_TRUE(google::protobuf::compiler::Parser().Parse(&tokenizer, &file));
  file.set_name("bakery.proto");
  const auto* const built = pool.BuildFile(file);
  return built == nullptr ? nullptr : built->service(0);
}

// The rules that the difference breaks.
std::vector<std::string_view> Broken(const Peer& client, const Peer& service) {
  google::protobuf::DescriptorPool of_client;
  google::protobuf::DescriptorPool of_service;
  const auto* const ours = ServiceOf(client, of_client);
  const auto* const theirs = ServiceOf(service, of_service);
  std::vector<std::string_view> rules;
  if (ours == nullptr || theirs == nullptr) {
    ADD_FAILURE() << "no contract";
    return rules;
  }
  for (const Finding& finding : CompareServices(*ours, *theirs)) {
    rules.push_back(finding.rule->name);
  }
  return rules;
}

TEST(Peers, MayDifferInANameAndInWhatIsNotInTheBytes) {
  for (const char* const other :
       {"int64 mass = 1;", "optional int64 weight = 1;", "int64 weight = 1 [json_name = \"w\"];",
        "int64 weight = 1 [jstype = JS_STRING];", "int64 weight = 1; string name = 2;"}) {
    EXPECT_THAT(Broken({}, {.field = other}), IsEmpty()) << other;
  }
  EXPECT_THAT(Broken({}, {.field = "int64 mass = 1; int64 weight = 2;"}),
              ElementsAre("FIELD_SAME_NUMBER"));
  EXPECT_THAT(Broken({}, {.field = "string mass = 1;"}), ElementsAre("FIELD_WIRE_COMPATIBLE_TYPE"));
}

TEST(Peers, MayPromiseMoreThanTheirClientsRelyOnAndNotLess) {
  const std::vector<std::string> levels = {"IDEMPOTENCY_UNKNOWN", "IDEMPOTENT", "NO_SIDE_EFFECTS"};
  for (std::size_t relied = 0; relied < levels.size(); ++relied) {
    for (std::size_t promised = 0; promised < levels.size(); ++promised) {
      const auto broken = Broken({.level = levels[relied]}, {.level = levels[promised]});
      if (relied <= promised) {
        EXPECT_THAT(broken, IsEmpty()) << levels[relied] << " of " << levels[promised];
      } else {
        EXPECT_THAT(broken, ElementsAre("RPC_SAME_IDEMPOTENCY_LEVEL"))
            << levels[relied] << " of " << levels[promised];
      }
    }
  }
}

}  // namespace
}  // namespace seam::compatibility
