#include "seam/grpc/service_config_internal.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace seam::grpc_internal {
namespace {

using Json = nlohmann::ordered_json;

bool MayBeRetried(const MethodContract& method) {
  return method.idempotency == Idempotency::kIdempotent ||
         method.idempotency == Idempotency::kNoSideEffects;
}

}  // namespace

bool AllowsRetries(const ServiceContract& contract) noexcept {
  return std::any_of(contract.methods, contract.methods + contract.method_count, MayBeRetried);
}

std::string BuildServiceConfig(const ServiceContract& contract, int max_attempts,
                               bool check_health) {
  Json config;
  config["loadBalancingConfig"] = Json::array({{{"round_robin", Json::object()}}});
  // The empty name asks for the server as a whole, which every health service knows; one that does
  // not know the service's own name would count as unhealthy for ever.
  if (check_health) config["healthCheckConfig"] = {{"serviceName", ""}};

  Json names = Json::array();
  for (std::size_t i = 0; i < contract.method_count; ++i) {
    if (!MayBeRetried(contract.methods[i])) continue;
    names.push_back({{"service", contract.full_name}, {"method", contract.methods[i].name}});
  }
  if (max_attempts > 1 && !names.empty()) {
    // CANCELLED is what a gRPC server gives to calls that arrive while it stops; a call that the
    // caller itself cancelled is never tried again.
    const Json policy = {{"maxAttempts", max_attempts},
                         {"initialBackoff", "0.02s"},
                         {"maxBackoff", "0.2s"},
                         {"backoffMultiplier", 2},
                         {"retryableStatusCodes", Json::array({"UNAVAILABLE", "CANCELLED"})}};
    config["methodConfig"] = Json::array({{{"name", std::move(names)}, {"retryPolicy", policy}}});
    // Retries stop while more than one call in ten fails, so that they do not bury a service that
    // is just getting up (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
    config["retryThrottling"] = {{"maxTokens", 100}, {"tokenRatio", 0.1}};
  }
  return config.dump();
}

}  // namespace seam::grpc_internal
