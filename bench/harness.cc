#include "harness.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <utility>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double Nanoseconds(Clock::duration duration) {
  return static_cast<double>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How many times fill a slice, as one attempt has it.
std::size_t CalibrateOnce(const Contestant& contestant, std::chrono::microseconds slice) {
  std::size_t times = 1;
  for (;;) {
    const auto start = Clock::now();
    contestant.run(times);
    const auto took = Clock::now() - start;
    if (took >= slice / 4) {
      const double wanted = static_cast<double>(times) * Nanoseconds(slice) / Nanoseconds(took);
      return std::max<std::size_t>(1, static_cast<std::size_t>(wanted));
    }
    times *= 4;
  }
}

// The most of three attempts: whatever interrupts one makes it too few, and with too few the start
// of a second thread would be what is measured.
std::size_t Calibrate(const Contestant& contestant, std::chrono::microseconds slice) {
  std::size_t most = 0;
  for (int i = 0; i < 3; ++i) most = std::max(most, CalibrateOnce(contestant, slice));
  return most;
}

}  // namespace

void GiveUp(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::abort();
}

std::vector<Measured> Race(const std::vector<Contestant>& contestants, const Effort& effort) {
  std::vector<std::size_t> times;
  for (const Contestant& contestant : contestants) {
    times.push_back(Calibrate(contestant, effort.slice));
  }
  std::vector<std::vector<double>> samples(contestants.size());
  std::vector<std::size_t> order(contestants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 shuffler(1);
  for (int round = 0; round < effort.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), shuffler);
    for (const std::size_t i : order) {
      const auto start = Clock::now();
      contestants[i].run(times[i]);
      samples[i].push_back(Nanoseconds(Clock::now() - start) / static_cast<double>(times[i]));
    }
  }
  std::vector<Measured> measured;
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    measured.push_back({contestants[i].name, Median(std::move(samples[i]))});
  }
  return measured;
}

std::vector<Measured> RaceCalls(
    const std::vector<std::pair<std::string, std::function<void()>>>& contestants, int rounds,
    int calls_a_round) {
  std::vector<std::vector<double>> samples(contestants.size());
  std::vector<std::size_t> order(contestants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 shuffler(1);
  // One round more than asked for: the first warms connections and caches and is not counted.
  for (int round = 0; round <= rounds; ++round) {
    std::shuffle(order.begin(), order.end(), shuffler);
    for (const std::size_t i : order) {
      for (int call = 0; call < calls_a_round; ++call) {
        const auto start = Clock::now();
        contestants[i].second();
        if (round > 0) samples[i].push_back(Nanoseconds(Clock::now() - start));
      }
    }
  }
  std::vector<Measured> measured;
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    measured.push_back({contestants[i].first, Median(std::move(samples[i]))});
  }
  return measured;
}

}  // namespace bench
