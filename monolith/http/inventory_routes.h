#ifndef HTTP_INVENTORY_ROUTES_H_
#define HTTP_INVENTORY_ROUTES_H_

#include <vector>

#include "http/router.h"
#include "shop/inventory/v1/inventory_client.h"

namespace shop::http {

// The routes of the inventory; each makes one call of the client and checks nothing that the module
// checks.
//   GET  /inventory/{product_id}   what can be sold of a product
//   GET  /inventory                admin; how far behind products it is
//   POST /inventory/rebuild        admin; 202: it happens later
// `inventory` must outlive the routes.
[[nodiscard]] std::vector<Route> InventoryRoutes(inventory::v1::InventoryClient& inventory);

}  // namespace shop::http

#endif  // HTTP_INVENTORY_ROUTES_H_
