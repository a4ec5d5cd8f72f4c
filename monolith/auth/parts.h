#ifndef AUTH_PARTS_H_
#define AUTH_PARTS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "auth/module.h"
#include "auth/passwords.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/identity/token_verifier.h"
#include "seam/sql/database.h"
#include "seam/sql/error.h"
#include "shop/users/v1/users_client.h"

namespace shop::auth {

using seam::sql::Answer;

// By so much a verifier's clock may be slow: a session that has ended is told to verifiers for so
// long after its last access token has.
constexpr std::chrono::milliseconds kSlowestClock = std::chrono::seconds(60);

// What the module's services work with. They share it, so that each of them can live by itself.
// Thread-safe.
struct Parts {
  Parts(AuthOptions given, users::v1::UsersClient& users_client,
        std::unique_ptr<seam::sql::Database> opened, std::unique_ptr<Passwords> hasher);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // Milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const;

  // For what must be put right also when the call is cancelled or out of time.
  [[nodiscard]] seam::Context Afterwards() const;

  // What there is to trust now. A read of two small tables. Throws seam::sql::SqlError.
  [[nodiscard]] seam::TrustedKeys ReadTrustedKeys(const seam::Context& context) const;

  const AuthOptions options;
  users::v1::UsersClient& users;
  const std::unique_ptr<seam::sql::Database> database;
  const std::unique_ptr<Passwords> passwords;
  const seam::TokenVerifier verifier;  // Of the module's own tokens.
};

// What OpenAuth opens; its errors are told there. `observer` is told what passwords cost: for
// tests.
[[nodiscard]] seam::Result<std::shared_ptr<Parts>> OpenParts(const AuthOptions& options,
                                                             users::v1::UsersClient& users,
                                                             Passwords::Observer observer = {});

// A span of the options in the unit of the database.
[[nodiscard]] inline std::int64_t Milliseconds(std::chrono::milliseconds span) {
  return span.count();
}

}  // namespace shop::auth

#endif  // AUTH_PARTS_H_
