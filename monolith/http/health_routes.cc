#include "http/health_routes.h"

namespace shop::http {
namespace {

Response Status(const char* status) {
  return {.content_type = "application/json",
          .body = std::string(R"({"status":")") + status + "\"}"};
}

}  // namespace

std::vector<Route> HealthRoutes(products::v1::ProductsClient& products,
                                std::chrono::milliseconds patience) {
  const auto live = [](const Call&) -> Answer { return Status("live"); };
  const auto ready = [&products, patience](const Call& call) -> Answer {
    products::v1::ListProductsRequest request;
    request.page_size = 1;
    const auto reply = products.ListProducts(call.context.WithTimeout(patience), request);
    if (reply) return Status("ready");
    return Problem{.status = 503,
                   .code = "NOT_READY",
                   .detail = "products does not answer",
                   .headers = {{"Retry-After", "1"}},
                   .cause = seam::ToString(reply.error())};
  };
  return {{.method = "GET", .pattern = "/health/live", .answer = live},
          {.method = "GET", .pattern = "/health/ready", .answer = ready}};
}

}  // namespace shop::http
