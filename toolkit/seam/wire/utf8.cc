#include "seam/wire/utf8.h"

#include <cstdint>
#include <cstring>

namespace seam::wire {

namespace {

[[nodiscard]] bool InRange(unsigned char byte, unsigned char low, unsigned char high) noexcept {
  return byte >= low && byte <= high;
}

// The length of the well-formed sequence that a non-ASCII `lead` begins, or 0. One branch a row of
// https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7.
[[nodiscard]] std::size_t SequenceLength(const unsigned char* at, std::size_t left) noexcept {
  const unsigned char lead = at[0];
  if (InRange(lead, 0xC2, 0xDF)) return left >= 2 && InRange(at[1], 0x80, 0xBF) ? 2 : 0;
  if (InRange(lead, 0xE0, 0xEF)) {
    const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
    return left >= 3 && InRange(at[1], low, high) && InRange(at[2], 0x80, 0xBF) ? 3 : 0;
  }
  if (InRange(lead, 0xF0, 0xF4)) {
    const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
    return left >= 4 && InRange(at[1], low, high) && InRange(at[2], 0x80, 0xBF) &&
                   InRange(at[3], 0x80, 0xBF)
               ? 4
               : 0;
  }
  return 0;
}

[[nodiscard]] bool IsValidFrom(const char* text, std::size_t size) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text);
  while (size > 0) {
    if (*at < 0x80) {
      ++at;
      --size;
      continue;
    }
    const std::size_t length = SequenceLength(at, size);
    if (length == 0) return false;
    at += length;
    size -= length;
  }
  return true;
}

}  // namespace

// Nearly all text is ASCII, so that is looked for first, eight bytes at a time.
bool IsValidUtf8(std::string_view text) noexcept {
  constexpr std::uint64_t kNonAscii = 0x8080808080808080;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t bits = 0;
  if (left < 8) {
    for (std::size_t i = 0; i < left; ++i) bits |= static_cast<unsigned char>(at[i]);
  } else {
    // The last eight bytes, among which the loop stops, wherever that is.
    std::memcpy(&bits, at + left - 8, 8);
    for (; left > 8; at += 8, left -= 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, at, 8);
      bits |= eight;
      if ((eight & kNonAscii) != 0) break;
    }
  }
  return (bits & kNonAscii) == 0 || IsValidFrom(at, left);
}

}  // namespace seam::wire
