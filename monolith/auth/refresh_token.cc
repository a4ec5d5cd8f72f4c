#include "auth/refresh_token.h"

#include <sodium.h>

#include <array>

namespace shop::auth {
namespace {

constexpr std::size_t kFamilyBytes = 16;
constexpr std::size_t kOwnBytes = 32;
constexpr std::size_t kTextBytes = (kFamilyBytes + kOwnBytes) / 3 * 4;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

// Wiped when it goes.
struct TokenBytes : std::array<unsigned char, kFamilyBytes + kOwnBytes> {
  TokenBytes() : array{} {}
  TokenBytes(const TokenBytes&) = delete;
  TokenBytes& operator=(const TokenBytes&) = delete;
  ~TokenBytes() { sodium_memzero(data(), size()); }
};

std::string Base64(const unsigned char* bytes, std::size_t size) {
  std::string text(sodium_base64_ENCODED_LEN(size, kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes, size, kBase64);
  text.pop_back();  // The NUL.
  return text;
}

std::string HashOf(const unsigned char* bytes, std::size_t size) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()), bytes, size);
  return hash;
}

RefreshToken TokenOf(const TokenBytes& bytes) {
  return {.text = Base64(bytes.data(), bytes.size()),
          .family_hash = HashOf(bytes.data(), kFamilyBytes),
          .hash = HashOf(bytes.data(), bytes.size())};
}

bool Decode(std::string_view text, TokenBytes& bytes) {
  std::size_t size = 0;
  const char* end = nullptr;
  return text.size() == kTextBytes &&
         sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size,
                           &end, kBase64) == 0 &&
         size == bytes.size() && end == text.data() + text.size();
}

}  // namespace

RefreshToken NewRefreshToken() {
  TokenBytes bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return TokenOf(bytes);
}

RefreshToken NextRefreshToken(const RefreshToken& before) {
  TokenBytes bytes;
  // A family that cannot be read is nobody's: its session cannot be found again.
  if (!Decode(before.text, bytes)) randombytes_buf(bytes.data(), kFamilyBytes);
  randombytes_buf(bytes.data() + kFamilyBytes, kOwnBytes);
  return TokenOf(bytes);
}

std::optional<RefreshToken> ParseRefreshToken(std::string_view text) {
  TokenBytes bytes;
  if (!Decode(text, bytes)) return std::nullopt;
  return TokenOf(bytes);
}

bool SameHash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Sha256(std::string_view bytes) {
  return HashOf(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string RandomText(std::size_t bytes) {
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  std::string text = Base64(reinterpret_cast<const unsigned char*>(random.data()), random.size());
  sodium_memzero(random.data(), random.size());
  return text;
}

}  // namespace shop::auth
