// The parts of the transport that are hard to see from outside.

#include <gmock/gmock.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/validate_service_config.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/error_details_internal.h"
#include "seam/grpc/listen_address_internal.h"
#include "seam/grpc/service_config_internal.h"
#include "seam/testing/temporary_folder.h"
#include "test_service.h"

namespace seam::grpc_internal {
namespace {

using nlohmann::json;

TEST(Bytes, GoToGrpcAndBackWithoutACopy) {
  bool released = false;
  const std::string text(1000, 'x');
  {
    grpc::ByteBuffer sent =
        ToByteBuffer(Buffer(text, &released, [](void* flag) { *static_cast<bool*>(flag) = true; }));
    grpc::Slice slice;
    ASSERT_TRUE(sent.TrySingleSlice(&slice).ok());
    EXPECT_EQ(static_cast<const void*>(slice.begin()), text.data());
    const Buffer received = ToBuffer(sent).value();
    EXPECT_EQ(received.bytes().data(), text.data());
    EXPECT_EQ(received.bytes(), text);
    EXPECT_FALSE(released);
  }
  EXPECT_TRUE(released);
}

TEST(Bytes, InPiecesAreJoined) {
  const grpc::Slice slices[] = {grpc::Slice("one "), grpc::Slice("two")};
  EXPECT_EQ(ToBuffer(grpc::ByteBuffer(slices, 2))->bytes(), "one two");
}

TEST(Bytes, OfAnEmptyMessageAreNoneAndOfNoMessageNothing) {
  EXPECT_EQ(ToBuffer(ToByteBuffer(Buffer()))->bytes(), "");
  EXPECT_EQ(ToBuffer(ToByteBuffer(Buffer(std::string())))->bytes(), "");
  EXPECT_FALSE(ToBuffer(grpc::ByteBuffer()));
}

// Binds and listens, as a server does; closed by the caller.
int ListenAt(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(fd, 1), 0);
  return fd;
}

TEST(SocketFiles, OfTwoServersThatStartAtOnceOneGetsThePath) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "socket";
  auto first = SocketFile::Prepare(path).value();
  auto second = SocketFile::Prepare(path).value();
  const int first_fd = ListenAt(first->private_path());
  const int second_fd = ListenAt(second->private_path());
  EXPECT_TRUE(first->Publish());
  const auto published = second->Publish();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().reason, "ADDRESS_IN_USE");
  second.reset();
  EXPECT_TRUE(std::filesystem::is_socket(path));
  ::close(second_fd);
  ::close(first_fd);
  // A server that is no more leaves the path to the next one, and takes nothing from it.
  auto third = SocketFile::Prepare(path).value();
  const int third_fd = ListenAt(third->private_path());
  EXPECT_TRUE(third->Publish());
  first.reset();
  EXPECT_TRUE(std::filesystem::is_socket(path));
  third.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  ::close(third_fd);
}

TEST(ServiceConfig, RetriesOnlyWhatTheContractAllows) {
  const std::string config = BuildServiceConfig(TestContract(), 3, true);
  EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(config), "");
  const json parsed = json::parse(config);
  ASSERT_EQ(parsed["methodConfig"].size(), 1U);
  EXPECT_EQ(parsed["methodConfig"][0]["name"],
            json::parse(R"([{"service": "seam.test.v1.Test", "method": "Read"},
                            {"service": "seam.test.v1.Test", "method": "Put"}])"));
  const json& policy = parsed["methodConfig"][0]["retryPolicy"];
  EXPECT_EQ(policy["maxAttempts"], 3);
  EXPECT_EQ(policy["retryableStatusCodes"], json::array({"UNAVAILABLE", "CANCELLED"}));
  EXPECT_TRUE(parsed.contains("retryThrottling"));
  EXPECT_EQ(parsed["healthCheckConfig"], json::parse(R"({"serviceName": ""})"));
  EXPECT_EQ(parsed["loadBalancingConfig"], json::parse(R"([{"round_robin": {}}])"));
}

TEST(ServiceConfig, LeavesOutWhatIsNotWanted) {
  for (const json& parsed : {json::parse(BuildServiceConfig(TestContract(), 1, true)),
                             json::parse(BuildServiceConfig(
                                 ServiceContract{"a.B", &AddMethod(), 1, nullptr}, 3, true))}) {
    EXPECT_FALSE(parsed.contains("methodConfig"));
    EXPECT_FALSE(parsed.contains("retryThrottling"));
  }
  const std::string unchecked = BuildServiceConfig(TestContract(), 1, false);
  EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(unchecked), "");
  EXPECT_FALSE(json::parse(unchecked).contains("healthCheckConfig"));
}

TEST(ErrorDetails, GoBothWays) {
  const Error error{Code::kAborted,
                    "WHY",
                    "text",
                    {{"", ""}, {"a", "b"}, {"c", "\xE2\x82\xAC"}},
                    Origin::kHandler};
  Error read{Code::kAborted, "", "text", {}, Origin::kHandler};
  EXPECT_TRUE(DecodeErrorDetails(EncodeErrorDetails(error, "a.B"), read));
  EXPECT_EQ(read, error);
}

TEST(ErrorDetails, AreLeftOutWhenThereIsNothingToSay) {
  EXPECT_EQ(EncodeErrorDetails(Error{Code::kAborted, "", "text", {}, Origin::kHandler}, "a.B"), "");
}

TEST(ErrorDetails, CutAnywhereDoNoHarm) {
  const std::string whole = EncodeErrorDetails(
      Error{Code::kAborted, "WHY", "text", {{"key", "value"}}, Origin::kHandler}, "a.B");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Error read;
    EXPECT_FALSE(DecodeErrorDetails(std::string_view(whole).substr(0, length), read)) << length;
  }
}

}  // namespace
}  // namespace seam::grpc_internal
