#include "seam/core/patience.h"

#include <condition_variable>
#include <mutex>

namespace seam {

void Pause(const Context& context, Context::Clock::duration span) {
  std::mutex mutex;
  std::condition_variable woken;
  bool cancelled = false;
  // Declared before the lock: taking the callback back waits for it, and it takes the lock.
  const CancellationCallback wake = context.OnCancel([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    cancelled = true;
    woken.notify_one();
  });
  std::unique_lock<std::mutex> lock(mutex);
  // Without a deadline when the span ends beyond the clock.
  const auto end = context.WithTimeout(span).deadline();
  if (end) {
    woken.wait_until(lock, *end, [&] { return cancelled; });
  } else {
    woken.wait(lock, [&] { return cancelled; });
  }
}

bool MayPass(const Error& error) noexcept {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kResourceExhausted || error.code == Code::kAborted;
}

}  // namespace seam
