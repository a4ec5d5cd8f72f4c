#include "seam/core/channel.h"

#include <gtest/gtest.h>

#include <thread>

namespace seam {
namespace {

constexpr MethodContract kMethod{"/test.Test/Do", "Do", Idempotency::kUnknown, 0};

class OtherThreadChannel final : public Channel {
 public:
  ~OtherThreadChannel() override { thread_.join(); }
  void Start(const MethodContract&, const Context&, Buffer request,
             Completion& completion) override {
    thread_ = std::thread([request = std::move(request), &completion]() mutable {
      completion.Complete(std::move(request));
    });
  }

 private:
  std::thread thread_;
};

class AtOnceChannel final : public Channel {
 public:
  void Start(const MethodContract&, const Context&, Buffer, Completion& completion) override {
    completion.Complete(Fail(Code::kUnavailable, "DOWN", "down"));
  }
};

TEST(ChannelTest, CallWaitsForACompletionOnAnotherThread) {
  OtherThreadChannel channel;
  const auto reply = channel.Call(kMethod, Context(), Buffer(std::string("hello")));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes(), "hello");
}

TEST(ChannelTest, CallTakesACompletionBeforeStartReturns) {
  AtOnceChannel channel;
  const auto reply = channel.Call(kMethod, Context(), Buffer());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "DOWN");
}

}  // namespace
}  // namespace seam
