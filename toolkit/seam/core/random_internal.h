#ifndef SEAM_CORE_RANDOM_INTERNAL_H_
#define SEAM_CORE_RANDOM_INTERNAL_H_

#include <cstdint>

namespace seam::internal {

// 64 random bits, for ids that must be unique and need not be secret. Each thread has a generator
// of its own, seeded by the system, and a process made by fork seeds anew, so that it does not
// repeat its parent's ids. Thread-safe.
[[nodiscard]] std::uint64_t RandomBits();

}  // namespace seam::internal

#endif  // SEAM_CORE_RANDOM_INTERNAL_H_
