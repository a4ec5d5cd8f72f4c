#include "seam/binding/threaded_channel.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "seam/binding/guard.h"

namespace seam {

// A call on its way through the channel. Shared by the caller and the thread that runs the handler,
// as either may be done with it first.
class ThreadedChannel::Job {
 public:
  Job(const MethodContract& method, const Context& caller, Buffer request)
      : method_(method), context_(caller.WithCancellation(stop_)), request_(std::move(request)) {}

  [[nodiscard]] const MethodContract& method() const noexcept { return method_; }

  [[nodiscard]] Result<Buffer> Run(Servicer& servicer, const DispatchRules& rules) const {
    return Dispatch(servicer, method_, context_, request_, rules);
  }

  void Finish(Result<Buffer> reply) {
    {
      const std::lock_guard lock(mutex_);
      reply_ = std::move(reply);
    }
    changed_.notify_all();
  }

  // The reply, or nothing when the caller wants it no more; then the handler is told to stop.
  [[nodiscard]] std::optional<Result<Buffer>> Await(const Context& caller) {
    // Declared before the lock: taking the callback back waits for it, and it takes the lock.
    const CancellationCallback woken = caller.OnCancel([this] {
      {
        const std::lock_guard lock(mutex_);
      }
      changed_.notify_all();
    });
    {
      std::unique_lock lock(mutex_);
      const auto over = [&] { return reply_.has_value() || caller.cancelled(); };
      if (const auto deadline = caller.deadline()) {
        changed_.wait_until(lock, *deadline, over);
      } else {
        changed_.wait(lock, over);
      }
      if (reply_) return std::move(reply_);
    }
    stop_.Cancel();
    return std::nullopt;
  }

 private:
  const MethodContract& method_;
  const CancellationSource stop_;
  const Context context_;
  const Buffer request_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<Buffer>> reply_;
};

ThreadedChannel::ThreadedChannel(Servicer& servicer, DispatchRules rules, std::size_t max_threads,
                                 std::size_t max_waiting)
    : servicer_(servicer),
      rules_(std::move(rules)),
      max_threads_(std::max<std::size_t>(1, max_threads)),
      max_waiting_(max_waiting) {}

ThreadedChannel::~ThreadedChannel() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadedChannel::Start(const MethodContract& method, const Context& context, Buffer request,
                            Completion& completion) {
  completion.Complete(Call(method, context, std::move(request)));
}

Result<Buffer> ThreadedChannel::Call(const MethodContract& method, const Context& context,
                                     Buffer request) {
  if (auto refused = context.Check()) return Forward(*std::move(refused));
  const auto job = std::make_shared<Job>(method, context, std::move(request));
  if (auto refused = Submit(job)) return Forward(*std::move(refused));
  if (auto reply = job->Await(context)) return *std::move(reply);
  // Its place is for a call that somebody waits for.
  Withdraw(job);
  const bool expired = context.remaining() <= Context::Clock::duration::zero();
  return Forward(internal::TooLate(method, expired));
}

std::optional<Error> ThreadedChannel::Submit(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  if (accepted_ >= max_threads_ && accepted_ - max_threads_ >= max_waiting_) {
    return Error{Code::kResourceExhausted,
                 "SERVER_BUSY",
                 std::string(job->method().service()) + " has " + std::to_string(max_threads_) +
                     " threads for its calls in this process, all of them are busy, and " +
                     std::to_string(max_waiting_) + " further calls wait; try again later",
                 {},
                 Origin::kNotDelivered};
  }
  waiting_.push_back(job);
  // A thread that has just finished a job may not be counted as idle yet; then there are as many
  // as are allowed, and it will look.
  if (idle_ < waiting_.size() && threads_.size() < max_threads_) {
    try {
      threads_.emplace_back([this] { Work(); });
    } catch (const std::exception& error) {  // No thread, or no memory for one.
      waiting_.pop_back();
      return Error{
          Code::kResourceExhausted,
          "NO_THREAD",
          "cannot start a thread for " + std::string(job->method().path) + ": " + error.what(),
          {},
          Origin::kNotDelivered};
    }
  }
  ++accepted_;
  wake_.notify_one();
  return std::nullopt;
}

void ThreadedChannel::Withdraw(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), job);
  if (found == waiting_.end()) return;
  waiting_.erase(found);
  --accepted_;
}

void ThreadedChannel::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Result<Buffer> reply = job->Run(servicer_, rules_);
    lock.lock();
    // Before the caller hears of it, as the next thing that it does may be another call.
    --accepted_;
    lock.unlock();
    job->Finish(std::move(reply));
    lock.lock();
  }
}

}  // namespace seam
