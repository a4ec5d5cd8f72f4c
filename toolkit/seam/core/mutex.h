#ifndef SEAM_CORE_MUTEX_H_
#define SEAM_CORE_MUTEX_H_

#include <mutex>

#include "seam/core/held.h"

namespace seam {

// A std::mutex for debugging: a client call that a thread makes while it holds one is told to
// CallRules::on_mutex_held, with the mutex's name, in every binding. Such a lock is held for as
// long as the network takes once the called module has moved out, and a call that comes back to the
// module waits for it for ever. The call itself goes on.
//
// Lock it with std::lock_guard and std::unique_lock; a condition variable for it is a
// std::condition_variable_any. Costs a nanosecond or two more than a std::mutex.
class Mutex {
 public:
  // `name` is kept, not copied, and must outlive the mutex.
  explicit constexpr Mutex(const char* name) noexcept : held_(internal::Held::Kind::kMutex, name) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // As std::mutex has them, with the names that std::lock_guard looks for.
  void lock() {
    mutex_.lock();
    held_.Enter();
  }
  [[nodiscard]] bool try_lock() {
    const bool locked = mutex_.try_lock();
    if (locked) held_.Enter();
    return locked;
  }
  void unlock() {
    held_.Leave();
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;
  internal::Held held_;  // Belongs to whoever has locked the mutex.
};

}  // namespace seam

#endif  // SEAM_CORE_MUTEX_H_
