#ifndef SEAM_WIRE_UTF8_H_
#define SEAM_WIRE_UTF8_H_

#include <string_view>

namespace seam::wire {

// Whether `text` is UTF-8 by the Unicode standard's table 3-7, as every protobuf library demands of
// a `string`: no surrogates, nothing above U+10FFFF, no longer encoding than needed. NUL is fine.
[[nodiscard]] bool IsValidUtf8(std::string_view text) noexcept;

}  // namespace seam::wire

#endif  // SEAM_WIRE_UTF8_H_
