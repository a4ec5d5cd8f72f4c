#include "seam/core/uuid.h"

#include <cstddef>
#include <cstdint>

#include "seam/core/random_internal.h"

namespace seam {
namespace {

using internal::RandomBits;

constexpr std::size_t kTextSize = 36;
constexpr std::size_t kVersionAt = 14;
constexpr std::size_t kVariantAt = 19;

constexpr bool IsDashPosition(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string NewUuidV7() { return NewUuidV7(std::chrono::system_clock::now()); }

std::string NewUuidV7(std::chrono::system_clock::time_point time) {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
  // RFC 9562, 5.7: 48 bits of time, version, 12 random bits; variant, 62 random bits.
  const std::uint64_t high = (milliseconds << 16U) | 0x7000U | (RandomBits() & 0x0fffU);
  const std::uint64_t low = (RandomBits() >> 2U) | 0x8000000000000000U;
  std::string text(kTextSize, '-');
  std::size_t digit = 0;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    if (IsDashPosition(i)) continue;
    const std::uint64_t half = digit < 16 ? high : low;
    text[i] = "0123456789abcdef"[(half >> (60 - 4 * (digit % 16))) & 0x0fU];
    ++digit;
  }
  return text;
}

bool IsUuid(std::string_view text) noexcept {
  if (text.size() != kTextSize) return false;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (IsDashPosition(i) ? c != '-' : !hex) return false;
  }
  return true;
}

bool IsUuidV7(std::string_view text) noexcept {
  if (!IsUuid(text) || text[kVersionAt] != '7') return false;
  const char variant = text[kVariantAt];
  return variant == '8' || variant == '9' || variant == 'a' || variant == 'b';
}

}  // namespace seam
