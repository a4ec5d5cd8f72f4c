#ifndef SEAM_WIRE_UTF8_H_
#define SEAM_WIRE_UTF8_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace seam::wire {

namespace internal {
[[nodiscard]] bool IsValidUtf8FromFirstNonAscii(const char* text, std::size_t size) noexcept;
}  // namespace internal

// Whether `text` is UTF-8 by the Unicode standard's table 3-7, as every protobuf library demands of
// a `string`: no surrogates, nothing above U+10FFFF, no longer encoding than needed. NUL is fine.
[[nodiscard]] inline bool IsValidUtf8(std::string_view text) noexcept {
  constexpr std::uint64_t kNonAscii = 0x8080808080808080;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, at, 8);
    if ((eight & kNonAscii) != 0) return internal::IsValidUtf8FromFirstNonAscii(at, left);
  }
  unsigned char bits = 0;
  for (std::size_t i = 0; i < left; ++i) bits |= static_cast<unsigned char>(at[i]);
  return bits < 0x80 || internal::IsValidUtf8FromFirstNonAscii(at, left);
}

}  // namespace seam::wire

#endif  // SEAM_WIRE_UTF8_H_
