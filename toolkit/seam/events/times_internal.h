#ifndef SEAM_EVENTS_TIMES_INTERNAL_H_
#define SEAM_EVENTS_TIMES_INTERNAL_H_

#include <chrono>
#include <cstdint>
#include <functional>

namespace seam::events::internal {

using SystemClock = std::function<std::chrono::system_clock::time_point()>;

// Times as they stand in rows: milliseconds since 1970 in UTC.
[[nodiscard]] inline std::int64_t ToMillis(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

[[nodiscard]] inline std::chrono::system_clock::time_point FromMillis(std::int64_t millis) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(millis));
}

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_TIMES_INTERNAL_H_
