#ifndef SEAM_IDENTITY_ED25519_INTERNAL_H_
#define SEAM_IDENTITY_ED25519_INTERNAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What is used of OpenSSL. All functions are thread-safe. Those that make something throw
// std::runtime_error when OpenSSL fails, as it does without memory or random numbers.
namespace seam::internal {

using Bytes32 = std::array<std::uint8_t, 32>;

[[nodiscard]] Bytes32 Sha256(std::string_view bytes);

// From the system's random numbers, fit for secrets.
void FillWithRandom(std::uint8_t* bytes, std::size_t size);

// So that the compiler does not leave it out.
void Wipe(std::uint8_t* bytes, std::size_t size) noexcept;

// Ed25519 (https://www.rfc-editor.org/rfc/rfc8032).
[[nodiscard]] Bytes32 PublicKeyOf(const Bytes32& seed);
[[nodiscard]] std::string SignEd25519(const Bytes32& seed, std::string_view message);

// False also when OpenSSL fails: who cannot be checked is not let in.
[[nodiscard]] bool IsEd25519Signature(const Bytes32& public_key, std::string_view message,
                                      std::string_view signature) noexcept;

}  // namespace seam::internal

#endif  // SEAM_IDENTITY_ED25519_INTERNAL_H_
