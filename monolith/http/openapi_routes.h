#ifndef HTTP_OPENAPI_ROUTES_H_
#define HTTP_OPENAPI_ROUTES_H_

#include <string_view>
#include <vector>

#include "http/router.h"

namespace shop::http {

// What openapi.json said when the program was built: the description of all routes of the shop
// (https://spec.openapis.org/oas/v3.1.0).
[[nodiscard]] std::string_view OpenApiDocument() noexcept;

//   GET /openapi.json   that description, with an ETag; 304 to a caller who has it already
[[nodiscard]] std::vector<Route> OpenApiRoutes();

}  // namespace shop::http

#endif  // HTTP_OPENAPI_ROUTES_H_
