#ifndef USERS_VALIDATION_H_
#define USERS_VALIDATION_H_

#include "seam/core/result.h"
#include "shop/users/v1/users_types.h"

namespace shop::users {

// Whether a request keeps the rules written in users.proto. Fails with INVALID_ARGUMENT, reason
// INVALID_FIELD, whose metadata names the first wrong field under "field". No message repeats what
// the caller sent. FindUserByEmail takes any text, so it is not here.
[[nodiscard]] seam::Result<void> Validate(const v1::CreateUserRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::GetUserRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::UpdateUserRequest& request);

}  // namespace shop::users

#endif  // USERS_VALIDATION_H_
