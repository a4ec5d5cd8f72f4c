#include "seam/core/result.h"

#include <cstdio>
#include <cstdlib>

namespace seam::internal {

void AbortOnValueOf(const Error& error) noexcept {
  std::fprintf(stderr, "seam::Result: the value of a failed result was read; its error is %s\n",
               ToString(error).c_str());
  std::abort();
}

void AbortOnErrorOfSuccess() noexcept {
  std::fprintf(stderr, "seam::Result: the error of a successful result was read\n");
  std::abort();
}

}  // namespace seam::internal
