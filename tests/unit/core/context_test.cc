#include "seam/core/context.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace seam {
namespace {

using namespace std::string_literals;

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(ContextTest, ADefaultContextAllowsEverything) {
  const Context context;
  EXPECT_FALSE(context.Check());
  EXPECT_FALSE(context.deadline());
  EXPECT_EQ(context.remaining(), Context::Clock::duration::max());
  EXPECT_TRUE(context.metadata().empty());
  EXPECT_FALSE(context.trace().valid());
}

TEST(ContextTest, TheEarlierDeadlineApplies) {
  const auto soon = Context::Clock::now() + hours(1);
  const auto late = soon + hours(1);
  EXPECT_EQ(*Context().WithDeadline(soon).WithDeadline(late).deadline(), soon);
  EXPECT_EQ(*Context().WithDeadline(late).WithDeadline(soon).deadline(), soon);
}

TEST(ContextTest, ATimeoutBeyondTheClockIsNone) {
  EXPECT_FALSE(Context().WithTimeout(Context::Clock::duration::max()).deadline());
}

TEST(ContextTest, ATimeoutThatNanosecondsCannotCountIsNone) {
  EXPECT_FALSE(Context().WithTimeout(milliseconds::max()).deadline());
  EXPECT_FALSE(Context().WithTimeout(hours::max()).deadline());
  EXPECT_FALSE(Context().WithTimeout(std::chrono::duration<double>(1e300)).deadline());
  EXPECT_EQ(Context().WithTimeout(milliseconds::min()).Check()->code, Code::kDeadlineExceeded);
}

TEST(ContextTest, APassedDeadlineIsRefused) {
  const Context context = Context().WithTimeout(milliseconds(-1));
  const auto error = context.Check();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kDeadlineExceeded);
  EXPECT_EQ(error->origin, Origin::kNotDelivered);
}

TEST(ContextTest, WithLeavesTheOriginalAlone) {
  const Context original;
  const Context changed = original.WithMetadata("a", "1");
  EXPECT_TRUE(original.metadata().empty());
  EXPECT_EQ(*changed.FindMetadata("a"), "1");
  EXPECT_EQ(changed.FindMetadata("b"), nullptr);
  EXPECT_EQ(*changed.WithMetadata("a", "2").FindMetadata("a"), "2");
  EXPECT_EQ(*changed.FindMetadata("a"), "1");
}

class RefusedMetadata : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RefusedMetadata, FailsEveryCall) {
  const auto& [key, value] = GetParam();
  const Context context = Context().WithMetadata(key, value);
  const auto error = context.Check();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kInvalidArgument);
  EXPECT_EQ(error->reason, "INVALID_METADATA");
  EXPECT_EQ(error->metadata.at("key"), key);
  EXPECT_TRUE(context.metadata().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Keys, RefusedMetadata,
    ::testing::Values(std::pair("", "v"), std::pair("Upper", "v"), std::pair("sp ace", "v"),
                      std::pair("grpc-timeout", "1S"), std::pair("x-bin", "v"),
                      std::pair(":path", "/"), std::pair("traceparent", "v"),
                      std::pair("user-agent", "v"), std::pair("keep-alive", "v"),
                      std::pair("proxy-connection", "v"), std::pair("transfer-encoding", "v"),
                      std::pair("upgrade", "v"), std::pair("content-length", "1"),
                      std::pair("k\xC3\xA9y", "v")));
INSTANTIATE_TEST_SUITE_P(Values, RefusedMetadata,
                         ::testing::Values(std::pair("k", "line\nbreak"),
                                           std::pair("k", "nul\0byte"s), std::pair("k", " leading"),
                                           std::pair("k", "trailing "),
                                           std::pair("k", "caf\xC3\xA9"), std::pair("k", "\x7F")));

TEST(ContextTest, MetadataIsBoundedInAll) {
  const std::string half(Context::kMaxMetadataBytes / 2, 'x');
  const Context full = Context().WithMetadata("a", half);
  EXPECT_FALSE(full.Check());
  EXPECT_FALSE(full.WithMetadata("b", half.substr(2)).Check());
  EXPECT_TRUE(full.WithMetadata("b", half).Check());
  // Replacing counts the new value only.
  EXPECT_FALSE(full.WithMetadata("a", half).Check());
}

TEST(ContextTest, MetadataHasSoManyEntries) {
  Context full;
  for (std::size_t i = 0; i < Context::kMaxMetadataEntries; ++i) {
    full = full.WithMetadata(std::to_string(i), "");
  }
  EXPECT_FALSE(full.Check());
  EXPECT_FALSE(full.WithMetadata("0", "replaced").Check());
  const auto refused = full.WithMetadata("one-more", "").Check();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "INVALID_METADATA");
  EXPECT_EQ(refused->metadata.at("key"), "one-more");
}

TEST(ContextTest, SeveralEntriesAreAddedAsOneAfterTheOther) {
  const Context context =
      Context().WithMetadata("a", "1").WithMetadata({{"a", "2"}, {"b", ""}, {"c", "3"}});
  EXPECT_EQ(context.metadata(), (Metadata{{"a", "2"}, {"b", ""}, {"c", "3"}}));
  EXPECT_FALSE(context.Check());
  const Context refused = context.WithMetadata({{"Upper", "v"}, {"d", "4"}});
  EXPECT_EQ(refused.Check()->metadata.at("key"), "Upper");
  EXPECT_EQ(*refused.FindMetadata("d"), "4");
}

TEST(ContextTest, CancellationReachesCopiesAndDerivedContexts) {
  const CancellationSource source;
  const Context context = Context().WithCancellation(source);
  const Context derived = context.WithTimeout(hours(1)).WithMetadata("a", "1");
  EXPECT_FALSE(derived.cancelled());
  source.Cancel();
  EXPECT_TRUE(context.cancelled());
  EXPECT_TRUE(derived.cancelled());
  EXPECT_EQ(derived.Check()->code, Code::kCancelled);
}

TEST(ContextTest, AParentCancelsItsChildButNotTheReverse) {
  const CancellationSource parent;
  const CancellationSource child;
  const Context outer = Context().WithCancellation(parent);
  const Context inner = outer.WithCancellation(child);
  child.Cancel();
  EXPECT_TRUE(inner.cancelled());
  EXPECT_FALSE(outer.cancelled());

  const CancellationSource second_child;
  const Context second = outer.WithCancellation(second_child);
  parent.Cancel();
  EXPECT_TRUE(second.cancelled());
}

TEST(ContextTest, AParentDoesNotCancelTheSourceItself) {
  const CancellationSource caller;
  const CancellationSource other_caller;
  const CancellationSource stop;
  const Context one = Context().WithCancellation(caller).WithCancellation(stop);
  const Context two = Context().WithCancellation(other_caller).WithCancellation(stop);
  caller.Cancel();
  EXPECT_TRUE(one.cancelled());
  EXPECT_FALSE(stop.cancelled());
  EXPECT_FALSE(two.cancelled());
  stop.Cancel();
  EXPECT_TRUE(two.cancelled());
  EXPECT_FALSE(other_caller.cancelled());
}

TEST(ContextTest, AContextMayEndOnTheThreadThatCancelsIt) {
  const CancellationSource caller;
  const CancellationSource stop;
  auto context = std::make_unique<Context>(
      Context().WithCancellation(caller).WithCancellation(stop).WithCancellation(caller));
  bool called = false;
  CancellationCallback registration = context->OnCancel([&] {
    called = true;
    context.reset();
    registration = {};
  });
  stop.Cancel();
  EXPECT_TRUE(called);
  caller.Cancel();
}

TEST(ContextTest, AContextOfACancelledParentIsCancelled) {
  const CancellationSource parent;
  parent.Cancel();
  const CancellationSource child;
  EXPECT_TRUE(Context().WithCancellation(parent).WithCancellation(child).cancelled());
}

TEST(ContextTest, APassedDeadlineCountsMoreThanACancellation) {
  const CancellationSource source;
  source.Cancel();
  const Context context = Context().WithTimeout(milliseconds(-1)).WithCancellation(source);
  EXPECT_EQ(context.Check()->code, Code::kDeadlineExceeded);
}

TEST(ContextTest, OnCancelRunsOnceAndCanBeTakenBack) {
  const CancellationSource source;
  const Context context = Context().WithCancellation(source);
  int kept = 0;
  int dropped = 0;
  const CancellationCallback registration = context.OnCancel([&] { ++kept; });
  {
    const CancellationCallback gone = context.OnCancel([&] { ++dropped; });
  }
  source.Cancel();
  source.Cancel();
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(dropped, 0);
}

TEST(ContextTest, OnCancelOfACancelledContextRunsAtOnce) {
  const CancellationSource source;
  source.Cancel();
  bool called = false;
  const auto registration = Context().WithCancellation(source).OnCancel([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(ContextTest, TakingACallbackBackWaitsWhileItRuns) {
  const CancellationSource source;
  const Context context = Context().WithCancellation(source);
  std::promise<void> started;
  std::promise<void> go_on;
  std::atomic<bool> ended = false;
  auto registration = context.OnCancel([&] {
    started.set_value();
    go_on.get_future().wait();
    ended = true;
  });
  std::thread canceller([&] { source.Cancel(); });
  started.get_future().wait();
  std::thread releaser([&] { go_on.set_value(); });
  registration = CancellationCallback();
  EXPECT_TRUE(ended);
  canceller.join();
  releaser.join();
}

TEST(ContextTest, ACallbackMayDropItsOwnRegistration) {
  const CancellationSource source;
  const Context context = Context().WithCancellation(source);
  CancellationCallback registration;
  registration = context.OnCancel([&] { registration = CancellationCallback(); });
  source.Cancel();
  EXPECT_TRUE(source.cancelled());
}

TEST(ContextTest, TraceTravels) {
  const TraceContext trace = NewTrace();
  EXPECT_EQ(Context().WithTrace(trace).WithMetadata("a", "1").trace(), trace);
}

}  // namespace
}  // namespace seam
