#ifndef AUTH_VALIDATION_H_
#define AUTH_VALIDATION_H_

#include <string_view>

#include "seam/core/result.h"
#include "shop/auth/v1/auth_types.h"

namespace shop::auth {

// Whether a request keeps the rules written in auth.proto, but for those of its email and name when
// an account is made, which are for users to tell. Fails with INVALID_ARGUMENT, reason
// INVALID_FIELD, whose metadata names the first wrong field under "field". No message repeats what
// the caller sent.
[[nodiscard]] seam::Result<void> Validate(const v1::RegisterRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::LoginRequest& request);

// The rule for a new password by itself.
[[nodiscard]] seam::Result<void> ValidateNewPassword(std::string_view password);

}  // namespace shop::auth

#endif  // AUTH_VALIDATION_H_
