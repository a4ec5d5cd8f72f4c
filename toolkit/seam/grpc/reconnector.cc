#include "seam/grpc/reconnector_internal.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace seam::grpc_internal {
namespace {

// How often it is looked whether the channel is being destroyed.
constexpr std::chrono::milliseconds kLook{100};

}  // namespace

Reconnector::Reconnector(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

Reconnector::~Reconnector() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void Reconnector::OnDisconnected() {
  if (disconnected_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error&) {
      disconnected_ = false;  // The next call that fails tries again.
    }
  }
  wake_.notify_one();
}

void Reconnector::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || disconnected_; });
    if (stopping_) return;
    lock.unlock();
    PollUntilReady();
    lock.lock();
  }
}

void Reconnector::PollUntilReady() {
  for (;;) {
    // Before the look at the state: a loss that comes after it is told again.
    disconnected_ = false;
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) return;
    disconnected_ = true;
    channel_->NotifyOnStateChange(state, std::chrono::system_clock::now() + kLook, &queue_,
                                  nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

}  // namespace seam::grpc_internal
