#include "auth/slots.h"

#include <utility>

namespace shop::auth {
namespace {

seam::Failure Stopped(seam::Error error) {
  error.origin = seam::Origin::kHandler;
  return seam::Forward(std::move(error));
}

}  // namespace

seam::Result<Slots::Slot> Slots::Take(const seam::Context& context) {
  if (auto stopped = context.Check()) return Stopped(*std::move(stopped));
  // Declared before the lock: taking the callback back waits for it, and it takes the lock.
  const seam::CancellationCallback wake = context.OnCancel([this] {
    {
      const std::lock_guard lock(mutex_);
    }
    given_.notify_all();
  });
  std::unique_lock lock(mutex_);
  // Those who wait come first.
  if (free_ > waiting_) {
    --free_;
    return Slot(this);
  }
  if (waiting_ >= places_) {
    return seam::Fail(seam::Code::kResourceExhausted, "AUTH_BUSY",
                      "too many passwords are being checked already; try again in a moment");
  }
  ++waiting_;
  const auto ready = [&] { return free_ > 0 || context.cancelled(); };
  if (context.deadline()) {
    given_.wait_until(lock, *context.deadline(), ready);
  } else {
    given_.wait(lock, ready);
  }
  --waiting_;
  // Giving up comes before taking: the answer is not wanted any more, and another one's may be.
  if (auto stopped = context.Check()) {
    lock.unlock();
    given_.notify_one();
    return Stopped(*std::move(stopped));
  }
  --free_;
  return Slot(this);
}

void Slots::Give() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
  }
  given_.notify_one();
}

}  // namespace shop::auth
