#include "orders/module.h"

#include <utility>

#include "orders/schema.h"
#include "orders/service.h"
#include "seam/sql/error.h"
#include "seam/sql/sqlite.h"

namespace shop::orders {

seam::Result<std::unique_ptr<v1::OrdersHandler>> OpenOrders(const OrdersOptions& options,
                                                            products::v1::ProductsClient& products,
                                                            const seam::TokenVerifier& verifier,
                                                            seam::Log& log) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<v1::OrdersHandler>> {
    auto database = seam::sql::OpenSqlite({.path = options.database_path,
                                           .durable = options.durable,
                                           .pool = {.max_wait = options.max_wait}});
    MigrateOrders(*database);
    return std::make_unique<OrdersService>(std::move(database), options, products, verifier, log);
  });
}

}  // namespace shop::orders
