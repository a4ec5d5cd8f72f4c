#include "first_admin.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

namespace shop::auth {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{5'000};
constexpr std::chrono::seconds kTimeForOneTry{10};

// Returns early when the context is cancelled.
void Pause(const seam::Context& context, milliseconds pause) {
  std::mutex mutex;
  std::condition_variable cancelled;
  // Declared before the lock: taking the callback back waits for it, and it takes the lock.
  const seam::CancellationCallback wake = context.OnCancel([&] {
    const std::lock_guard lock(mutex);
    cancelled.notify_all();
  });
  std::unique_lock lock(mutex);
  cancelled.wait_for(lock, pause, [&] { return context.cancelled(); });
}

bool MayPass(const seam::Error& error) {
  return error.code == seam::Code::kUnavailable || error.code == seam::Code::kDeadlineExceeded ||
         error.code == seam::Code::kResourceExhausted || error.code == seam::Code::kAborted;
}

// On standard output and not in the log, which is kept and sent elsewhere.
void Print(const std::string& email, const std::string& password) {
  std::printf("The first admin is %s with the password %s (shown this once)\n", email.c_str(),
              password.c_str());
  std::fflush(stdout);
}

}  // namespace

seam::Result<void> MakeFirstAdmin(const seam::Context& context, AuthModule& module,
                                  const FirstAdmin& admin, seam::Log& log) {
  milliseconds pause = kFirstPause;
  for (bool told = false;;) {
    const auto made = module.EnsureFirstAdmin(context.WithTimeout(kTimeForOneTry), admin);
    if (made) {
      if (*made) Print(admin.email, **made);
      return {};
    }
    if (context.cancelled()) {
      return seam::Fail(seam::Code::kCancelled, "CANCELLED", "asked to stop");
    }
    if (!MayPass(made.error())) return seam::Forward(made.error());
    if (!told) {
      log.Warning("the first admin cannot be made yet; the service goes on trying",
                  {{"error", seam::ToString(made.error())}});
    }
    told = true;
    Pause(context, pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace shop::auth
