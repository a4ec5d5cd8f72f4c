#include "seam/host/stop_signals.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <thread>

namespace seam {
namespace {

// Who stops a process often signals its whole group as well, and a script passes a signal on: what
// comes this soon after the first is the same request.
constexpr std::chrono::milliseconds kSameRequest{500};

sigset_t BlockedStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Threads inherit it.
  return signals;
}

timespec ToTimespec(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {seconds.count(), std::chrono::nanoseconds(duration - seconds).count()};
}

}  // namespace

struct StopSignals::State {
  State(Log& the_log, std::chrono::milliseconds the_patience)
      : log(the_log), patience(ToTimespec(the_patience)), signals(BlockedStopSignals()) {}

  void Run() {
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    if (over) return;
    asked = true;  // First, so that what is cancelled by it, and who reads the log, sees it.
    log.Info("stopping", {{"signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"}});
    asked.notify_all();
    cancellation.Cancel();
    const auto asked_at = std::chrono::steady_clock::now();
    do {
      signal_number = sigtimedwait(&signals, nullptr, &patience);
    } while (
        (signal_number < 0 && errno == EINTR) ||
        (signal_number > 0 && !over && std::chrono::steady_clock::now() - asked_at < kSameRequest));
    if (over) return;
    const bool by_time = signal_number < 0;
    log.Error("ended by force",
              {{"reason", by_time ? "stopping takes too long" : "a second signal"}});
    _exit(by_time ? kEndedByForce : 128 + signal_number);
  }

  Log& log;
  const timespec patience;
  const sigset_t signals;
  const CancellationSource cancellation;
  std::atomic<bool> asked = false;
  std::atomic<bool> over = false;
  std::thread thread;
};

StopSignals::StopSignals(Log& log, std::chrono::milliseconds patience)
    : state_(std::make_unique<State>(log, patience)) {
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

StopSignals::~StopSignals() {
  state_->over = true;
  // It only wakes up the thread, which waits for it and ends by itself.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
  pthread_kill(state_->thread.native_handle(), SIGTERM);
  state_->thread.join();
}

bool StopSignals::asked() const noexcept { return state_->asked; }

void StopSignals::Wait() const { state_->asked.wait(false); }

Context StopSignals::context() const { return Context().WithCancellation(state_->cancellation); }

}  // namespace seam
