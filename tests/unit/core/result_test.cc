#include "seam/core/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace seam {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(Code::kInvalidArgument, "ODD", "the number is odd");
  return number / 2;
}

TEST(ResultTest, HoldsAValue) {
  const Result<std::string> result = std::string("value");
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "value");
  EXPECT_EQ(result->size(), 5U);
  EXPECT_EQ(result.value(), "value");
}

TEST(ResultTest, HoldsAnError) {
  const Result<int> result = Half(3);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  EXPECT_EQ(result.error().reason, "ODD");
  EXPECT_EQ(result.error().origin, Origin::kHandler);
  EXPECT_EQ(result.value_or(7), 7);
}

TEST(ResultTest, ForwardsToAnotherType) {
  const Result<int> failed = Half(3);
  const Result<std::string> forwarded = Forward(failed.error());
  EXPECT_EQ(forwarded.error(), failed.error());
}

TEST(ResultTest, ChainsWhileThereIsAValue) {
  EXPECT_EQ(Half(8).and_then(Half), Result<int>(2));
  EXPECT_EQ(Half(6).and_then(Half).error().reason, "ODD");
  int seen = 0;
  EXPECT_TRUE(Half(8).transform([&](int number) { seen = number; }));
  EXPECT_EQ(seen, 4);
  const Result<int> odd = Half(7);
  const Result<void> failed = odd.transform([&](int) { seen = 0; });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), odd.error());
  EXPECT_EQ(seen, 4);
  EXPECT_EQ(Half(8).transform([](int number) { return std::to_string(number); }),
            Result<std::string>("4"));
  EXPECT_EQ(Half(7).or_else([](const Error&) { return Result<int>(-1); }), Result<int>(-1));
}

TEST(ResultTest, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(ResultTest, OfVoidIsSuccessOrAnError) {
  EXPECT_TRUE(Result<void>());
  const Result<void> failed = Fail(Code::kInternal, "X", "x");
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "X");
}

TEST(ResultDeathTest, ReadingTheValueOfAFailureAbortsWithItsError) {
  const Result<int> failed = Half(3);
  EXPECT_DEATH((void)*failed, "INVALID_ARGUMENT ODD: the number is odd");
  EXPECT_DEATH(Result<void>(Fail(Code::kInternal, "X", "x")).value(), "INTERNAL X");
}

TEST(ResultDeathTest, ReadingTheErrorOfASuccessAborts) {
  const Result<int> half = Half(2);
  EXPECT_DEATH((void)half.error(), "the error of a successful result was read");
}

}  // namespace
}  // namespace seam
