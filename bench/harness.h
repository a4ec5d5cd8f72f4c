#ifndef BENCH_HARNESS_H_
#define BENCH_HARNESS_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// Measures several ways to do one thing against each other. A round runs every contestant for a few
// milliseconds, one after the other, each round in another order, so that whatever else the machine
// does hits all of them alike; what is reported is the median over the rounds.
namespace bench {

// Keeps the compiler from dropping a value that nobody reads.
template <class T>
void Keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// Says on the standard error what went wrong, and ends the program.
[[noreturn]] void GiveUp(const std::string& what);

struct Contestant {
  std::string name;
  // Does the thing so many times.
  std::function<void(std::size_t times)> run;
};

struct Measured {
  std::string name;
  double nanoseconds = 0;  // For doing the thing once.
};

struct Effort {
  int rounds = 41;
  std::chrono::microseconds slice{4000};  // How long a contestant runs in one round.
};

// The medians, in the order of the contestants.
[[nodiscard]] std::vector<Measured> Race(const std::vector<Contestant>& contestants,
                                         const Effort& effort);

// The same for latencies: in a round each contestant is timed call by call, and the median call of
// all rounds is reported.
[[nodiscard]] std::vector<Measured> RaceCalls(
    const std::vector<std::pair<std::string, std::function<void()>>>& contestants, int rounds,
    int calls_a_round);

// A line of the table: ours against theirs.
struct Row {
  std::string group;
  std::string ours;
  std::string theirs;
  double ours_ns = 0;
  double theirs_ns = 0;
  std::optional<double> goal;  // The ratio ours/theirs should be at most this.
  int rounds = Effort{}.rounds;

  [[nodiscard]] double ratio() const { return ours_ns / theirs_ns; }
};

}  // namespace bench

#endif  // BENCH_HARNESS_H_
