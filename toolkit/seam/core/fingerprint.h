#ifndef SEAM_CORE_FINGERPRINT_H_
#define SEAM_CORE_FINGERPRINT_H_

#include <cstdint>
#include <string_view>

namespace seam {

// A 64-bit fingerprint of text, the same on every machine and in every version, so that it may be
// stored: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). Finds accidental differences;
// anybody can make two texts with one fingerprint on purpose.
[[nodiscard]] constexpr std::uint64_t Fingerprint(std::string_view text) noexcept {
  std::uint64_t fingerprint = 0xcbf29ce484222325U;
  for (const char c : text) {
    fingerprint ^= static_cast<unsigned char>(c);
    fingerprint *= 0x100000001b3U;
  }
  return fingerprint;
}

}  // namespace seam

#endif  // SEAM_CORE_FINGERPRINT_H_
