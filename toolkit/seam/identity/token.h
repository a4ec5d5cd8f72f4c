#ifndef SEAM_IDENTITY_TOKEN_H_
#define SEAM_IDENTITY_TOKEN_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "seam/identity/principal.h"

// JSON web tokens (https://www.rfc-editor.org/rfc/rfc7519) signed with Ed25519
// (https://www.rfc-editor.org/rfc/rfc8037), and nothing else: the key fixes the algorithm. What
// makes keys or signatures throws std::runtime_error when the system has no memory or random
// numbers left.
namespace seam {

// Whom tokens are from and for ("iss", "aud").
struct TokenAudience {
  std::string issuer{};
  std::string audience{};
};

// What tokens are checked with.
struct TokenKey {
  std::string id{};  // "kid": 1 to 64 of A-Z a-z 0-9 - _
  std::array<std::uint8_t, 32> public_key{};
};

// A key pair of Ed25519. A value that holds a secret: never log it. Copies are wiped when they go.
class SigningKey {
 public:
  using Seed = std::array<std::uint8_t, 32>;

  // A new key from the system's random numbers; its id is the key's thumbprint
  // (https://www.rfc-editor.org/rfc/rfc7638).
  [[nodiscard]] static SigningKey Generate();

  // The key that was generated with this seed.
  [[nodiscard]] static SigningKey FromSeed(const Seed& seed);

  SigningKey(const SigningKey&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  ~SigningKey();

  [[nodiscard]] const Seed& seed() const noexcept { return seed_; }  // The secret.
  [[nodiscard]] const TokenKey& public_key() const noexcept { return public_key_; }

 private:
  SigningKey(const Seed& seed, TokenKey public_key);

  Seed seed_;
  TokenKey public_key_;
};

// A token for `principal`, good from `issued_at` until principal.expires_at, in whole seconds. The
// claims: iss, aud, sub, iat, exp, jti (random), sid, roles. All texts must be UTF-8, and a token
// of more than 4000 bytes fits into no call (see Context::kMaxMetadataBytes). Thread-safe.
[[nodiscard]] std::string SignToken(const SigningKey& key, const TokenAudience& audience,
                                    const Principal& principal,
                                    std::chrono::system_clock::time_point issued_at);

// The public keys as a JSON Web Key Set (https://www.rfc-editor.org/rfc/rfc7517): one line of JSON.
[[nodiscard]] std::string FormatJwks(const std::vector<TokenKey>& keys);

// The Ed25519 keys of a JSON Web Key Set; keys of other kinds are left out. Fails with
// INVALID_ARGUMENT, reason INVALID_JWKS, when the text is none, a key of ours is malformed, or an
// id is there twice.
[[nodiscard]] Result<std::vector<TokenKey>> ParseJwks(std::string_view text);

}  // namespace seam

#endif  // SEAM_IDENTITY_TOKEN_H_
