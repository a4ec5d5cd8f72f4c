#include "orders/module.h"

#include <utility>

#include "orders/schema.h"
#include "orders/service.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "shop/orders/v1/orders_contract.h"

namespace shop::orders {

seam::Result<std::unique_ptr<v1::OrdersHandler>> OpenOrders(const OrdersOptions& options,
                                                            products::v1::ProductsClient& products,
                                                            const seam::TokenVerifier& verifier,
                                                            seam::Log& log) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<v1::OrdersHandler>> {
    // Transactions decide by guarded statements, so the engine need not compare what they read.
    auto database = seam::sql::OpenDatabase(options.database,
                                            {.durable = options.durable,
                                             .isolation = seam::sql::Isolation::kReadCommitted,
                                             .max_wait = options.max_wait});
    MigrateOrders(options.database.opening, *database);
    return std::make_unique<OrdersService>(std::move(database), options, products, verifier, log);
  });
}

std::vector<seam::MethodGroup> OrdersMethodGroups() {
  return {
      {"orders",
       &v1::kOrdersService,
       {"PlaceOrder", "GetOrder", "ListOrders", "CancelOrder"},
       seam::kEveryService},
      {"readiness", &v1::kOrdersService, {"CheckReadiness"}, seam::kEveryService},
  };
}

}  // namespace shop::orders
