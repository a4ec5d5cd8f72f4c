#include "seam/grpc/arguments_internal.h"

#include <absl/synchronization/mutex.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <cstdlib>

namespace seam::grpc_internal {

void SetProcessDefaults() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if (std::getenv("GRPC_VERBOSITY") == nullptr) {
    gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  }
  // Never given back: shutting gRPC down with its last object sometimes waits ten seconds for one
  // of its threads, in the destructor of whoever comes last.
  grpc_init();
}

}  // namespace seam::grpc_internal
