#ifndef AUTH_PROCESS_H_
#define AUTH_PROCESS_H_

#include "auth/module.h"
#include "seam/host/serve_main.h"

namespace shop::auth {

// What the process is, and with that its options.
[[nodiscard]] inline seam::ServiceInfo AuthProcess() {
  return {.name = "auth",
          .calls = {"users"},
          .database_prefix = "shop_",
          .database_setup = "shop --print-database-setup",
          .groups = AuthMethodGroups(),
          .options = AuthConfigurationOptions(),
          .rules = AuthConfigurationRules()};
}

}  // namespace shop::auth

#endif  // AUTH_PROCESS_H_
