#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "seam/identity/ed25519_internal.h"

namespace seam::internal {
namespace {

constexpr std::size_t kSignatureBytes = 64;

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const noexcept { EVP_MD_CTX_free(digest); }
};
using DigestHandle = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const std::uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// OpenSSL queues its errors for the thread; what stays there would be taken for somebody else's.
[[noreturn]] void ThrowOpenSslFailure(const char* what) {
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

KeyHandle PrivateKey(const Bytes32& seed) {
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (key == nullptr) ThrowOpenSslFailure("make an Ed25519 key");
  return key;
}

}  // namespace

Bytes32 Sha256(std::string_view bytes) {
  Bytes32 hash{};
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    ThrowOpenSslFailure("compute SHA-256");
  }
  return hash;
}

void FillWithRandom(std::uint8_t* bytes, std::size_t size) {
  if (RAND_priv_bytes(bytes, static_cast<int>(size)) != 1) {
    ThrowOpenSslFailure("get random numbers from the system");
  }
}

void Wipe(std::uint8_t* bytes, std::size_t size) noexcept { OPENSSL_cleanse(bytes, size); }

Bytes32 PublicKeyOf(const Bytes32& seed) {
  const KeyHandle key = PrivateKey(seed);
  Bytes32 public_key{};
  std::size_t size = public_key.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1 ||
      size != public_key.size()) {
    ThrowOpenSslFailure("derive an Ed25519 public key");
  }
  return public_key;
}

std::string SignEd25519(const Bytes32& seed, std::string_view message) {
  const KeyHandle key = PrivateKey(seed);
  const DigestHandle digest(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (digest == nullptr ||
      EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), reinterpret_cast<std::uint8_t*>(signature.data()), &size,
                     BytesOf(message), message.size()) != 1 ||
      size != signature.size()) {
    ThrowOpenSslFailure("sign with Ed25519");
  }
  return signature;
}

bool IsEd25519Signature(const Bytes32& public_key, std::string_view message,
                        std::string_view signature) noexcept {
  if (signature.size() != kSignatureBytes) return false;
  const KeyHandle key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const DigestHandle digest(EVP_MD_CTX_new());
  const bool good = key != nullptr && digest != nullptr &&
                    EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(digest.get(), BytesOf(signature), signature.size(),
                                     BytesOf(message), message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace seam::internal
