#ifndef AUTH_REGISTRATION_H_
#define AUTH_REGISTRATION_H_

#include <optional>
#include <string>

#include "auth/module.h"
#include "auth/parts.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "shop/auth/v1/auth_types.h"

// How accounts are made. An account is here and its profile in users, and no transaction spans
// both: the account comes first and is pending, then the profile with the same id, which users
// refuses when the email is another's, then the account becomes active. What interrupts this before
// there is a profile leaves nothing that can log in; after that, the first log-in makes the account
// active. The same call made again goes on from where it was interrupted.
//
// Both functions throw seam::sql::SqlError.
namespace shop::auth {

[[nodiscard]] seam::Result<void> RegisterCustomer(Parts& parts, const seam::Context& context,
                                                  const v1::RegisterRequest& request);

// See AuthModule::EnsureFirstAdmin.
[[nodiscard]] seam::Result<std::optional<std::string>> EnsureAdmin(Parts& parts,
                                                                   const seam::Context& context,
                                                                   const FirstAdmin& admin);

}  // namespace shop::auth

#endif  // AUTH_REGISTRATION_H_
