#include <algorithm>
#include <exception>
#include <utility>

#include "seam/core/random_internal.h"
#include "seam/events/rounds_internal.h"

namespace seam::events::internal {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

}  // namespace

std::chrono::milliseconds Backoff::Next() {
  const std::chrono::milliseconds pause = std::min(next_, longest_);
  next_ = std::min(pause * 2, longest_);
  const auto most = static_cast<std::uint64_t>(pause.count() / 2 + 1);
  return pause -
         std::chrono::milliseconds(static_cast<std::int64_t>(seam::internal::RandomBits() % most));
}

std::chrono::milliseconds PauseAfter(std::int64_t attempts, std::chrono::milliseconds first,
                                     std::chrono::milliseconds longest) {
  std::chrono::milliseconds pause = std::min(first, longest);
  for (std::int64_t i = 1; i < attempts && pause < longest; ++i)
    pause = std::min(pause * 2, longest);
  return pause;
}

Rounds::Rounds(std::string work, std::function<Pause(const Context&)> round,
               std::function<void()> last, Log& log)
    : work_(std::move(work)),
      round_(std::move(round)),
      last_(std::move(last)),
      log_(log),
      backoff_(kFirstPause, kLongestPause),
      thread_([this] { Run(); }) {}

Rounds::~Rounds() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_.Cancel();
  }
  changed_.notify_all();
  thread_.join();
}

void Rounds::Wake() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    awake_ = true;
  }
  changed_.notify_all();
}

void Rounds::Run() {
  const Context context = Context().WithCancellation(stop_);
  while (!context.cancelled()) Wait(RunOne(context));
  last_();
}

Rounds::Pause Rounds::RunOne(const Context& context) {
  try {
    const Pause pause = round_(context);
    if (failing_) log_.Info("the work on events goes on", {{"work", work_}});
    failing_ = false;
    backoff_.Reset();
    return pause;
  } catch (const std::exception& error) {
    Tell(context, error.what());
  } catch (...) {
    Tell(context, "something that is no std::exception was thrown");
  }
  return {backoff_.Next(), false};
}

void Rounds::Tell(const Context& context, const char* error) {
  if (failing_ || context.cancelled()) return;
  failing_ = true;
  log_.Warning("the work on events is interrupted; it is tried again",
               {{"work", work_}, {"error", error}});
}

void Rounds::Wait(const Pause& pause) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, pause.span,
                    [&] { return stop_.cancelled() || (pause.wakeable && awake_); });
  if (pause.wakeable) awake_ = false;
}

}  // namespace seam::events::internal
