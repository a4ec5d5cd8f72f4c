#include "products/module.h"

#include <utility>

#include "products/schema.h"
#include "products/service.h"
#include "seam/sql/error.h"
#include "seam/sql/sqlite.h"
#include "shop/products/v1/products_contract.h"

namespace shop::products {

seam::Result<std::unique_ptr<v1::ProductsHandler>> OpenProducts(
    const ProductsOptions& options, const seam::TokenVerifier& verifier) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<v1::ProductsHandler>> {
    auto database = seam::sql::OpenSqlite({.path = options.database_path,
                                           .durable = options.durable,
                                           .pool = {.max_wait = options.max_wait}});
    MigrateProducts(*database);
    return std::make_unique<ProductsService>(std::move(database), verifier, options.clock);
  });
}

std::vector<seam::MethodGroup> ProductsMethodGroups() {
  return {{"stock",
           &v1::kProductsService,
           {"ReserveStock", "ConfirmReservation", "ReleaseReservation"}}};
}

}  // namespace shop::products
