#include "seam/grpc/event_threads_internal.h"

#include <chrono>
#include <system_error>

namespace seam::grpc_internal {
namespace {

constexpr std::chrono::milliseconds kGuardTick{1};
// The guard falls asleep after so many ticks without a busy lead.
constexpr int kGuardPatience = 50;

}  // namespace

EventThreads::EventThreads(grpc::CompletionQueue& queue, std::size_t max_jobs)
    : queue_(queue), max_jobs_(max_jobs) {
  const std::lock_guard lock(mutex_);
  StartThread();
}

EventThreads::~EventThreads() {
  Lock lock(mutex_);
  end_.wait(lock, [this] { return ended_; });
  lock.unlock();
  // From here on nobody starts a thread.
  for (std::thread& thread : threads_) thread.join();
}

void EventThreads::StartThread() {
  // One more than jobs: somebody always polls.
  if (threads_.size() > max_jobs_) return;
  try {
    threads_.emplace_back([this] { Run(); });
  } catch (const std::system_error&) {
    // The system has none to give. Those that there are go on, and this is tried again.
    if (threads_.empty()) throw;
  }
}

void EventThreads::Run() {
  Lock lock(mutex_);
  while (!ended_) {
    if (!waiting_.empty() && running_ < max_jobs_) {
      Job* const job = waiting_.front();
      waiting_.pop_front();
      RunJob(job, lock);
    } else if (lead_ == Lead::kFree) {
      TakeLead(lock);
    } else if (!guarded_) {
      Guard(lock);
    } else {
      ++idle_;
      followers_.wait(lock);
      --idle_;
    }
  }
}

void EventThreads::TakeLead(Lock& lock) {
  for (;;) {
    lead_ = Lead::kPolling;
    lock.unlock();
    Job* const job = Poll();
    lock.lock();
    if (job == nullptr) {
      ended_ = true;
      followers_.notify_all();
      guard_.notify_all();
      end_.notify_all();
      return;
    }
    if (running_ == max_jobs_) {
      waiting_.push_back(job);
      continue;
    }
    if (!job->LikelyShort()) {
      lead_ = Lead::kFree;
      RunJob(job, lock);
      return;
    }
    lead_ = Lead::kBusy;
    const std::uint64_t busy_count = ++busy_count_;
    if (!guarded_ || guard_asleep_) WakeGuard();
    RunJob(job, lock);
    if (lead_ != Lead::kBusy || busy_count_ != busy_count) return;  // The guard took it.
    if (!waiting_.empty()) {
      lead_ = Lead::kFree;
      return;
    }
  }
}

void EventThreads::Guard(Lock& lock) {
  guarded_ = true;
  for (int quiet_ticks = 0; !ended_ && lead_ != Lead::kFree;) {
    const bool busy = lead_ == Lead::kBusy;
    const std::uint64_t busy_count = busy_count_;
    if (quiet_ticks == kGuardPatience) {
      guard_asleep_ = true;
      guard_.wait(lock);
      guard_asleep_ = false;
      quiet_ticks = 0;
      continue;
    }
    guard_.wait_for(lock, kGuardTick);
    if (busy && lead_ == Lead::kBusy && busy_count_ == busy_count) lead_ = Lead::kFree;
    quiet_ticks = busy_count_ == busy_count ? quiet_ticks + 1 : 0;
  }
  guarded_ = false;
}

void EventThreads::RunJob(Job* job, Lock& lock) {
  ++running_;
  if (lead_ == Lead::kFree) WakeSuccessor();
  lock.unlock();
  job->Run();
  lock.lock();
  --running_;
}

void EventThreads::WakeSuccessor() {
  if (idle_ > 0) {
    followers_.notify_one();
  } else if (guarded_) {
    guard_.notify_one();
  } else {
    StartThread();
  }
}

void EventThreads::WakeGuard() {
  if (guarded_) {
    guard_.notify_one();
  } else if (idle_ > 0) {
    followers_.notify_one();
  } else {
    StartThread();
  }
}

Job* EventThreads::Poll() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    if (Job* const job = static_cast<Event*>(TakenFromQueue(tag))->Proceed(ok)) return job;
  }
  return nullptr;
}

}  // namespace seam::grpc_internal
