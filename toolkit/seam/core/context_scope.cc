#include "seam/core/context_scope.h"

#include <cstdio>
#include <cstdlib>

namespace seam::internal {

void ContextInForce::AbortOnWrongOrder() noexcept {
  std::fprintf(stderr,
               "seam::ContextScope: a scope was destroyed that is not the last one made on this "
               "thread; make scopes local variables, and let each end on its own thread\n");
  std::abort();
}

}  // namespace seam::internal
