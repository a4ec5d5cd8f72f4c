#ifndef USERS_REPOSITORY_H_
#define USERS_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seam/sql/database.h"
#include "shop/users/v1/users_types.h"

// The module's statements, one function each, in the SQL that all engines understand. Rules are the
// service's: nothing here decides. What several statements have to agree on, the caller puts in one
// transaction. Throws seam::sql::SqlError. Times are milliseconds since 1970.
namespace shop::users::repository {

using seam::sql::Session;

[[nodiscard]] std::optional<v1::User> FindUser(Session& session, std::string_view id);

// The id of the user whose email folds to this.
[[nodiscard]] std::optional<std::string> FindIdByEmail(Session& session,
                                                       std::string_view email_folded);

// False when the id or the folded email is taken; then nothing has changed.
[[nodiscard]] bool InsertUser(Session& session, const v1::CreateUserRequest& user,
                              std::string_view email_folded, std::int64_t creation,
                              std::int64_t now);

// The fingerprint that the user was inserted with.
[[nodiscard]] std::optional<std::int64_t> FindCreation(Session& session, std::string_view id);

// The user as it is now; nothing, and nothing changed, unless it is there in that version. Throws
// kUniqueViolation when another user has the folded email.
[[nodiscard]] std::optional<v1::User> UpdateUser(Session& session,
                                                 const v1::UpdateUserRequest& update,
                                                 std::string_view email_folded, std::int64_t now);

}  // namespace shop::users::repository

#endif  // USERS_REPOSITORY_H_
