#include "auth/passwords.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <utility>

namespace shop::auth {
namespace {

seam::Failure NoMemory() {
  return seam::Fail(seam::Code::kResourceExhausted, "AUTH_BUSY",
                    "there is no memory to check a password; try again in a moment");
}

}  // namespace

seam::Result<std::unique_ptr<Passwords>> Passwords::Make(const AuthOptions& options) {
  std::unique_ptr<Passwords> passwords(new Passwords(options));
  std::array<char, 32> unknown{};
  randombytes_buf(unknown.data(), unknown.size());
  auto hash = passwords->Compute({unknown.data(), unknown.size()});
  sodium_memzero(unknown.data(), unknown.size());
  if (!hash) {
    return seam::Fail(seam::Code::kInvalidArgument, "INVALID_OPTIONS",
                      "hash_cost is not one that Argon2id takes on this machine; memory_bytes must "
                      "be 8192 or more and passes 1 or more");
  }
  passwords->nobodys_hash_ = *std::move(hash);
  return passwords;
}

std::optional<std::string> Passwords::Compute(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost_.passes,
                            cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return std::nullopt;
  }
  return hash.data();
}

seam::Result<std::string> Passwords::Hash(const seam::Context& context, std::string_view password) {
  const auto slot = slots_.Take(context);
  if (!slot) return seam::Forward(slot.error());
  auto hash = Compute(password);
  if (!hash) return NoMemory();
  return *std::move(hash);
}

seam::Result<Passwords::Verdict> Passwords::Check(const seam::Context& context,
                                                  const std::optional<std::string>& hash,
                                                  std::string_view password) {
  const auto slot = slots_.Take(context);
  if (!slot) return seam::Forward(slot.error());
  const std::string& expected = hash ? *hash : nobodys_hash_;
  errno = 0;
  const int matched = crypto_pwhash_str_verify(expected.c_str(), password.data(), password.size());
  // libsodium says EINVAL for another password; anything else is that it could not compare.
  if (matched != 0 && errno != EINVAL) return NoMemory();
  Verdict verdict;
  verdict.right = matched == 0 && hash.has_value();
  if (verdict.right &&
      crypto_pwhash_str_needs_rehash(expected.c_str(), cost_.passes, cost_.memory_bytes) == 1) {
    verdict.renewed = Compute(password);
  }
  return verdict;
}

}  // namespace shop::auth
