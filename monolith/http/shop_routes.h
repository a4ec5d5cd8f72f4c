#ifndef HTTP_SHOP_ROUTES_H_
#define HTTP_SHOP_ROUTES_H_

#include <vector>

#include "http/modules.h"
#include "http/router.h"

namespace shop::http {

// All routes of the shop: those of auth, users, products, inventory and orders, the health of all
// of them, and the description of the routes, /openapi.json.
[[nodiscard]] std::vector<Route> ShopRoutes(const Modules& modules);

}  // namespace shop::http

#endif  // HTTP_SHOP_ROUTES_H_
