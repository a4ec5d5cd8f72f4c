#ifndef INVENTORY_PROCESS_H_
#define INVENTORY_PROCESS_H_

#include "inventory/module.h"
#include "seam/host/serve_main.h"

namespace shop::inventory {

// What the process is, and with that its options.
[[nodiscard]] inline seam::ServiceInfo InventoryProcess() {
  return {.name = "inventory",
          .calls = {"products"},
          .events = true,
          .token_issuer = "auth",
          .database_prefix = "shop_",
          .database_setup = "shop --print-database-setup",
          .groups = InventoryMethodGroups()};
}

}  // namespace shop::inventory

#endif  // INVENTORY_PROCESS_H_
