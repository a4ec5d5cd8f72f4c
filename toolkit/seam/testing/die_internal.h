#ifndef SEAM_TESTING_DIE_INTERNAL_H_
#define SEAM_TESTING_DIE_INTERNAL_H_

#include <cstdio>
#include <cstdlib>
#include <string>

namespace seam::testing::internal {

// Ends a test program that cannot go on, and says why.
[[noreturn]] inline void Die(const std::string& what) {
  std::fprintf(stderr, "seam::testing: %s\n", what.c_str());
  std::abort();
}

}  // namespace seam::testing::internal

#endif  // SEAM_TESTING_DIE_INTERNAL_H_
