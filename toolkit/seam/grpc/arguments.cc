#include "seam/grpc/arguments_internal.h"

#include <absl/synchronization/mutex.h>

namespace seam::grpc_internal {

void QuietenAbseil() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace seam::grpc_internal
