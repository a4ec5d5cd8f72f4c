#include "seam/grpc/reconnector_internal.h"

#include <grpc/support/time.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace seam::grpc_internal {
namespace {

// How often it is looked whether the channel is being destroyed.
constexpr std::chrono::milliseconds kLook{100};
// How often a connection is polled: twice in the shortest notice that a server gives of its end.
constexpr std::chrono::milliseconds kPollConnection{50};

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

void Reconnector::OnConnected() {
  const std::lock_guard lock(mutex_);
  StartThread();
}

void Reconnector::OnDisconnected() {
  if (disconnected_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  // Without a thread the next call that fails tries again.
  if (!StartThread()) disconnected_ = false;
  wake_.notify_one();
}

bool Reconnector::StartThread() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void Reconnector::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, kPollConnection, [this] { return stopping_ || disconnected_; });
    if (stopping_) return;
    lock.unlock();
    if (disconnected_ || WasLostUnnoticed()) PollUntilReady();
    lock.lock();
  }
}

bool Reconnector::WasLostUnnoticed() {
  void* tag = nullptr;
  bool ok = false;
  queue_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC));
  const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/false);
  return state == GRPC_CHANNEL_CONNECTING || state == GRPC_CHANNEL_TRANSIENT_FAILURE;
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
