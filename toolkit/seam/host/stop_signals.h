#ifndef SEAM_HOST_STOP_SIGNALS_H_
#define SEAM_HOST_STOP_SIGNALS_H_

#include <chrono>
#include <memory>

#include "seam/core/context.h"
#include "seam/observe/log.h"

namespace seam {

// SIGTERM and SIGINT, taken by a thread of their own from construction to destruction, so that one
// that comes while the program starts is not lost either. The first asks the program to stop, which
// it does in its own good order; a second, half a second later or more, or the end of the time that
// stopping may take, ends the process at once, without destructors. For the main of a program: one
// at a time, made before there is another thread, because it blocks the two signals in this thread
// for good.
//   StopSignals stop(log, std::chrono::seconds(15));
//   ... open what there is to open, giving stop.context() to calls that may take long ...
//   stop.Wait();
// Thread-safe.
class StopSignals {
 public:
  // The exit code of a process that took too long to stop. One that is ended by a second signal has
  // 128 plus its number, as a shell tells it.
  static constexpr int kEndedByForce = 3;

  // Stopping may take `patience` once it was asked for. `log` must outlive it.
  StopSignals(Log& log, std::chrono::milliseconds patience);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // Whether the program was asked to stop.
  [[nodiscard]] bool asked() const noexcept;

  // Returns when the program was asked to stop.
  void Wait() const;

  // Cancelled when the program is asked to stop: for calls that its start makes.
  [[nodiscard]] Context context() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seam

#endif  // SEAM_HOST_STOP_SIGNALS_H_
