#ifndef AUTH_KEYS_H_
#define AUTH_KEYS_H_

#include <cstdint>
#include <string_view>

#include "auth/module.h"
#include "seam/identity/token.h"
#include "seam/sql/database.h"

// The signing keys. There is one that signs; the database's write transaction makes all processes
// agree on which. All functions run inside one and throw seam::sql::SqlError. `now` is in
// milliseconds since 1970.
namespace shop::auth {

// The key to sign with, which is made when there is none and replaced when it has signed for
// AuthOptions::key_lifetime, or is from the future: made while the clock was ahead, it would live
// longer.
[[nodiscard]] seam::SigningKey KeyToSignWith(seam::sql::Session& session,
                                             const AuthOptions& options, std::int64_t now);

// Makes a new key. The one before forgets its secret, and is published until no token that it has
// signed can be alive.
[[nodiscard]] seam::SigningKey ReplaceKey(seam::sql::Session& session, const AuthOptions& options,
                                          std::int64_t now);

// The same, but no other key is published any more: tokens signed with one are not good from now
// on. So nobody needs to be told of sessions that have ended before, which are forgotten.
[[nodiscard]] seam::SigningKey WithdrawKeys(seam::sql::Session& session, const AuthOptions& options,
                                            std::int64_t now);

// Ends the session, whose access tokens are listed as revoked from then on. When too many are
// listed, which a reply of bounded size could not hold, WithdrawKeys makes the list empty: no
// access token is good then, and who holds a session refreshes it.
void RevokeSession(seam::sql::Session& session, const AuthOptions& options, std::string_view id,
                   std::int64_t now);

}  // namespace shop::auth

#endif  // AUTH_KEYS_H_
