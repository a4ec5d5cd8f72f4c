#ifndef TESTS_PROPERTY_ALLOCATIONS_H_
#define TESTS_PROPERTY_ALLOCATIONS_H_

#include <cstddef>

namespace property {

// Counts what operator new gives to the program that links allocations.cc, which replaces it. For
// programs with one thread.
struct Allocations {
  std::size_t live_bytes = 0;
  std::size_t most_live_bytes = 0;
};
extern Allocations allocations;

// The most that was allocated at one time while `run` ran.
template <class Run>
std::size_t MostBytes(Run run) {
  const std::size_t before = allocations.live_bytes;
  allocations.most_live_bytes = before;
  run();
  return allocations.most_live_bytes - before;
}

}  // namespace property

#endif  // TESTS_PROPERTY_ALLOCATIONS_H_
