#ifndef HTTP_HEALTH_ROUTES_H_
#define HTTP_HEALTH_ROUTES_H_

#include <chrono>
#include <vector>

#include "http/modules.h"
#include "http/router.h"

namespace shop::http {

//   GET /health/live    200 as long as the process answers; restart it when it does not
//   GET /health/ready   200 when every module answers within `patience`, else 503, naming those
//                       that do not; send no traffic
// A module whose service was found to have an incompatible contract is not ready either; one that
// has another, compatible version of it is named beside "ready". The modules are asked all at once,
// on nobody's behalf, for what costs them least; a refusal is an answer too. auth counts as ready
// while tokens can be verified, so while it was reached lately.
[[nodiscard]] std::vector<Route> HealthRoutes(
    const Modules& modules, std::chrono::milliseconds patience = std::chrono::milliseconds(500));

}  // namespace shop::http

#endif  // HTTP_HEALTH_ROUTES_H_
