#include "seam/core/text.h"

#include <algorithm>

namespace seam {

std::size_t CountCharacters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6U) != 2; }));
}

bool HasControl(std::string_view text, std::string_view allowed) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c0 = byte < 0x20 || byte == 0x7f;
    const bool c1 =  // U+0080 to U+009F
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1 || (c0 && allowed.find(text[i]) == std::string_view::npos)) return true;
  }
  return false;
}

}  // namespace seam
