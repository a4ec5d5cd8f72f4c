#ifndef ORDERS_PROCESS_H_
#define ORDERS_PROCESS_H_

#include "orders/module.h"
#include "seam/host/serve_main.h"

namespace shop::orders {

// What the process is, and with that its options.
[[nodiscard]] inline seam::ServiceInfo OrdersProcess() {
  return {.name = "orders",
          .calls = {"products"},
          .tells = {"inventory"},
          .events = true,
          .token_issuer = "auth",
          .database_prefix = "shop_",
          .database_setup = "shop --print-database-setup",
          .groups = OrdersMethodGroups(),
          .options = OrdersConfigurationOptions()};
}

}  // namespace shop::orders

#endif  // ORDERS_PROCESS_H_
