#include "seam/core/channel.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace seam {
namespace {

class Waiter final : public Completion {
 public:
  void Complete(Result<Buffer> reply) noexcept override {
    // Notified under the lock: the waiting thread destroys this object as soon as it has the lock.
    const std::lock_guard lock(mutex_);
    reply_.emplace(std::move(reply));
    completed_.notify_one();
  }

  Result<Buffer> Wait() {
    std::unique_lock lock(mutex_);
    completed_.wait(lock, [this] { return reply_.has_value(); });
    return *std::move(reply_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable completed_;
  std::optional<Result<Buffer>> reply_;
};

}  // namespace

Result<Buffer> Channel::Call(const MethodContract& method, const Context& context, Buffer request) {
  Waiter waiter;
  Start(method, context, std::move(request), waiter);
  return waiter.Wait();
}

}  // namespace seam
