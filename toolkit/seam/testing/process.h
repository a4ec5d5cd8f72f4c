#ifndef SEAM_TESTING_PROCESS_H_
#define SEAM_TESTING_PROCESS_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seam::testing {

// A program of its own, started for a test; killed and reaped on destruction, which does not wait
// for what the program itself has started. Everything it prints to stdout and stderr is kept.
// Thread-safe.
class Process {
 public:
  // `arguments[0]` is the program's path; `environment` has "NAME=value" entries that are added to
  // this process's own. Aborts when it cannot be started.
  explicit Process(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // Its process id; somebody else's, perhaps, once it has ended.
  [[nodiscard]] int pid() const noexcept;

  // Sends the signal; does nothing when the program has ended.
  void Signal(int signal_number) const;

  // Waits for a line of the output that contains `text` and returns the first; nothing when the
  // program ends or the time is over without one.
  [[nodiscard]] std::optional<std::string> WaitForLine(
      std::string_view text, std::chrono::milliseconds timeout = std::chrono::seconds(30));

  // What the program has printed so far.
  [[nodiscard]] std::string output() const;

  // Waits for the end: the exit status, or 128 plus the signal that ended it as a shell tells it;
  // nothing when the time is over. After that the output is complete, unless programs that it has
  // started still write to it.
  [[nodiscard]] std::optional<int> Wait(
      std::chrono::milliseconds timeout = std::chrono::seconds(30));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A TCP port on 127.0.0.1 that nobody listened on a moment ago. Prefer port 0 where a program can
// tell which port it got.
[[nodiscard]] int FreePort();

}  // namespace seam::testing

#endif  // SEAM_TESTING_PROCESS_H_
