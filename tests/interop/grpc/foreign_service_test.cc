// A generated client of ours calls a service that gRPC for Node serves; see serve_probe.mjs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "seam/grpc/channel.h"
#include "seam/probe/v1/probe_seam.h"
#include "seam/testing/process.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kListening = "listening at ";

// One service for all cases, as Node takes half a second to start.
class ForeignService : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    node_ = std::make_unique<testing::Process>(
        std::vector<std::string>{WITH_PACKAGES, SOURCE_FOLDER, BINARY_FOLDER, "serve_probe.mjs",
                                 REPOSITORY},
        std::vector<std::string>{});
    // The packages may have to be installed first.
    const auto line = node_->WaitForLine(kListening, seconds(240));
    ASSERT_TRUE(line) << "the service does not listen; it said:\n" << node_->output();
    GrpcChannelOptions options;
    options.target = line->substr(line->find(kListening) + kListening.size());
    auto channel = OpenGrpcChannel(ProbeSeam::contract(), std::move(options));
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    client_ = std::make_unique<ProbeSeam::RemoteClient>(*channel_, CallRules());
  }
  static void TearDownTestSuite() {
    client_.reset();
    channel_.reset();
    node_.reset();
  }

  void SetUp() override { ASSERT_NE(client_, nullptr) << "there is no service"; }

  static ProbeClient& client() { return *client_; }
  static testing::Process& node() { return *node_; }
  static Context Patient() { return Context().WithTimeout(seconds(60)); }

  // Until `holds(counts)` of the handler's calls with this key.
  template <class Holds>
  static ::testing::AssertionResult EventuallyCounts(const std::string& key, Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    for (;;) {
      const auto counts = client().CountCalls(Patient(), {.key = key});
      if (!counts) return ::testing::AssertionFailure() << ToString(counts.error());
      if (holds(*counts)) return ::testing::AssertionSuccess();
      if (std::chrono::steady_clock::now() > deadline) {
        return ::testing::AssertionFailure()
               << "begun " << counts->begun << ", ended " << counts->ended << ", cancelled "
               << counts->saw_cancellation;
      }
    }
  }

 private:
  static inline std::unique_ptr<testing::Process> node_;
  static inline std::unique_ptr<Channel> channel_;
  static inline std::unique_ptr<ProbeClient> client_;
};

bool HasEnded(const CountCallsResponse& counts) { return counts.ended == 1; }

// But for maps with 64-bit keys, which the library of the service does not give back as they were.
TEST_F(ForeignService, EveryKindOfValueComesBackAsItWasSent) {
  const Value value{.a_double = -1.5,
                    .a_float = 0.25F,
                    .an_int32 = -1,
                    .an_int64 = std::numeric_limits<std::int64_t>::min(),
                    .a_uint32 = 7,
                    .a_uint64 = std::numeric_limits<std::uint64_t>::max(),
                    .a_sint32 = std::numeric_limits<std::int32_t>::min(),
                    .a_sint64 = -1,
                    .a_fixed32 = std::numeric_limits<std::uint32_t>::max(),
                    .a_fixed64 = 1,
                    .a_sfixed32 = -3,
                    .a_sfixed64 = -4,
                    .a_bool = true,
                    .a_string = "na\xC3\xAFve \xF0\x9F\xAB\x96",
                    .some_bytes = std::string("\x00\xFF\xC3(", 4),
                    .color = Color::COLOR_BELOW_ZERO,
                    .maybe_int32 = 0,
                    .maybe_string = "",
                    .int32s = {1, -1, 0, 300},
                    .strings = {"", "a", ""},
                    .doubles = {0.0, 1e300},
                    .bools = {true, false, true},
                    .colors = {Color::COLOR_RED, static_cast<Color>(1000)},
                    .texts = {{"", "empty key"}, {"k", ""}},
                    .when = Timestamp{-62135596800, 999'999'999},
                    .how_long = Duration{-315576000000, -999'999'999}};
  const auto echoed = client().Echo(Patient(), {.value = value});
  ASSERT_TRUE(echoed) << ToString(echoed.error());
  ASSERT_TRUE(echoed->value.has_value());
  EXPECT_EQ(*echoed->value, value);
  EXPECT_FALSE(echoed->value->maybe_color.has_value());
}

// The service compresses its replies.
TEST_F(ForeignService, CompressedReplyIsUnderstood) {
  const auto made = client().Make(Patient(), {.payload_bytes = 1'000'000});
  ASSERT_TRUE(made) << ToString(made.error());
  EXPECT_EQ(made->payload, std::string(1'000'000, 'x'));
}

TEST_F(ForeignService, ErrorWithDetailsIsTheHandlers) {
  for (std::int32_t code = 1; code <= 16; ++code) {
    const std::string key = NewUuidV7();
    const auto refused = client().Refuse(Patient(), {.key = key,
                                                     .code = code,
                                                     .reason = "TOLD_TO",
                                                     .message = "weil \xE2\x80\x93 ja",
                                                     .metadata = {{"field", "lines[2].quantity"}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{static_cast<Code>(code),
                                      "TOLD_TO",
                                      "weil \xE2\x80\x93 ja",
                                      {{"field", "lines[2].quantity"}},
                                      Origin::kHandler}));
  }
}

TEST_F(ForeignService, CodeThatNoLibraryGivesIsTheHandlers) {
  const auto refused = client().Refuse(
      Patient(),
      {.code = static_cast<std::int32_t>(Code::kNotFound), .message = "no tea has id 7"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Code::kNotFound, "", "no tea has id 7", {}, Origin::kHandler}));
}

// The library of the service gives this code by itself too, so it says nothing of the handler, and
// the call may be made again where the contract allows it.
TEST_F(ForeignService, UnavailableWithoutDetailsIsTriedAgainAndUnknown) {
  const std::string key = NewUuidV7();
  const auto refused = client().Refuse(
      Patient(),
      {.key = key, .code = static_cast<std::int32_t>(Code::kUnavailable), .message = "not now"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().origin, Origin::kOutcomeUnknown);
  EXPECT_THAT(refused.error().message, HasSubstr("not now"));
  EXPECT_TRUE(EventuallyCounts(
      key, [](const auto& counts) { return counts.begun == GrpcChannelOptions().max_attempts; }));
}

TEST_F(ForeignService, MetadataAndTraceArrive) {
  const TraceContext trace = NewTrace();
  const auto seen = client().Inspect(Patient()
                                         .WithTrace(trace)
                                         .WithMetadata("idempotency-key", "a b~!")
                                         .WithMetadata("principal", "user-7"),
                                     {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_THAT(seen->metadata,
              UnorderedElementsAre(Pair("idempotency-key", "a b~!"), Pair("principal", "user-7"),
                                   Pair("seam-remaining-ns", _)));
  EXPECT_THAT(seen->traceparent, HasSubstr(TraceIdText(trace)));

  const auto bare = client().Inspect(Patient(), {});
  ASSERT_TRUE(bare) << ToString(bare.error());
  EXPECT_THAT(bare->metadata, ElementsAre(Pair("seam-remaining-ns", _)));
  EXPECT_EQ(bare->traceparent, "");
}

TEST_F(ForeignService, WhatIsLeftOfTheDeadlineArrives) {
  const auto seen = client().Inspect(Context().WithTimeout(seconds(40)), {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  ASSERT_TRUE(seen->remaining);
  EXPECT_GT(seen->remaining->seconds, 0);
  EXPECT_LE(seen->remaining->seconds, 41);

  const auto unlimited = client().Inspect(Context(), {});
  ASSERT_TRUE(unlimited) << ToString(unlimited.error());
  EXPECT_FALSE(unlimited->remaining);
  EXPECT_THAT(unlimited->metadata, IsEmpty());
}

TEST_F(ForeignService, CallEndsAtItsDeadlineAndItsHandlerIsTold) {
  // Longer and longer, until one has reached the handler in time.
  for (milliseconds timeout{50};; timeout *= 2) {
    ASSERT_LT(timeout, seconds(60)) << "no call reached the handler before its deadline";
    const std::string key = NewUuidV7();
    const auto late =
        client().Linger(Context().WithTimeout(timeout), {.key = key, .until_context_ends = true});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kDeadlineExceeded) << ToString(late.error());
    EXPECT_NE(late.error().origin, Origin::kHandler) << ToString(late.error());
    const auto counts = client().CountCalls(Patient(), {.key = key});
    ASSERT_TRUE(counts) << ToString(counts.error());
    if (counts->begun == 0) continue;
    EXPECT_EQ(late.error().origin, Origin::kOutcomeUnknown);
    EXPECT_TRUE(EventuallyCounts(key, HasEnded));
    break;
  }
}

TEST_F(ForeignService, CancellationReachesTheHandler) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  auto reply = std::async(std::launch::async, [&] {
    return client().Linger(Context().WithCancellation(source),
                           {.key = key, .until_context_ends = true});
  });
  EXPECT_TRUE(EventuallyCounts(key, [](const auto& counts) { return counts.begun == 1; }));
  source.Cancel();
  const auto cancelled = reply.get();
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::kCancelled);
  EXPECT_EQ(cancelled.error().origin, Origin::kOutcomeUnknown);
  EXPECT_TRUE(EventuallyCounts(key, HasEnded));
}

TEST_F(ForeignService, TextThatIsNotUtf8IsRefusedBothWays) {
  const std::string key = NewUuidV7();
  const auto sent = client().Echo(Patient(), {.key = key, .value = Value{.a_string = "\xC3("}});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().origin, Origin::kNotDelivered) << ToString(sent.error());
  EXPECT_TRUE(EventuallyCounts(key, [](const auto& counts) { return counts.begun == 0; }));

  const auto received = client().Make(Patient(), {.text_that_is_not_utf8 = true});
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kInternal) << ToString(received.error());
  EXPECT_EQ(received.error().reason, "MALFORMED_REPLY");
  EXPECT_EQ(received.error().origin, Origin::kOutcomeUnknown);
}

TEST_F(ForeignService, ReplyOverTheLimitIsRefused) {
  const auto large =
      client().Make(Patient(), {.payload_bytes = std::int64_t{kDefaultMaxMessageBytes}});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::kResourceExhausted) << ToString(large.error());
  EXPECT_EQ(large.error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(large.error().origin, Origin::kOutcomeUnknown);
}

TEST_F(ForeignService, MethodThatItHasNotIsUnimplemented) {
  const auto missing = client().NotThere(Patient(), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kUnimplemented) << ToString(missing.error());
  EXPECT_EQ(missing.error().reason, "UNIMPLEMENTED");
  EXPECT_EQ(missing.error().origin, Origin::kOutcomeUnknown);
}

// The last case, as it ends the service.
TEST_F(ForeignService, ThatDiesDuringACallLeavesItsOutcomeUnknown) {
  const std::string key = NewUuidV7();
  auto reply = std::async(std::launch::async, [&] {
    return client().Linger(Patient(), {.key = key, .until_context_ends = true});
  });
  ASSERT_TRUE(EventuallyCounts(key, [](const auto& counts) { return counts.begun == 1; }));
  node().Signal(SIGKILL);
  const auto lost = reply.get();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable) << ToString(lost.error());
  EXPECT_EQ(lost.error().origin, Origin::kOutcomeUnknown);

  ASSERT_TRUE(node().Wait());
  const auto refused = client().Linger(Patient(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "UNREACHABLE") << ToString(refused.error());
  EXPECT_EQ(refused.error().origin, Origin::kNotDelivered);
}

}  // namespace
}  // namespace seam::probe
