#ifndef SEAM_BINDING_THREADED_CHANNEL_H_
#define SEAM_BINDING_THREADED_CHANNEL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "seam/binding/dispatch.h"
#include "seam/core/channel.h"
#include "seam/core/servicer.h"

namespace seam {

// How many calls wait for a thread unless said otherwise; as many as at a GrpcServer.
inline constexpr std::size_t kDefaultWaitingCalls = 1024;

// A channel to a servicer in the same process that comes back at the deadline as a network does,
// however long the handler takes: the handler runs on a thread of the channel, with a request of
// its own, since the bytes are a copy. A call that ends at its deadline (DEADLINE_EXCEEDED) or
// because the caller cancels (CANCELLED), both kOutcomeUnknown, cancels the handler's context, and
// drops what the handler may still answer.
//
// As at a GrpcServer, a call that finds every thread busy waits for one, in the order in which
// calls came, and ends in the same way at its deadline or when it is cancelled; a handler that does
// not stop keeps its thread. When too many wait already, a call fails with RESOURCE_EXHAUSTED,
// reason SERVER_BUSY; with reason NO_THREAD when the system has no more threads. The origin of both
// is kNotDelivered.
//
// Thread-safe; `servicer` must outlive it. Destroying it waits until every handler has returned, so
// no reference of a handler's dangles; no call may be in progress then.
class ThreadedChannel final : public Channel {
 public:
  // Threads are started when they are first needed, `max_threads` of them at most and 1 at least.
  ThreadedChannel(Servicer& servicer, DispatchRules rules, std::size_t max_threads,
                  std::size_t max_waiting = kDefaultWaitingCalls);
  ~ThreadedChannel() override;

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override;

  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override;

 private:
  class Job;

  [[nodiscard]] std::optional<Error> Submit(const std::shared_ptr<Job>& job);
  // Takes a job back that no thread has taken.
  void Withdraw(const std::shared_ptr<Job>& job);
  void Work();

  Servicer& servicer_;
  const DispatchRules rules_;
  const std::size_t max_threads_;
  const std::size_t max_waiting_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::size_t accepted_ = 0;  // Jobs that wait or whose handler has not returned.
  std::size_t idle_ = 0;      // Threads that wait for a job.
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace seam

#endif  // SEAM_BINDING_THREADED_CHANNEL_H_
