#ifndef USERS_MODULE_H_
#define USERS_MODULE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/identity/token_verifier.h"
#include "seam/sql/database_options.h"
#include "shop/users/v1/users_handler.h"

namespace shop::users {

struct UsersOptions {
  // Where the module's own database is.
  seam::sql::DatabaseOptions database{};

  // Whether a change is answered only when it is on the disk. Without that it survives a crash of
  // the process, but maybe not a power failure. On PostgreSQL the server decides.
  bool durable = true;

  // The longest wait for the database while others use it; a call's deadline shortens it.
  std::chrono::milliseconds max_wait{5000};

  // What created_at and updated_at are read from. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// Opens the module on its database, which is brought to the newest schema first. Several processes
// may have the same database open. `verifier` tells who calls, and must outlive the
// handler. The handler is thread-safe; it keeps the rules of users.proto, and to the errors named
// there adds those of its database (seam/sql/error.h): UNAVAILABLE with reason DATABASE_BUSY or
// DATABASE_UNAVAILABLE, DATA_LOSS with DATABASE_CORRUPT.
//
// Fails with UNAVAILABLE, reason DATABASE_UNAVAILABLE, when the file cannot be opened or made, or
// the server cannot be reached; reason DATABASE_REFUSED, when the server refuses the module's role;
// with FAILED_PRECONDITION, reason DATABASE_SCHEMA_TOO_NEW, when a newer program has migrated the
// database; and with DATA_LOSS, reason DATABASE_CORRUPT, when the file is no database.
[[nodiscard]] seam::Result<std::unique_ptr<v1::UsersHandler>> OpenUsers(
    const UsersOptions& options, const seam::TokenVerifier& verifier);

// "accounts": the methods for the module that keeps accounts, which need no principal. For auth,
// wherever that is, and for nobody unless it is said. "profiles", which ask for the customer's
// token whoever passes it on, and "readiness" are for every service.
[[nodiscard]] std::vector<seam::MethodGroup> UsersMethodGroups();

}  // namespace shop::users

#endif  // USERS_MODULE_H_
