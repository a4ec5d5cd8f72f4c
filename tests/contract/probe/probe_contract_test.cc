// In-process is never kinder than the network: what a caller sees of a call does not depend on the
// binding. Written against the abstract client and run unchanged on every binding.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "probe/probe_sides.h"
#include "seam/binding/call_rules.h"
#include "seam/binding/normalize.h"
#include "seam/core/uuid.h"
#include "seam/probe/v1/probe_client.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ProbeContract : public ProbeOnEverySide {
 protected:
  CountCallsResponse Count(const std::string& key) {
    auto counted = client().CountCalls(Context(), {.key = key});
    EXPECT_TRUE(counted) << ToString(counted.error());
    return *counted;
  }

  // Until `holds(counts)` of the calls with this key, which other threads are making.
  template <class Holds>
  ::testing::AssertionResult EventuallyCounts(const std::string& key, Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (holds(Count(key))) return ::testing::AssertionSuccess();
      std::this_thread::yield();
    }
    return ::testing::AssertionFailure() << "not within 20 s";
  }

  void ExpectTheHandlerDidNotRun(const std::string& key) { EXPECT_EQ(Count(key).begun, 0); }

  Value RoundTrip(const Value& value) {
    auto echoed = client().Echo(Context(), {.value = value});
    EXPECT_TRUE(echoed) << ToString(echoed.error());
    EXPECT_TRUE(echoed->value.has_value());
    return *echoed->value;
  }
};

template <class T>
::testing::AssertionResult FailedWith(const Result<T>& result, Code code, const std::string& reason,
                                      Origin origin) {
  if (result) return ::testing::AssertionFailure() << "the call succeeded";
  const Error& error = result.error();
  if (error.code == code && error.reason == reason && error.origin == origin) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "the error is " << ToString(error);
}

// ---- What a message holds ----

TEST_P(ProbeContract, EveryKindOfValueArrives) {
  Value value{.a_double = 1.5,
              .a_float = -2.25F,
              .an_int32 = std::numeric_limits<std::int32_t>::min(),
              .an_int64 = std::numeric_limits<std::int64_t>::min(),
              .a_uint32 = std::numeric_limits<std::uint32_t>::max(),
              .a_uint64 = std::numeric_limits<std::uint64_t>::max(),
              .a_sint32 = std::numeric_limits<std::int32_t>::min(),
              .a_sint64 = std::numeric_limits<std::int64_t>::min(),
              .a_fixed32 = std::numeric_limits<std::uint32_t>::max(),
              .a_fixed64 = std::numeric_limits<std::uint64_t>::max(),
              .a_sfixed32 = std::numeric_limits<std::int32_t>::min(),
              .a_sfixed64 = std::numeric_limits<std::int64_t>::min(),
              .a_bool = true,
              .a_string = "na\xC3\xAFve \xF0\x9F\xAB\x96",
              .some_bytes = std::string("\x00\xFF\xC3(", 4),
              .color = Color::COLOR_BELOW_ZERO,
              .int32s = {1, -1, 0, 300},
              .strings = {"", "a", ""},
              .doubles = {0.0, 1e300},
              .bools = {true, false, true},
              .colors = {Color::COLOR_RED, Color::COLOR_UNSPECIFIED},
              .texts = {{"", "empty key"}, {"k", ""}},
              .flags = {{-1, true}, {0, false}, {1, true}},
              .when = Timestamp{-62135596800, 999'999'999},
              .how_long = Duration{-315576000000, -999'999'999}};
  EXPECT_EQ(RoundTrip(value), value);
}

TEST_P(ProbeContract, AnEmptyMessageStaysEmptyAndPresent) {
  EXPECT_EQ(RoundTrip(Value{}), Value{});
  const auto absent = client().Echo(Context(), {});
  ASSERT_TRUE(absent) << ToString(absent.error());
  EXPECT_FALSE(absent->value.has_value());
}

TEST_P(ProbeContract, AbsentAndZeroAreNotTheSame) {
  Value zero;
  zero.maybe_int32 = 0;
  zero.maybe_string = "";
  zero.maybe_color = Color::COLOR_UNSPECIFIED;
  zero.tree.emplace();
  const Value echoed = RoundTrip(zero);
  EXPECT_EQ(echoed.maybe_int32, 0);
  EXPECT_EQ(echoed.maybe_string, "");
  EXPECT_EQ(echoed.maybe_color, Color::COLOR_UNSPECIFIED);
  EXPECT_TRUE(echoed.tree.has_value());
}

TEST_P(ProbeContract, AnUnknownEnumNumberIsKept) {
  Value value;
  value.color = static_cast<Color>(12345);
  value.colors = {static_cast<Color>(-7)};
  EXPECT_EQ(RoundTrip(value), value);
}

TEST_P(ProbeContract, FloatingPointArrivesBitForBit) {
  Value value;
  value.doubles = {-0.0, std::numeric_limits<double>::quiet_NaN(),
                   -std::numeric_limits<double>::infinity(),
                   std::numeric_limits<double>::denorm_min()};
  value.a_double = -0.0;
  const Value echoed = RoundTrip(value);
  ASSERT_EQ(echoed.doubles.size(), value.doubles.size());
  for (std::size_t i = 0; i < value.doubles.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(echoed.doubles[i]),
              std::bit_cast<std::uint64_t>(value.doubles[i]));
  }
  EXPECT_TRUE(std::signbit(echoed.a_double));
}

TEST_P(ProbeContract, AOneofKeepsItsCaseAlsoBetweenEqualTypes) {
  Value value;
  value.choice.set_second_text("");
  const Value echoed = RoundTrip(value);
  EXPECT_EQ(echoed, value);
  EXPECT_EQ(echoed.choice.first_text(), nullptr);
  ASSERT_NE(echoed.choice.second_text(), nullptr);
}

TEST_P(ProbeContract, ARecursiveMessageArrives) {
  Tree tree{.label = "root"};
  tree.left.emplace();
  tree.left->label = "left";
  tree.others = {Tree{.label = "a"}, Tree{.label = "b"}};
  tree.by_name["x"].label = "named";
  Value value;
  value.tree = tree;
  EXPECT_EQ(RoundTrip(value), value);
}

TEST_P(ProbeContract, TheRequestIsLeftAlone) {
  EchoRequest request;
  request.value.emplace();
  request.value->strings = {"one", "two"};
  const EchoRequest before = request;
  auto echoed = client().Echo(Context(), request);
  ASSERT_TRUE(echoed) << ToString(echoed.error());
  echoed->value->strings[0] = "changed by the caller, who owns the reply";
  EXPECT_EQ(request, before);
}

// ---- Refusals ----

TEST_P(ProbeContract, EveryCodeArrivesWithReasonMessageAndMetadata) {
  for (std::int32_t number = 1; number <= 16; ++number) {
    const auto refused = client().Refuse(Context(), {.code = number,
                                                     .reason = "REASON_" + std::to_string(number),
                                                     .message = "what was wrong; caf\xC3\xA9 \"%\"",
                                                     .metadata = {{"field", "a.b"}, {"n", ""}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{static_cast<Code>(number),
                                      "REASON_" + std::to_string(number),
                                      "what was wrong; caf\xC3\xA9 \"%\"",
                                      {{"field", "a.b"}, {"n", ""}},
                                      Origin::kHandler}));
  }
}

TEST_P(ProbeContract, ARefusalIsTheHandlersOwnWhereverItGotItFrom) {
  const auto refused = client().Refuse(
      Context(), {.code = 14, .reason = "STOCK_DOWN", .message = "x", .came_from_elsewhere = true});
  EXPECT_TRUE(FailedWith(refused, Code::kUnavailable, "STOCK_DOWN", Origin::kHandler));
}

TEST_P(ProbeContract, ACodeThatIsNoneIsUnknown) {
  for (const std::int32_t number : {-5, 0, 17, 4711}) {
    const auto refused =
        client().Refuse(Context(), {.code = number, .reason = "ODD", .message = "x"});
    EXPECT_TRUE(FailedWith(refused, Code::kUnknown, "ODD", Origin::kHandler)) << number;
  }
}

TEST_P(ProbeContract, ALongMessageIsCutAndKeepsItsCodeAndReason) {
  std::string message;
  while (message.size() < 20'000) message += "\xC3\xA9";
  const auto refused = client().Refuse(
      Context(), {.code = 5, .reason = "LONG", .message = message, .metadata = {{"field", "x"}}});
  ASSERT_TRUE(FailedWith(refused, Code::kNotFound, "LONG", Origin::kHandler));
  EXPECT_LE(refused.error().message.size(), kMaxErrorMessageBytes);
  EXPECT_EQ(refused.error().message.substr(0, 100), message.substr(0, 100));
  EXPECT_EQ(refused.error().message.substr(refused.error().message.size() - 5),
            "\xC3\xA9\xE2\x80\xA6")
      << "cut between characters, and marked";
  EXPECT_EQ(refused.error().metadata.at("field"), "x");
}

TEST_P(ProbeContract, TooMuchErrorMetadataIsLeftOut) {
  std::map<std::string, std::string> metadata;
  for (char letter = 'a'; letter <= 'f'; ++letter) {
    metadata.emplace(std::string(1, letter), std::string(400, letter));
  }
  const auto refused = client().Refuse(
      Context(), {.code = 5, .reason = "MUCH", .message = "x", .metadata = metadata});
  ASSERT_TRUE(FailedWith(refused, Code::kNotFound, "MUCH", Origin::kHandler));
  const std::map<std::string, std::string> kept(metadata.begin(), metadata.find("d"));
  EXPECT_EQ(refused.error().metadata, kept);
}

TEST_P(ProbeContract, AMessageThatIsNotUtf8IsMadeSo) {
  const auto refused =
      client().Refuse(Context(), {.code = 5, .reason = "BYTES", .message = "a\xC3(b\xFF"});
  ASSERT_TRUE(FailedWith(refused, Code::kNotFound, "BYTES", Origin::kHandler));
  EXPECT_EQ(refused.error().message, "a\xEF\xBF\xBD(b\xEF\xBF\xBD");
}

TEST_P(ProbeContract, AnExceptionIsInternalAndItsTextStaysInside) {
  for (const bool odd : {false, true}) {
    const auto failed = client().Throw(
        Context(), {.what = "password=hunter2 at line 3", .not_a_std_exception = odd});
    ASSERT_TRUE(
        FailedWith(failed, Code::kInternal, "UNHANDLED_EXCEPTION", Origin::kOutcomeUnknown));
    EXPECT_EQ(failed.error().message.find("hunter2"), std::string::npos);
  }
}

TEST_P(ProbeContract, AMethodThatTheHandlerLeavesOutIsUnimplemented) {
  const auto refused = client().NotThere(Context(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnimplemented);
  EXPECT_NE(refused.error().message.find("NotThere"), std::string::npos);
}

// ---- What cannot cross a wire ----

TEST_P(ProbeContract, TextThatIsNotUtf8IsRefusedBeforeTheHandler) {
  const std::string key = NewUuidV7();
  Value value;
  value.strings = {"fine", "\xED\xA0\x80"};
  const auto refused = client().Echo(Context(), {.key = key, .value = value});
  ASSERT_TRUE(FailedWith(refused, Code::kInvalidArgument, "INVALID_UTF8", Origin::kNotDelivered));
  EXPECT_EQ(refused.error().metadata.at("field"), "seam.probe.v1.Value.strings");
  ExpectTheHandlerDidNotRun(key);
}

TEST_P(ProbeContract, AReplyThatIsNotUtf8IsTheHandlersFault) {
  const auto failed = client().Make(Context(), {.text_that_is_not_utf8 = true});
  EXPECT_TRUE(FailedWith(failed, Code::kInternal, "INVALID_UTF8", Origin::kOutcomeUnknown));
}

TEST_P(ProbeContract, ARequestUpToTheLimitArrivesAndOneByteMoreDoesNot) {
  const std::string key = NewUuidV7();
  MakeRequest request{.key = key};
  // The key and the padding, each with its tag and length; the padding's length takes 4 bytes.
  const std::size_t around = (2 + key.size()) + (1 + 4);
  request.padding.assign(kDefaultMaxMessageBytes - around, 'x');
  EXPECT_TRUE(client().Make(Context(), request));
  request.padding.push_back('x');
  EXPECT_TRUE(FailedWith(client().Make(Context(), request), Code::kResourceExhausted,
                         "MESSAGE_TOO_LARGE", Origin::kNotDelivered));
  EXPECT_EQ(Count(key).begun, 1);
}

TEST_P(ProbeContract, AReplyUpToTheLimitArrivesAndOneByteMoreDoesNot) {
  const auto limit = static_cast<std::int64_t>(kDefaultMaxMessageBytes) - 5;
  EXPECT_TRUE(client().Make(Context(), {.payload_bytes = limit}));
  EXPECT_TRUE(FailedWith(client().Make(Context(), {.payload_bytes = limit + 1}),
                         Code::kResourceExhausted, "MESSAGE_TOO_LARGE", Origin::kOutcomeUnknown));
}

TEST_P(ProbeContract, AMessageTooDeepForTheWireIsRefused) {
  const std::string key = NewUuidV7();
  Tree tree;
  for (int depth = 0; depth < 150; ++depth) {
    Tree outer;
    outer.left = std::move(tree);
    tree = std::move(outer);
  }
  Value value;
  value.tree = std::move(tree);
  const auto refused = client().Echo(Context(), {.key = key, .value = std::move(value)});
  EXPECT_TRUE(
      FailedWith(refused, Code::kInvalidArgument, "MESSAGE_TOO_DEEP", Origin::kNotDelivered));
  ExpectTheHandlerDidNotRun(key);
}

// ---- The context ----

TEST_P(ProbeContract, MetadataArrivesUpToItsLimit) {
  Context context =
      Context().WithMetadata("idempotency-key", "a b/c=d,e;f").WithMetadata("x.y_z-0", "");
  const std::size_t used = std::strlen("idempotency-key") + 11 + std::strlen("x.y_z-0");
  context = context.WithMetadata("filler", std::string(Context::kMaxMetadataBytes - used - 6, '~'));
  ASSERT_FALSE(context.Check());
  const auto seen = client().Inspect(context, {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  const std::map<std::string, std::string> sent(context.metadata().begin(),
                                                context.metadata().end());
  EXPECT_EQ(seen->metadata, sent);
}

TEST_P(ProbeContract, NoMetadataIsNoMetadata) {
  const auto seen = client().Inspect(Context(), {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_TRUE(seen->metadata.empty());
}

TEST_P(ProbeContract, IllegalMetadataIsRefusedBeforeTheHandler) {
  const std::string key = NewUuidV7();
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"Upper", "v"}, {"grpc-timeout", "1S"}, {"x-bin", "v"}, {"line", "a\r\nb: c"}}) {
    const auto refused = client().Inspect(Context().WithMetadata(name, value), {.key = key});
    ASSERT_TRUE(
        FailedWith(refused, Code::kInvalidArgument, "INVALID_METADATA", Origin::kNotDelivered));
    EXPECT_EQ(refused.error().metadata.at("key"), name);
  }
  ExpectTheHandlerDidNotRun(key);
}

TEST_P(ProbeContract, TheTraceGoesOn) {
  const TraceContext trace = NewTrace();
  const auto seen = client().Inspect(Context().WithTrace(trace), {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_EQ(seen->trace_id, TraceIdText(trace));
  const auto untraced = client().Inspect(Context(), {});
  ASSERT_TRUE(untraced) << ToString(untraced.error());
  EXPECT_EQ(untraced->trace_id, "");
}

TEST_P(ProbeContract, WhatIsLeftOfTheBudgetTravels) {
  const auto none = client().Inspect(Context(), {});
  ASSERT_TRUE(none) << ToString(none.error());
  EXPECT_FALSE(none->remaining.has_value());

  const auto some = client().Inspect(Context().WithTimeout(hours(1)), {});
  ASSERT_TRUE(some) << ToString(some.error());
  ASSERT_TRUE(some->remaining.has_value());
  EXPECT_GT(ToMilliseconds(*some->remaining), milliseconds(0));
  // gRPC's timeout header has three digits and is rounded up; the caller's own deadline is exact.
  EXPECT_LE(ToMilliseconds(*some->remaining), hours(1) + seconds(36));
}

TEST_P(ProbeContract, APassedDeadlineNeverReachesTheHandler) {
  const std::string key = NewUuidV7();
  const auto refused = client().Echo(Context().WithTimeout(milliseconds(-1)), {.key = key});
  EXPECT_TRUE(
      FailedWith(refused, Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", Origin::kNotDelivered));
  ExpectTheHandlerDidNotRun(key);
}

TEST_P(ProbeContract, AnAnswerAfterTheDeadlineIsDeadlineExceeded) {
  for (const bool refuse : {false, true}) {
    const std::string key = NewUuidV7();
    const auto late =
        client().Linger(Context().WithTimeout(milliseconds(200)),
                        {.key = key, .until_context_ends = true, .then_refuse = refuse});
    EXPECT_TRUE(
        FailedWith(late, Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", Origin::kOutcomeUnknown));
    EXPECT_TRUE(EventuallyCounts(key, [](const auto& counts) { return counts.ended == 1; }));
  }
}

TEST_P(ProbeContract, AnExceptionAfterTheDeadlineIsDeadlineExceeded) {
  const auto late = client().Throw(Context().WithTimeout(milliseconds(200)), {.what = "too late"});
  EXPECT_TRUE(
      FailedWith(late, Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", Origin::kOutcomeUnknown));
}

TEST_P(ProbeContract, ADeadlineBeyondWhatClocksCountIsNone) {
  const auto seen = client().Inspect(Context().WithTimeout(milliseconds::max()), {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_FALSE(seen->remaining.has_value());
}

TEST_P(ProbeContract, ACancelledContextNeverReachesTheHandler) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  source.Cancel();
  const auto refused = client().Echo(Context().WithCancellation(source), {.key = key});
  EXPECT_TRUE(FailedWith(refused, Code::kCancelled, "CANCELLED", Origin::kNotDelivered));
  ExpectTheHandlerDidNotRun(key);
}

TEST_P(ProbeContract, CancellationReachesTheHandlerAndTheCaller) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  Result<LingerResponse> reply = LingerResponse{};
  std::thread caller([&] {
    reply = client().Linger(Context().WithCancellation(source).WithTimeout(seconds(60)),
                            {.key = key, .until_context_ends = true});
  });
  EXPECT_TRUE(EventuallyCounts(key, [](const auto& counts) { return counts.begun == 1; }));
  source.Cancel();
  caller.join();
  EXPECT_TRUE(FailedWith(reply, Code::kCancelled, "CANCELLED", Origin::kOutcomeUnknown));
  EXPECT_TRUE(
      EventuallyCounts(key, [](const auto& counts) { return counts.saw_cancellation == 1; }));
}

TEST_P(ProbeContract, ManyCallersEachGetTheirOwnAnswer) {
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 16; ++caller) {
    callers.emplace_back([this, caller] {
      for (int i = 0; i < 50; ++i) {
        const std::string own = std::to_string(caller) + "/" + std::to_string(i);
        Value value;
        value.a_string = own;
        const auto echoed = client().Echo(Context(), {.value = value});
        ASSERT_TRUE(echoed) << ToString(echoed.error());
        ASSERT_EQ(echoed->value->a_string, own);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(ProbeContract);

}  // namespace
}  // namespace seam::probe
