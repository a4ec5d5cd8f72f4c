#include "auth/validation.h"

#include <cstddef>
#include <string>

#include "seam/core/field.h"
#include "seam/core/text.h"
#include "seam/core/uuid.h"

namespace shop::auth {
namespace {

using seam::InvalidField;
using seam::Result;

constexpr std::size_t kMinPasswordBytes = 10;
constexpr std::size_t kMaxPasswordBytes = 200;
constexpr std::size_t kMaxEmailCharacters = 254;
constexpr std::size_t kMaxAddressCharacters = 64;

Result<void> ValidateLength(const char* field, std::string_view text, std::size_t most) {
  if (seam::CountCharacters(text) <= most) return {};
  return InvalidField(field, "must have at most " + std::to_string(most) + " characters");
}

}  // namespace

Result<void> Validate(const v1::RegisterRequest& request) {
  if (!seam::IsUuidV7(request.account_id)) {
    return InvalidField("account_id", "must be a UUIDv7 in lower case");
  }
  if (auto result = ValidateNewPassword(request.password); !result) return result;
  return ValidateLength("client_address", request.client_address, kMaxAddressCharacters);
}

Result<void> Validate(const v1::LoginRequest& request) {
  if (auto result = ValidateLength("email", request.email, kMaxEmailCharacters); !result) {
    return result;
  }
  if (request.password.size() > kMaxPasswordBytes) {
    return InvalidField("password",
                        "must have at most " + std::to_string(kMaxPasswordBytes) + " bytes");
  }
  return ValidateLength("client_address", request.client_address, kMaxAddressCharacters);
}

Result<void> ValidateNewPassword(std::string_view password) {
  if (password.size() >= kMinPasswordBytes && password.size() <= kMaxPasswordBytes) return {};
  return InvalidField("password", "must have " + std::to_string(kMinPasswordBytes) + " to " +
                                      std::to_string(kMaxPasswordBytes) + " bytes");
}

}  // namespace shop::auth
