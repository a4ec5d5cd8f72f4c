#ifndef SEAM_EVENTS_ROUNDS_INTERNAL_H_
#define SEAM_EVENTS_ROUNDS_INTERNAL_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "seam/core/context.h"
#include "seam/observe/log.h"

namespace seam::events::internal {

// Pauses that double, each shortened by up to a half, so that many do not come back at one moment.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), next_(first) {}

  [[nodiscard]] std::chrono::milliseconds Next();
  void Reset() noexcept { next_ = first_; }

 private:
  const std::chrono::milliseconds first_;
  const std::chrono::milliseconds longest_;
  std::chrono::milliseconds next_;
};

// The pause after so many failed tries of an event.
[[nodiscard]] std::chrono::milliseconds PauseAfter(std::int64_t attempts,
                                                   std::chrono::milliseconds first,
                                                   std::chrono::milliseconds longest);

// A thread that works in rounds. Thread-safe.
class Rounds {
 public:
  // What a round says of the pause before the next one.
  struct Pause {
    std::chrono::milliseconds span{0};
    bool wakeable = true;  // Whether Wake ends it.
  };

  // `log` must outlive it. The context is cancelled when this object is destroyed, which waits for
  // the round at work. What a round throws is logged, once until one succeeds, and the next one
  // comes after a growing pause. `work` is for the log. At the end `last` is called.
  Rounds(std::string work, std::function<Pause(const Context&)> round, std::function<void()> last,
         Log& log);
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds();

  void Wake() noexcept;

 private:
  void Run();
  [[nodiscard]] Pause RunOne(const Context& context);
  void Tell(const Context& context, const char* error);
  void Wait(const Pause& pause);

  const std::string work_;
  const std::function<Pause(const Context&)> round_;
  const std::function<void()> last_;
  Log& log_;
  Backoff backoff_;  // For the thread alone.
  bool failing_ = false;

  const CancellationSource stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool awake_ = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_ROUNDS_INTERNAL_H_
