#ifndef SEAM_CORE_TEXT_H_
#define SEAM_CORE_TEXT_H_

#include <cstddef>
#include <string_view>

// What handlers check the texts of a request with. Texts are UTF-8, which the bindings have made
// sure of. All functions are thread-safe.
namespace seam {

// The number of Unicode code points.
[[nodiscard]] std::size_t CountCharacters(std::string_view text) noexcept;

// Whether there is one of Unicode's control characters (category Cc) that is not in `allowed`,
// which is ASCII, such as "\n\r\t".
[[nodiscard]] bool HasControl(std::string_view text, std::string_view allowed = {}) noexcept;

}  // namespace seam

#endif  // SEAM_CORE_TEXT_H_
