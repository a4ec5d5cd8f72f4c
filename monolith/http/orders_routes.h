#ifndef HTTP_ORDERS_ROUTES_H_
#define HTTP_ORDERS_ROUTES_H_

#include <vector>

#include "http/router.h"
#include "shop/orders/v1/orders_client.h"

namespace shop::http {

// The routes of orders, all for whoever the token says. Each makes one call of the client and
// checks nothing that the module checks.
//   POST /orders                           {lines: [{product_id, quantity}]}, with the header
//                                          Idempotency-Key: sent again with the same key it answers
//                                          the same; 201 with Location
//   GET  /orders?page_size=&page_token=    a page of the caller's orders, the newest first
//   GET  /orders/{id}
//   POST /orders/{id}/cancel               answers the order; sent again it answers the same
// `orders` must outlive the routes.
[[nodiscard]] std::vector<Route> OrdersRoutes(orders::v1::OrdersClient& orders);

}  // namespace shop::http

#endif  // HTTP_ORDERS_ROUTES_H_
