#ifndef SEAM_CORE_TIME_H_
#define SEAM_CORE_TIME_H_

#include <chrono>
#include <cstdint>

namespace seam {

// google.protobuf.Timestamp: a point in UTC. Plain seconds and nanoseconds, because 64-bit
// nanoseconds reach only from 1677 to 2262 and a Timestamp from year 1 to 9999. A value.
struct Timestamp {
  std::int64_t seconds = 0;      // Since 1970-01-01T00:00:00Z; negative before.
  std::int32_t nanoseconds = 0;  // 0 to 999'999'999, counted forward also before 1970.

  friend bool operator==(const Timestamp& a, const Timestamp& b) {
    return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
  }
  friend bool operator!=(const Timestamp& a, const Timestamp& b) { return !(a == b); }
  friend bool operator<(const Timestamp& a, const Timestamp& b) {
    return a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds;
  }
};

// google.protobuf.Duration: a signed span. Seconds and nanoseconds have the same sign. A value.
struct Duration {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;  // -999'999'999 to 999'999'999.

  friend bool operator==(const Duration& a, const Duration& b) {
    return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
  }
  friend bool operator!=(const Duration& a, const Duration& b) { return !(a == b); }
};

// A point in UTC, in milliseconds since 1970; the whole range of a valid Timestamp fits.
using SystemMilliseconds =
    std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// Lossless up to the unit of the source; system_clock counts from 1970 in UTC on every platform
// this builds on.
[[nodiscard]] inline Timestamp ToTimestamp(std::chrono::system_clock::time_point time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return {seconds.count(), static_cast<std::int32_t>(rest.count())};
}

[[nodiscard]] inline Timestamp TimestampFromUnixMilliseconds(std::int64_t milliseconds) {
  const auto since = std::chrono::milliseconds(milliseconds);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return {seconds.count(), static_cast<std::int32_t>(rest.count())};
}

namespace internal {
// The sum, or the end of the range that it is beyond: what a peer sends may be out of bounds.
[[nodiscard]] constexpr std::chrono::milliseconds SumOf(std::int64_t seconds,
                                                        std::int64_t milliseconds) {
  // Nanoseconds of 32 bits are less than 3 seconds.
  constexpr std::int64_t kMost = std::chrono::milliseconds::max().count() / 1000 - 3;
  if (seconds > kMost) return std::chrono::milliseconds::max();
  if (seconds < -kMost) return std::chrono::milliseconds::min();
  return std::chrono::milliseconds(seconds * 1000 + milliseconds);
}
}  // namespace internal

// Rounds towards the past, to the millisecond. The whole range of a valid Timestamp fits; one that
// is none gives the first or the last millisecond that can be counted.
[[nodiscard]] inline SystemMilliseconds ToSystemTime(const Timestamp& timestamp) {
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::nanoseconds(timestamp.nanoseconds));
  return SystemMilliseconds(internal::SumOf(timestamp.seconds, rest.count()));
}

// Lossless.
[[nodiscard]] inline Duration ToDuration(std::chrono::nanoseconds span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  return {seconds.count(), static_cast<std::int32_t>((span - seconds).count())};
}

// Rounds towards zero, to the millisecond. The whole range of a valid Duration fits; one that is
// none gives the longest span that can be counted.
[[nodiscard]] inline std::chrono::milliseconds ToMilliseconds(const Duration& duration) {
  return internal::SumOf(duration.seconds, duration.nanoseconds / 1'000'000);
}

}  // namespace seam

#endif  // SEAM_CORE_TIME_H_
