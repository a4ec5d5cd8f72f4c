#include "auth/passwords.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace shop::auth {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

seam::Failure NoMemory() {
  return seam::Fail(seam::Code::kResourceExhausted, "AUTH_BUSY",
                    "there is no memory to check a password; try again in a moment");
}

// "$argon2id$v=19$m=19456,t=2,p=1$", which is all of a hash but its salt and its last part. Empty
// for what is no hash that could be compared.
std::string_view CostOf(std::string_view hash) {
  // Besides what its name says, it finds out whether the text can be understood.
  if (crypto_pwhash_str_needs_rehash(std::string(hash).c_str(), crypto_pwhash_OPSLIMIT_MIN,
                                     crypto_pwhash_MEMLIMIT_MIN) == -1) {
    return {};
  }
  const std::size_t last = hash.rfind('$');
  return hash.substr(0, hash.rfind('$', last - 1) + 1);
}

std::string RandomPart(std::size_t size) {
  constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  std::array<unsigned char, kHashBytes> bytes{};
  randombytes_buf(bytes.data(), size);
  std::array<char, sodium_base64_ENCODED_LEN(kHashBytes, kBase64)> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), size, kBase64);
  return text.data();
}

// A hash of that cost which nobody knows a password of.
std::string Decoy(std::string_view cost) {
  return std::string(cost) + RandomPart(kSaltBytes) + "$" + RandomPart(kHashBytes);
}

}  // namespace

seam::Result<std::unique_ptr<Passwords>> Passwords::Make(const AuthOptions& options,
                                                         Observer observer) {
  std::unique_ptr<Passwords> passwords(new Passwords(options, std::move(observer)));
  const auto hash = passwords->Compute("");
  if (!hash) {
    return seam::Fail(seam::Code::kInvalidArgument, "INVALID_OPTIONS",
                      "hash_cost is not one that Argon2id takes on this machine; memory_bytes must "
                      "be 8192 or more and passes 1 or more");
  }
  passwords->new_cost_ = CostOf(*hash);
  passwords->Expect(*hash);
  return passwords;
}

void Passwords::Expect(std::string_view hash) {
  const std::string_view cost = CostOf(hash);
  const std::lock_guard lock(mutex_);
  if (cost.empty() || decoys_.count(cost) > 0) return;
  decoys_.emplace(cost, Decoy(cost));
}

std::optional<std::string> Passwords::Compute(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost_.passes,
                            cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return std::nullopt;
  }
  Observe(CostOf(hash.data()));
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
  if (hash) Expect(*hash);
  const std::string_view cost = hash ? CostOf(*hash) : std::string_view();
  const std::string_view deciding_cost = cost.empty() ? std::string_view(new_cost_) : cost;
  std::map<std::string, std::string, std::less<>> compared;
  {
    const std::lock_guard lock(mutex_);
    compared = decoys_;
  }
  if (!cost.empty()) compared.find(cost)->second = *hash;
  Verdict verdict;
  for (const auto& [compared_cost, expected] : compared) {
    Observe(compared_cost);
    errno = 0;
    const int matched =
        crypto_pwhash_str_verify(expected.c_str(), password.data(), password.size());
    if (compared_cost != deciding_cost) continue;
    // libsodium says EINVAL for another password; anything else is that it could not compare.
    if (matched != 0 && errno != EINVAL) return NoMemory();
    verdict.right = matched == 0 && !cost.empty();
  }
  if (verdict.right && cost != new_cost_) verdict.renewed = Compute(password);
  return verdict;
}

}  // namespace shop::auth
