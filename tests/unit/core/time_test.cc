#include "seam/core/time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

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

TEST(TimeTest, WhatIsNoTimestampOrDurationDoesNotOverflow) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int32_t kMostNanoseconds = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kLeastNanoseconds = std::numeric_limits<std::int32_t>::min();
  for (const std::int32_t nanoseconds : {kLeastNanoseconds, 0, kMostNanoseconds}) {
    EXPECT_EQ(ToSystemTime({kMost, nanoseconds}), SystemMilliseconds::max());
    EXPECT_EQ(ToSystemTime({kLeast, nanoseconds}), SystemMilliseconds::min());
    EXPECT_EQ(ToMilliseconds({kMost, nanoseconds}), std::chrono::milliseconds::max());
    EXPECT_EQ(ToMilliseconds({kLeast, nanoseconds}), std::chrono::milliseconds::min());
    EXPECT_LT(ToMilliseconds({kMost / 1000 - 3, nanoseconds}), std::chrono::milliseconds::max());
    EXPECT_GT(ToMilliseconds({3 - kMost / 1000, nanoseconds}), std::chrono::milliseconds::min());
  }
}

TEST(TimeTest, ATimestampRoundsTowardsThePast) {
  EXPECT_EQ(ToSystemTime({1, 1'999'999}).time_since_epoch().count(), 1001);
  EXPECT_EQ(ToSystemTime({-1, 1}).time_since_epoch().count(), -1000);
  EXPECT_EQ(ToSystemTime({0, -1}).time_since_epoch().count(), -1);
}

TEST(TimeTest, ATimestampIsMadeOfTheSystemsTime) {
  const std::chrono::system_clock::time_point time(std::chrono::nanoseconds(-1));
  EXPECT_EQ(ToTimestamp(time), (Timestamp{-1, 999'999'999}));
}

TEST(TimeTest, ADurationKeepsItsSign) {
  EXPECT_EQ(ToDuration(std::chrono::milliseconds(-1500)), (Duration{-1, -500'000'000}));
  EXPECT_EQ(ToMilliseconds(Duration{-1, -500'000'000}), std::chrono::milliseconds(-1500));
}

}  // namespace
}  // namespace seam
