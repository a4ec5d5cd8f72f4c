#ifndef SEAM_GRPC_EVENT_THREADS_H_
#define SEAM_GRPC_EVENT_THREADS_H_

#include <grpcpp/completion_queue.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace seam::grpc_internal {

// Work that may block.
class Job {
 public:
  virtual void Run() noexcept = 0;

 protected:
  ~Job() = default;
};

// What a tag of the completion queue points to.
class Event {
 public:
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

// The threads of a server: leader and followers. One thread polls the completion queue; when an
// event leads to a job, that thread runs the job itself, after another one has taken over the
// polling, so that a job may block and still costs no hand-over of its data. Threads are started
// when they are first needed, and stay. (D. Schmidt et al., Leader/Followers,
// https://www.dre.vanderbilt.edu/~schmidt/PDF/lf.pdf)
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
  void Run();
  // Polls until an event leads to a job; null when the queue has ended.
  Job* Poll();
  void StartThread();  // Holds the lock.

  grpc::CompletionQueue& queue_;
  const std::size_t max_jobs_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> waiting_;
  std::size_t running_ = 0;  // Jobs.
  std::size_t idle_ = 0;     // Threads that wait to take over.
  bool polling_ = false;     // Whether some thread polls, or is about to.
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_EVENT_THREADS_H_
