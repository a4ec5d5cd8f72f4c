#include "seam/binding/threaded_channel.h"

#include <algorithm>
#include <string>
#include <system_error>
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

  // Until the reply is there, or the caller wants it no more.
  [[nodiscard]] Result<Buffer> Await(const Context& caller) {
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
      if (reply_) return *std::move(reply_);
    }
    stop_.Cancel();
    const bool expired = caller.remaining() <= Context::Clock::duration::zero();
    return Forward(internal::TooLate(method_, expired));
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

ThreadedChannel::ThreadedChannel(Servicer& servicer, DispatchRules rules, std::size_t max_threads)
    : servicer_(servicer),
      rules_(std::move(rules)),
      max_threads_(std::max<std::size_t>(1, max_threads)) {}

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
  return job->Await(context);
}

std::optional<Error> ThreadedChannel::Submit(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  if (taken_ == max_threads_) {
    return Error{Code::kResourceExhausted,
                 "SERVER_BUSY",
                 std::string(job->method().service()) + " has " + std::to_string(max_threads_) +
                     " threads for its calls in this process, and the handlers on all of them are "
                     "busy; try again later",
                 {},
                 Origin::kNotDelivered};
  }
  waiting_.push_back(job);
  // A thread that has just finished a job may not be counted as idle yet; then there are as many
  // as are allowed, and it will look.
  if (idle_ < waiting_.size() && threads_.size() < max_threads_) {
    try {
      threads_.emplace_back([this] { Work(); });
    } catch (const std::system_error& error) {
      waiting_.pop_back();
      return Error{
          Code::kResourceExhausted,
          "NO_THREAD",
          "cannot start a thread for " + std::string(job->method().path) + ": " + error.what(),
          {},
          Origin::kNotDelivered};
    }
  }
  ++taken_;
  wake_.notify_one();
  return std::nullopt;
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
    --taken_;
    lock.unlock();
    job->Finish(std::move(reply));
    lock.lock();
  }
}

}  // namespace seam
