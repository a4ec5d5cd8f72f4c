#include "http/admin_token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace shop::http {

bool IsStrongToken(std::string_view token) noexcept {
  constexpr std::size_t kShortest = 16;
  return token.size() >= kShortest && std::all_of(token.begin(), token.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-._~+/").find(c) != std::string_view::npos;
         });
}

AdminToken::AdminToken(std::string_view token)
    : is_set_(!token.empty()), digest_(DigestOf(token)) {}

bool AdminToken::Admits(const Request& request) const {
  constexpr std::string_view kScheme = "bearer ";  // Schemes are compared without case.
  const std::string* header = request.FindHeader("Authorization");
  if (!is_set_ || header == nullptr || header->size() < kScheme.size()) return false;
  const std::string_view scheme = std::string_view(*header).substr(0, kScheme.size());
  const IgnoringCase less;
  if (less(scheme, kScheme) || less(kScheme, scheme)) return false;
  const Digest given = DigestOf(std::string_view(*header).substr(kScheme.size()));
  return CRYPTO_memcmp(given.data(), digest_.data(), digest_.size()) == 0;
}

AdminToken::Digest AdminToken::DigestOf(std::string_view text) {
  Digest digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

}  // namespace shop::http
