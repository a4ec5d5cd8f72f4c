#ifndef HTTP_HEALTH_ROUTES_H_
#define HTTP_HEALTH_ROUTES_H_

#include <chrono>
#include <vector>

#include "http/router.h"
#include "shop/products/v1/products_client.h"

namespace shop::http {

//   GET /health/live    200 as long as the process answers; restart it when it does not
//   GET /health/ready   200 when every module answers within `patience`, else 503; send no traffic
// `products` must outlive the routes.
[[nodiscard]] std::vector<Route> HealthRoutes(
    products::v1::ProductsClient& products,
    std::chrono::milliseconds patience = std::chrono::milliseconds(500));

}  // namespace shop::http

#endif  // HTTP_HEALTH_ROUTES_H_
