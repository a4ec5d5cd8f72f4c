#ifndef SEAM_CORE_HELD_H_
#define SEAM_CORE_HELD_H_

#include <cstdint>

namespace seam::internal {

// What a thread has open or locked and should not have while it calls another module; see
// TransactionScope and Mutex. An entry in a list that each thread has of its own, so that a call
// that holds nothing pays for reading one pointer.
class Held {
 public:
  enum class Kind : std::uint8_t { kTransaction, kMutex };

  // `name` is kept, not copied.
  constexpr Held(Kind kind, const char* name) noexcept : kind_(kind), name_(name) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // What this thread entered last and has not left; null when there is nothing.
  [[nodiscard]] static const Held* Latest() noexcept { return latest_; }

  // Leave is called on the thread that called Enter, in any order with those of other entries.
  void Enter() noexcept {
    before_ = latest_;
    latest_ = this;
  }
  void Leave() noexcept {
    Held** place = &latest_;
    while (*place != nullptr && *place != this) place = &(*place)->before_;
    if (*place != nullptr) *place = before_;
  }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] const Held* before() const noexcept { return before_; }

 private:
  // Of each thread, since transactions and locks are: neither follows a call to another thread.
  inline static thread_local Held* latest_ = nullptr;

  const Kind kind_;
  const char* const name_;
  Held* before_ = nullptr;
};

}  // namespace seam::internal

#endif  // SEAM_CORE_HELD_H_
