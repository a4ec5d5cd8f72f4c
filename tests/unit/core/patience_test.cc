#include "seam/core/patience.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace seam {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(PatienceTest, APauseEndsWhenTheContextIsCancelled) {
  const CancellationSource source;
  const Context context = Context().WithCancellation(source);
  std::thread canceller([&] { source.Cancel(); });
  Pause(context, hours(1));
  EXPECT_TRUE(context.cancelled());
  canceller.join();
  Pause(context, hours(1));  // Nor does one begin after that.
}

TEST(PatienceTest, APauseBeyondTheClockEndsWhenTheContextIsCancelled) {
  const CancellationSource source;
  auto pause = std::async(std::launch::async, [context = Context().WithCancellation(source)] {
    Pause(context, Context::Clock::duration::max());
  });
  EXPECT_EQ(pause.wait_for(milliseconds(10)), std::future_status::timeout);
  source.Cancel();
}

TEST(PatienceTest, APauseEndsAtTheDeadline) {
  const Context context = Context().WithTimeout(milliseconds(1));
  Pause(context, hours(1));
  EXPECT_LE(context.remaining(), Context::Clock::duration::zero());
  Pause(context, hours(1));
}

TEST(PatienceTest, APauseLastsAsLongAsItIsToLast) {
  const auto begin = Context::Clock::now();
  Pause(Context(), milliseconds(5));
  EXPECT_GE(Context::Clock::now() - begin, milliseconds(5));
}

// Fails with these errors one after the other, then succeeds with the number of the try.
class Attempts {
 public:
  explicit Attempts(std::vector<Code> codes) : codes_(std::move(codes)) {}

  Result<int> operator()(const Context& context) {
    EXPECT_LE(context.remaining(), std::chrono::seconds(10));
    const std::size_t number = made_++;
    if (number < codes_.size()) return Fail(codes_[number], "NOT_YET", std::to_string(number));
    return static_cast<int>(number);
  }
  [[nodiscard]] std::size_t made() const { return made_; }

 private:
  const std::vector<Code> codes_;
  std::size_t made_ = 0;
};

TEST(PatienceTest, WhatPassesIsTriedAgainAndSaidOnce) {
  Attempts attempts({Code::kUnavailable, Code::kDeadlineExceeded});
  std::vector<std::string> said;
  const auto result = Patiently(Context(), std::ref(attempts),
                                [&](const Error& error) { said.push_back(error.message); });
  EXPECT_EQ(result.value(), 2);
  EXPECT_EQ(said, std::vector<std::string>{"0"});
}

TEST(PatienceTest, WhatDoesNotPassIsNotTriedAgain) {
  Attempts attempts({Code::kInvalidArgument});
  std::vector<std::string> said;
  const auto result = Patiently(Context(), std::ref(attempts),
                                [&](const Error& error) { said.push_back(error.message); });
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  EXPECT_EQ(attempts.made(), 1U);
  EXPECT_TRUE(said.empty());
}

TEST(PatienceTest, AtTheDeadlineTheLastErrorIsTold) {
  Attempts attempts(std::vector<Code>(100, Code::kAborted));
  const auto result = Patiently(Context().WithTimeout(milliseconds(50)), std::ref(attempts));
  EXPECT_EQ(result.error().code, Code::kAborted);
}

TEST(PatienceTest, CancellingEndsIt) {
  const CancellationSource source;
  Attempts attempts(std::vector<Code>(100, Code::kUnavailable));
  const auto result = Patiently(Context().WithCancellation(source), std::ref(attempts),
                                [&](const Error&) { source.Cancel(); });
  EXPECT_EQ(result.error().code, Code::kCancelled);
}

TEST(PatienceTest, OnlySomeErrorsMayPass) {
  for (const Code code :
       {Code::kUnavailable, Code::kDeadlineExceeded, Code::kResourceExhausted, Code::kAborted}) {
    EXPECT_TRUE(MayPass(Error{code, "", "", {}}));
  }
  for (const Code code : {Code::kInternal, Code::kCancelled, Code::kUnauthenticated}) {
    EXPECT_FALSE(MayPass(Error{code, "", "", {}}));
  }
}

}  // namespace
}  // namespace seam
