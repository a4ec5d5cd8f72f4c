#include "users/validation.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "seam/core/field.h"
#include "seam/core/text.h"
#include "seam/core/uuid.h"
#include "users/email.h"

namespace shop::users {
namespace {

using seam::CountCharacters;
using seam::HasControl;
using seam::InvalidField;
using seam::Result;

constexpr std::size_t kMaxNameCharacters = 100;
constexpr std::size_t kMaxPostalAddressCharacters = 500;

Result<void> ValidateId(std::string_view id) {
  if (seam::IsUuidV7(id)) return {};
  return InvalidField("id", "must be a UUIDv7 in lower case");
}

Result<void> ValidateEmail(std::string_view email) {
  if (IsEmail(email)) return {};
  return InvalidField("email",
                      "must be an email address of at most 254 ASCII characters, such as "
                      "ann@example.org");
}

Result<void> ValidateName(std::string_view name) {
  const std::size_t characters = CountCharacters(name);
  if (characters < 1 || characters > kMaxNameCharacters) {
    return InvalidField("name",
                        "must have 1 to " + std::to_string(kMaxNameCharacters) + " characters");
  }
  if (HasControl(name)) return InvalidField("name", "must not have control characters");
  return {};
}

Result<void> ValidatePostalAddress(std::string_view address) {
  if (CountCharacters(address) > kMaxPostalAddressCharacters) {
    return InvalidField(
        "postal_address",
        "must have at most " + std::to_string(kMaxPostalAddressCharacters) + " characters");
  }
  if (HasControl(address, "\n\r")) {
    return InvalidField("postal_address", "must not have control characters but line breaks");
  }
  return {};
}

}  // namespace

Result<void> Validate(const v1::CreateUserRequest& request) {
  if (auto result = ValidateId(request.id); !result) return result;
  if (auto result = ValidateEmail(request.email); !result) return result;
  return ValidateName(request.name);
}

Result<void> Validate(const v1::GetUserRequest& request) { return ValidateId(request.id); }

Result<void> Validate(const v1::UpdateUserRequest& request) {
  if (auto result = ValidateId(request.id); !result) return result;
  if (request.expected_version < 1) {
    return InvalidField("expected_version", "must be the version that was read, 1 or more");
  }
  if (auto result = ValidateEmail(request.email); !result) return result;
  if (auto result = ValidateName(request.name); !result) return result;
  return ValidatePostalAddress(request.postal_address);
}

}  // namespace shop::users
