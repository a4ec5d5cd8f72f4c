#include "seam/binding/threaded_channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace seam {
namespace {

constexpr MethodContract kGreet = {"/test.v1.Greeter/Greet", "Greet"};

// Opened once, for all who wait then and later.
class Latch {
 public:
  void Open() {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    opened_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

class FunctionServicer final : public Servicer {
 public:
  using Function = std::function<Result<Buffer>(const Context& context, const Buffer& request)>;

  explicit FunctionServicer(Function function) : function_(std::move(function)) {}
  [[nodiscard]] const ServiceContract& contract() const noexcept override {
    static constexpr ServiceContract kContract{"test.v1.Greeter", &kGreet, 1, nullptr};
    return kContract;
  }
  [[nodiscard]] Result<Buffer> Handle(std::size_t, const Context& context,
                                      const Buffer& request) override {
    return function_(context, request);
  }

 private:
  const Function function_;
};

Buffer Bytes(std::string text) { return Buffer(std::move(text)); }

Result<Buffer> Echo(const Context&, const Buffer& request) {
  return Bytes(std::string(request.bytes()));
}

TEST(ThreadedChannelTest, TheHandlerRunsOnAnotherThread) {
  std::thread::id handler;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    handler = std::this_thread::get_id();
    return Echo(context, request);
  });
  ThreadedChannel channel(servicer, {}, 1);
  const auto reply = channel.Call(kGreet, Context(), Bytes("hello"));
  ASSERT_TRUE(reply) << ToString(reply.error());
  EXPECT_EQ(reply->bytes(), "hello");
  EXPECT_NE(handler, std::this_thread::get_id());
}

TEST(ThreadedChannelTest, OneThreadServesOneCallAfterTheOther) {
  FunctionServicer servicer(Echo);
  ThreadedChannel channel(servicer, {}, 1);
  for (int i = 0; i < 1000; ++i) {
    const auto reply = channel.Call(kGreet, Context(), Bytes(std::to_string(i)));
    ASSERT_TRUE(reply) << ToString(reply.error());
    ASSERT_EQ(reply->bytes(), std::to_string(i));
  }
}

TEST(ThreadedChannelTest, ManyCallersEachGetTheirOwnAnswer) {
  FunctionServicer servicer(Echo);
  ThreadedChannel channel(servicer, {}, 8);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&channel, caller] {
      for (int i = 0; i < 200; ++i) {
        const std::string own = std::to_string(caller) + "/" + std::to_string(i);
        const auto reply = channel.Call(kGreet, Context(), Bytes(own));
        ASSERT_TRUE(reply) << ToString(reply.error());
        ASSERT_EQ(reply->bytes(), own);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST(ThreadedChannelTest, WhenEveryHandlerIsBlockedAndNoPlaceIsLeftACallIsRefused) {
  Latch latch;
  std::atomic<int> begun = 0;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    ++begun;
    if (request.bytes() == "block") latch.Wait();
    return Echo(context, request);
  });
  ThreadedChannel channel(servicer, {}, 2, /*max_waiting=*/0);
  const CancellationSource source;
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      const auto reply = channel.Call(kGreet, Context().WithCancellation(source), Bytes("block"));
      ASSERT_FALSE(reply);
      EXPECT_EQ(reply.error().code, Code::kCancelled);
      EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
    });
  }
  while (begun < 2) std::this_thread::yield();
  source.Cancel();
  for (std::thread& caller : callers) caller.join();
  // The callers have gone; the handlers have not.
  const auto refused = channel.Call(kGreet, Context(), Bytes("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Code::kResourceExhausted,
                                    "SERVER_BUSY",
                                    "test.v1.Greeter has 2 threads for its calls in this process, "
                                    "all of them are busy, and 0 further calls wait; try again "
                                    "later",
                                    {},
                                    Origin::kNotDelivered}));
  EXPECT_EQ(begun, 2);
  latch.Open();
  std::optional<Result<Buffer>> reply;
  do {
    reply = channel.Call(kGreet, Context(), Bytes("x"));
  } while (!*reply && reply->error().reason == "SERVER_BUSY");
  EXPECT_TRUE(reply->has_value());
}

TEST(ThreadedChannelTest, ACallWaitsForAThreadThatIsBusy) {
  constexpr int kCallers = 20;
  FunctionServicer servicer(Echo);
  ThreadedChannel channel(servicer, {}, 1);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&channel, caller] {
      for (int i = 0; i < 20; ++i) {
        const auto reply = channel.Call(kGreet, Context(), Bytes(std::to_string(caller)));
        ASSERT_TRUE(reply) << ToString(reply.error());
        ASSERT_EQ(reply->bytes(), std::to_string(caller));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

// As often as there are places, so that one that is not given back is missed.
TEST(ThreadedChannelTest, ACallThatWaitsEndsAtItsDeadlineAndLeavesItsPlace) {
  Latch latch;
  std::atomic<int> begun = 0;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    ++begun;
    latch.Wait();
    return Echo(context, request);
  });
  ThreadedChannel channel(servicer, {}, 1, /*max_waiting=*/1);
  std::thread first([&] { EXPECT_TRUE(channel.Call(kGreet, Context(), Bytes("first"))); });
  while (begun == 0) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) {
    const auto late =
        channel.Call(kGreet, Context().WithTimeout(std::chrono::milliseconds(5)), Bytes("late"));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kDeadlineExceeded) << ToString(late.error());
  }
  std::thread waiting([&] { EXPECT_TRUE(channel.Call(kGreet, Context(), Bytes("waits"))); });
  latch.Open();
  first.join();
  waiting.join();
  EXPECT_EQ(begun, 2) << "the late ones have not run";
}

TEST(ThreadedChannelTest, AtTheDeadlineTheHandlerIsToldToStopAndKeepsItsRequest) {
  const std::string text = "a request that is longer than a short string";
  Latch told;
  Latch latch;
  std::atomic<int> begun = 0;
  std::atomic<int> seen = 0;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    ++begun;
    const auto callback = context.OnCancel([&] { told.Open(); });
    latch.Wait();
    if (request.bytes() == text) ++seen;
    return Echo(context, request);
  });
  {
    ThreadedChannel channel(servicer, {}, 8);
    // A longer deadline only while the machine is so busy that no handler was reached in time.
    for (std::chrono::milliseconds timeout(50); begun == 0; timeout *= 4) {
      const auto late = channel.Call(kGreet, Context().WithTimeout(timeout), Bytes(text));
      ASSERT_FALSE(late);
      EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
      EXPECT_EQ(late.error().reason, "DEADLINE_EXCEEDED");
    }
    told.Wait();
    latch.Open();
  }
  EXPECT_EQ(seen, begun) << "destroying the channel waited for the handler";
}

TEST(ThreadedChannelTest, DestroyingItWaitsForHandlersThatNobodyWaitsFor) {
  Latch latch;
  std::atomic<bool> begun = false;
  std::atomic<bool> ended = false;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    begun = true;
    latch.Wait();
    ended = true;
    return Echo(context, request);
  });
  std::thread opener;
  {
    ThreadedChannel channel(servicer, {}, 1);
    const CancellationSource source;
    std::thread caller([&] {
      EXPECT_FALSE(channel.Call(kGreet, Context().WithCancellation(source), Bytes("x")));
    });
    while (!begun) std::this_thread::yield();
    source.Cancel();
    caller.join();
    EXPECT_FALSE(ended);
    opener = std::thread([&] { latch.Open(); });
  }
  EXPECT_TRUE(ended);
  opener.join();
}

TEST(ThreadedChannelTest, AContextThatHasEndedReachesNobody) {
  bool run = false;
  FunctionServicer servicer([&](const Context& context, const Buffer& request) {
    run = true;
    return Echo(context, request);
  });
  const CancellationSource source;
  source.Cancel();
  {
    ThreadedChannel channel(servicer, {}, 1);
    const auto cancelled = channel.Call(kGreet, Context().WithCancellation(source), Bytes("x"));
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().origin, Origin::kNotDelivered);
    const auto late =
        channel.Call(kGreet, Context().WithTimeout(std::chrono::milliseconds(-1)), Bytes("x"));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
    EXPECT_EQ(late.error().origin, Origin::kNotDelivered);
  }
  EXPECT_FALSE(run);
}

TEST(ThreadedChannelTest, ExceptionsAndLimitsAreThoseOfEveryBinding) {
  FunctionServicer servicer([](const Context&, const Buffer&) -> Result<Buffer> {
    throw std::runtime_error("password=hunter2");
  });
  std::string observed;
  ThreadedChannel channel(
      servicer, {4, [&](const MethodContract&, std::string_view what) { observed = what; }}, 1);
  const auto failed = channel.Call(kGreet, Context(), Bytes("x"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "UNHANDLED_EXCEPTION");
  EXPECT_EQ(observed, "password=hunter2");
  const auto large = channel.Call(kGreet, Context(), Bytes("12345"));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().reason, "MESSAGE_TOO_LARGE");
}

}  // namespace
}  // namespace seam
