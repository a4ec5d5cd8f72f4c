#include "products/module.h"

#include <utility>

#include "products/schema.h"
#include "products/service.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "shop/products/v1/products_contract.h"

namespace shop::products {

seam::Result<std::unique_ptr<v1::ProductsHandler>> OpenProducts(
    const ProductsOptions& options, const seam::TokenVerifier& verifier) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<v1::ProductsHandler>> {
    // Transactions decide by guarded statements, so the engine need not compare what they read.
    auto database = seam::sql::OpenDatabase(options.database,
                                            {.durable = options.durable,
                                             .isolation = seam::sql::Isolation::kReadCommitted,
                                             .max_wait = options.max_wait});
    MigrateProducts(options.database.opening, *database);
    return std::make_unique<ProductsService>(std::move(database), verifier, options);
  });
}

std::vector<seam::MethodGroup> ProductsMethodGroups() {
  return {
      {"stock",
       &v1::kProductsService,
       {"ReserveStock", "ConfirmReservation", "ReleaseReservation"}},
      {"catalogue",
       &v1::kProductsService,
       {"GetProduct", "BatchGetProducts", "ListProducts", "CreateProduct", "UpdateProduct",
        "DeleteProduct"},
       seam::kEveryService},
  };
}

}  // namespace shop::products
