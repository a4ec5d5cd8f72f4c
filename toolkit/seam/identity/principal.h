#ifndef SEAM_IDENTITY_PRINCIPAL_H_
#define SEAM_IDENTITY_PRINCIPAL_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/context.h"

namespace seam {

// On whose behalf a call is made, as a verified token says. A value.
struct Principal {
  std::string subject{};             // The account: an id of the system that issues the tokens.
  std::vector<std::string> roles{};  // "customer", "admin": what they allow is the module's to say.
  std::string session{};             // Ends all its tokens at once when it is revoked.
  std::chrono::system_clock::time_point expires_at{};

  [[nodiscard]] bool HasRole(std::string_view role) const noexcept;
};

// The token of the principal travels with every call, across every binding, as the metadata entry
// "authorization: Bearer <token>" (https://www.rfc-editor.org/rfc/rfc6750#section-2.1): not a claim
// that any caller could make up, but something that each module verifies for itself (see
// TokenVerifier). A handler that passes its Context on passes it on too.
inline constexpr char kAuthorizationKey[] = "authorization";

// Replaces the token.
[[nodiscard]] Context WithBearerToken(const Context& context, std::string_view token);

// The token; nothing when there is none, or something else than a bearer token. Valid as long as
// any copy of the context.
[[nodiscard]] std::optional<std::string_view> FindBearerToken(const Context& context) noexcept;

// The same for the value of an HTTP Authorization header. The scheme is compared without case.
[[nodiscard]] std::optional<std::string_view> ParseBearer(std::string_view value) noexcept;

}  // namespace seam

#endif  // SEAM_IDENTITY_PRINCIPAL_H_
