#include <pthread.h>

#include <atomic>
#include <random>

#include "seam/core/random_internal.h"

namespace seam::internal {
namespace {

// How many forks lie between the first process and this one.
std::atomic<std::uint64_t> forks = 0;

std::mt19937_64 Seeded() {
  [[maybe_unused]] static const int counted =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

std::uint64_t RandomBits() {
  thread_local std::uint64_t seeded_after = 0;
  thread_local std::mt19937_64 generator = Seeded();
  const std::uint64_t now = forks.load(std::memory_order_relaxed);
  if (seeded_after != now) {
    generator = Seeded();
    seeded_after = now;
  }
  return generator();
}

}  // namespace seam::internal
