#ifndef HTTP_ADMIN_TOKEN_H_
#define HTTP_ADMIN_TOKEN_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace shop::http {

// Whether `token` can be sent in an Authorization header and is hard to guess: 16 or more of the
// characters of https://www.rfc-editor.org/rfc/rfc6750#section-2.1, without the padding "=".
[[nodiscard]] bool IsStrongToken(std::string_view token) noexcept;

// Recognises the token of the admin routes. Keeps only its SHA-256 digest, and compares digests in
// a time that does not depend on them, so that answers do not tell how much of a guess was right.
// Immutable, so thread-safe.
class AdminToken {
 public:
  // Nobody is admitted when `token` is empty.
  explicit AdminToken(std::string_view token);

  // Whether the request has exactly one Authorization header, "Bearer <token>", with the token.
  [[nodiscard]] bool Admits(const Request& request) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  [[nodiscard]] static Digest DigestOf(std::string_view text);

  bool is_set_;
  Digest digest_;
};

}  // namespace shop::http

#endif  // HTTP_ADMIN_TOKEN_H_
