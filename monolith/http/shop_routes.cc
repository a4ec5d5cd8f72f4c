#include "http/shop_routes.h"

#include <iterator>
#include <utility>

#include "http/auth_routes.h"
#include "http/health_routes.h"
#include "http/inventory_routes.h"
#include "http/openapi_routes.h"
#include "http/orders_routes.h"
#include "http/products_routes.h"
#include "http/users_routes.h"

namespace shop::http {

std::vector<Route> ShopRoutes(const Modules& modules) {
  std::vector<Route> routes;
  const auto add = [&routes](std::vector<Route> more) {
    routes.insert(routes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  };
  add(AuthRoutes(modules.auth, modules.verifier));
  add(UsersRoutes(modules.users));
  add(ProductsRoutes(modules.products));
  add(InventoryRoutes(modules.inventory));
  add(OrdersRoutes(modules.orders));
  add(HealthRoutes(modules));
  add(OpenApiRoutes());
  return routes;
}

}  // namespace shop::http
