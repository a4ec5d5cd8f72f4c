#include "seam/identity/principal.h"

#include <algorithm>
#include <utility>

namespace seam {
namespace {

constexpr std::string_view kScheme = "bearer";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What RFC 6750 calls a b64token, without the padding that no token of ours has.
bool IsTokenCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
}

}  // namespace

bool Principal::HasRole(std::string_view role) const noexcept {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

Context WithBearerToken(const Context& context, std::string_view token) {
  std::string value = "Bearer ";
  value.append(token);
  // A value that the context refuses must not leave the token before it in force.
  const Context without = context.FindMetadata(kAuthorizationKey) == nullptr
                              ? context
                              : context.WithMetadata(kAuthorizationKey, "");
  return without.WithMetadata(kAuthorizationKey, std::move(value));
}

std::optional<std::string_view> FindBearerToken(const Context& context) noexcept {
  const std::string* value = context.FindMetadata(kAuthorizationKey);
  return value == nullptr ? std::nullopt : ParseBearer(*value);
}

std::optional<std::string_view> ParseBearer(std::string_view value) noexcept {
  if (value.size() <= kScheme.size() || value[kScheme.size()] != ' ' ||
      !std::equal(kScheme.begin(), kScheme.end(), value.begin(),
                  [](char expected, char c) { return expected == Lower(c); })) {
    return std::nullopt;
  }
  value.remove_prefix(kScheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  if (value.empty() || !std::all_of(value.begin(), value.end(), IsTokenCharacter)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace seam
