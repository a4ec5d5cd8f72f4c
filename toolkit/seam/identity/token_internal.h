#ifndef SEAM_IDENTITY_TOKEN_INTERNAL_H_
#define SEAM_IDENTITY_TOKEN_INTERNAL_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "seam/core/result.h"
#include "seam/identity/principal.h"
#include "seam/identity/token.h"

// How a token is read, in the order in which its parts may be believed. The functions fail with
// UNAUTHENTICATED, reason TOKEN_INVALID, and repeat nothing of the token. Thread-safe.
namespace seam::internal {

// Longer ones are refused unread. No longer one fits into a Context's metadata.
inline constexpr std::size_t kMaxTokenBytes = Context::kMaxMetadataBytes;

// A token taken apart, of which nothing may be believed but that it asks for a key.
struct UncheckedToken {
  std::string key_id{};
  std::string_view signed_part{};  // Of the token's text.
  std::string signature{};
  std::string payload{};
};
[[nodiscard]] Result<UncheckedToken> ReadToken(std::string_view token);

[[nodiscard]] bool IsSignedWith(const TokenKey& key, const UncheckedToken& token) noexcept;

// What the payload of a token whose signature is good says.
struct TokenClaims {
  TokenAudience audience{};
  Principal principal{};
  std::chrono::system_clock::time_point issued_at{};
  std::optional<std::chrono::system_clock::time_point> not_before{};
};
[[nodiscard]] Result<TokenClaims> ReadClaims(std::string_view payload);

[[nodiscard]] bool IsKeyId(std::string_view text) noexcept;

[[nodiscard]] Failure InvalidToken(const char* problem);

}  // namespace seam::internal

#endif  // SEAM_IDENTITY_TOKEN_INTERNAL_H_
