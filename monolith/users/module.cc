#include "users/module.h"

#include <utility>

#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "shop/users/v1/users_contract.h"
#include "users/schema.h"
#include "users/service.h"

namespace shop::users {

seam::Result<std::unique_ptr<v1::UsersHandler>> OpenUsers(const UsersOptions& options,
                                                          const seam::TokenVerifier& verifier) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<v1::UsersHandler>> {
    // Transactions decide by guarded statements, so the engine need not compare what they read.
    auto database = seam::sql::OpenDatabase(options.database,
                                            {.durable = options.durable,
                                             .isolation = seam::sql::Isolation::kReadCommitted,
                                             .max_wait = options.max_wait});
    MigrateUsers(options.database.opening, *database);
    return std::make_unique<UsersService>(std::move(database), verifier, options.clock);
  });
}

std::vector<seam::MethodGroup> UsersMethodGroups() {
  return {
      {"accounts", &v1::kUsersService, {"CreateUser", "FindUserByEmail"}},
      {"profiles", &v1::kUsersService, {"GetUser", "UpdateUser"}, seam::kEveryService},
      {"readiness", &v1::kUsersService, {"CheckReadiness"}, seam::kEveryService},
  };
}

}  // namespace shop::users
