#ifndef AUTH_REFRESH_TOKEN_H_
#define AUTH_REFRESH_TOKEN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shop::auth {

// A refresh token: 128 random bits that all tokens of a session share, its family, and 256 of its
// own. Whoever shows another token of a known family has one that was good before: nobody guesses
// 128 bits. Only the hashes are stored.
struct RefreshToken {
  std::string text{};         // The secret: 64 characters of base64url.
  std::string family_hash{};  // SHA-256, 32 bytes.
  std::string hash{};         // SHA-256 of it all, 32 bytes.
};

// The first token of a session.
[[nodiscard]] RefreshToken NewRefreshToken();

// Another one of the same family. `before` was made by one of these functions.
[[nodiscard]] RefreshToken NextRefreshToken(const RefreshToken& before);

// Nothing for what cannot be a refresh token.
[[nodiscard]] std::optional<RefreshToken> ParseRefreshToken(std::string_view text);

// Whether two hashes are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool SameHash(std::string_view a, std::string_view b);

// SHA-256, 32 bytes.
[[nodiscard]] std::string Sha256(std::string_view bytes);

// `bytes` random bytes in base64url.
[[nodiscard]] std::string RandomText(std::size_t bytes);

}  // namespace shop::auth

#endif  // AUTH_REFRESH_TOKEN_H_
