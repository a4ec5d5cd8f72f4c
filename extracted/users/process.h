#ifndef USERS_PROCESS_H_
#define USERS_PROCESS_H_

#include "seam/host/serve_main.h"
#include "users/module.h"

namespace shop::users {

// What the process is, and with that its options.
[[nodiscard]] inline seam::ServiceInfo UsersProcess() {
  return {.name = "users",
          .token_issuer = "auth",
          .database_prefix = "shop_",
          .database_setup = "shop --print-database-setup",
          .groups = UsersMethodGroups()};
}

}  // namespace shop::users

#endif  // USERS_PROCESS_H_
