#include "http/openapi_routes.h"

#include <string>

#include "seam/core/fingerprint.h"

namespace shop::http {

std::vector<Route> OpenApiRoutes() {
  const std::string tag = "\"" + std::to_string(seam::Fingerprint(OpenApiDocument())) + "\"";
  const auto document = [tag](const Call& call) -> Answer {
    Response response{.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}}};
    const std::string* known = call.request.FindHeader("If-None-Match");
    if (known != nullptr && (known->find(tag) != std::string::npos || *known == "*")) {
      response.status = 304;
      return response;
    }
    response.content_type = "application/json";
    response.body = OpenApiDocument();
    return response;
  };
  return {{.method = "GET", .pattern = "/openapi.json", .answer = document}};
}

}  // namespace shop::http
