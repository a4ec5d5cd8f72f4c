#ifndef SEAM_GRPC_EVENT_THREADS_INTERNAL_H_
#define SEAM_GRPC_EVENT_THREADS_INTERNAL_H_

#include <grpcpp/completion_queue.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "seam/grpc/order_internal.h"

namespace seam::grpc_internal {

// Work that may block.
class Job {
 public:
  virtual void Run() noexcept = 0;

  // Whether it is likely to end sooner than another thread could take over the polling, and nothing
  // else waits to be polled. May be wrong.
  [[nodiscard]] virtual bool LikelyShort() const noexcept = 0;

 protected:
  ~Job() = default;
};

// What a tag of the completion queue points to.
class Event {
 public:
  // The tag itself, to be given to gRPC at once.
  [[nodiscard]] void* Tag() { return GivenToQueue(this); }

  // Told that what was asked of gRPC has been done, or (not `ok`) that it cannot be. Called on the
  // thread that polls, so it must not block; what may block is returned as a job, else null.
  [[nodiscard]] virtual Job* Proceed(bool ok) = 0;

 protected:
  ~Event() = default;
};

// The event of a member function of its owner.
template <class Owner, Job* (Owner::*function)(bool ok)>
class MemberEvent final : public Event {
 public:
  explicit MemberEvent(Owner& owner) : owner_(owner) {}
  Job* Proceed(bool ok) override { return (owner_.*function)(ok); }

 private:
  Owner& owner_;
};

// The threads of a server: a leader and followers (D. Schmidt et al.,
// https://www.dre.vanderbilt.edu/~schmidt/PDF/lf.pdf). One thread, the leader, polls the completion
// queue; when an event leads to a job, it gives the lead away and runs the job itself. So a job may
// block, and its data stay on one thread.
//
// Waking a successor costs more than a short job does. A job that is likely to be short is
// therefore run by the leader as the leader, while another thread, the guard, looks on with a slow
// tick: when a tick passes and the job is still the same, the guard takes the lead. What is polled
// late because of a wrong guess is late by two ticks at most.
//
// Threads are started when they are first needed, and stay.
class EventThreads {
 public:
  // At most `max_jobs` jobs run at once; further ones wait in the order they came, and the polling
  // goes on meanwhile. Polls `queue` until it has been shut down and is empty.
  EventThreads(grpc::CompletionQueue& queue, std::size_t max_jobs);
  EventThreads(const EventThreads&) = delete;
  EventThreads& operator=(const EventThreads&) = delete;

  // Waits for all threads; `queue` must have been shut down, and no job may be waiting.
  ~EventThreads();

 private:
  using Lock = std::unique_lock<std::mutex>;

  enum class Lead : std::uint8_t {
    kFree,     // Nobody polls.
    kPolling,  // Its thread polls.
    kBusy,     // Its thread runs a job that is likely short, and will poll again.
  };

  // What a thread does until the queue ends; all with the lock held, but for polling and jobs.
  void Run();
  void TakeLead(Lock& lock);
  void Guard(Lock& lock);
  void RunJob(Job* job, Lock& lock);

  // Polls until an event leads to a job; null when the queue has ended.
  Job* Poll();

  // See to it that another thread takes the free lead, or guards the busy one.
  void WakeSuccessor();
  void WakeGuard();
  void StartThread();

  grpc::CompletionQueue& queue_;
  const std::size_t max_jobs_;

  std::mutex mutex_;
  std::condition_variable followers_;  // Idle threads wait for it,
  std::condition_variable guard_;      // the guard for this,
  std::condition_variable end_;        // and the destructor for this.
  Lead lead_ = Lead::kFree;
  std::uint64_t busy_count_ = 0;  // How often the lead was busy: tells one job from the next.
  bool guarded_ = false;          // Whether some thread is the guard,
  bool guard_asleep_ = false;     // and does not tick, since there was nothing to guard for long.
  std::deque<Job*> waiting_;
  std::size_t running_ = 0;  // Jobs.
  std::size_t idle_ = 0;     // Followers.
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_EVENT_THREADS_INTERNAL_H_
