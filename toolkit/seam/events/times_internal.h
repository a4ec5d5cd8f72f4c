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

// When something is done again: after a span by the clock that the rows' times are from, or by the
// steady one when that clock is put back or stands still. For one thread.
class Due {
 public:
  // At first it is.
  [[nodiscard]] bool Is(std::int64_t now) const {
    return now >= at_ || std::chrono::steady_clock::now() >= by_;
  }
  void Set(std::int64_t now, std::chrono::milliseconds span) {
    at_ = now + span.count();
    by_ = std::chrono::steady_clock::now() + span;
  }
  void Reset() noexcept { at_ = 0; }

 private:
  std::int64_t at_ = 0;
  std::chrono::steady_clock::time_point by_{};
};

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_TIMES_INTERNAL_H_
