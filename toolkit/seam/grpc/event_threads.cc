#include "seam/grpc/event_threads.h"

namespace seam::grpc_internal {

EventThreads::EventThreads(grpc::CompletionQueue& queue, std::size_t max_jobs)
    : queue_(queue), max_jobs_(max_jobs) {
  const std::lock_guard lock(mutex_);
  StartThread();
}

EventThreads::~EventThreads() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
  lock.unlock();
  // From here on nobody starts a thread.
  for (std::thread& thread : threads_) thread.join();
}

void EventThreads::StartThread() {
  threads_.emplace_back([this] { Run(); });
}

void EventThreads::Run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (!waiting_.empty() && running_ < max_jobs_) {
      Job* const job = waiting_.front();
      waiting_.pop_front();
      ++running_;
      // The last of max_jobs_ + 1 threads never runs a job: somebody always polls.
      if (!polling_) {
        if (idle_ > 0) {
          changed_.notify_one();
        } else if (threads_.size() <= max_jobs_) {
          StartThread();
        }
      }
      lock.unlock();
      job->Run();
      lock.lock();
      --running_;
    } else if (!polling_) {
      polling_ = true;
      lock.unlock();
      Job* const job = Poll();
      lock.lock();
      polling_ = false;
      if (job == nullptr) {
        ended_ = true;
        changed_.notify_all();
      } else {
        waiting_.push_back(job);
      }
    } else {
      ++idle_;
      changed_.wait(lock);
      --idle_;
    }
  }
}

Job* EventThreads::Poll() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    if (Job* const job = static_cast<Event*>(tag)->Proceed(ok)) return job;
  }
  return nullptr;
}

}  // namespace seam::grpc_internal
