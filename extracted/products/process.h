#ifndef PRODUCTS_PROCESS_H_
#define PRODUCTS_PROCESS_H_

#include "products/module.h"
#include "seam/host/serve_main.h"

namespace shop::products {

// What the process is, and with that its options.
[[nodiscard]] inline seam::ServiceInfo ProductsProcess() {
  return {.name = "products",
          .tells = {"inventory"},
          .events = true,
          .token_issuer = "auth",
          .database_prefix = "shop_",
          .database_setup = "shop --print-database-setup",
          .groups = ProductsMethodGroups()};
}

}  // namespace shop::products

#endif  // PRODUCTS_PROCESS_H_
