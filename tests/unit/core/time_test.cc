#include "seam/core/time.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

TEST(TimeTest, CountsNanosecondsForwardBefore1970) {
  const Timestamp before = TimestampFromUnixMilliseconds(-1);
  EXPECT_EQ(before, (Timestamp{-1, 999'000'000}));
  EXPECT_EQ(ToSystemTime(before).time_since_epoch().count(), -1);
}

TEST(TimeTest, TheWholeRangeOfATimestampFits) {
  const Timestamp year1{-62135596800, 0};
  const Timestamp year9999{253402300799, 999'999'999};
  EXPECT_EQ(ToSystemTime(year1).time_since_epoch().count(), -62135596800'000);
  EXPECT_EQ(ToSystemTime(year9999).time_since_epoch().count(), 253402300799'999);
  EXPECT_LT(year1, year9999);
}

TEST(TimeTest, ADurationKeepsItsSign) {
  EXPECT_EQ(ToDuration(std::chrono::milliseconds(-1500)), (Duration{-1, -500'000'000}));
  EXPECT_EQ(ToMilliseconds(Duration{-1, -500'000'000}), std::chrono::milliseconds(-1500));
}

}  // namespace
}  // namespace seam
