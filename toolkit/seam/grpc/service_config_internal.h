#ifndef SEAM_GRPC_SERVICE_CONFIG_INTERNAL_H_
#define SEAM_GRPC_SERVICE_CONFIG_INTERNAL_H_

#include <string>

#include "seam/core/contract.h"

namespace seam::grpc_internal {

// Whether any method of the contract may be retried.
[[nodiscard]] bool AllowsRetries(const ServiceContract& contract) noexcept;

// gRPC's service config (https://github.com/grpc/grpc/blob/master/doc/service_config.md) for a
// client of the contract: round robin over healthy addresses, and retries of calls that could not
// be answered for those methods whose idempotency allows them, when max_attempts is above 1.
[[nodiscard]] std::string BuildServiceConfig(const ServiceContract& contract, int max_attempts,
                                             bool check_health);

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_SERVICE_CONFIG_INTERNAL_H_
