#ifndef SEAM_CONFIG_NAMES_H_
#define SEAM_CONFIG_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace seam::config {

// "; did you mean "http.port"?" when one of `names` is so near to `wrong` that it may have been
// meant; empty otherwise. The nearest has the fewest letters changed, added, dropped or swapped
// with a neighbour (https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).
[[nodiscard]] std::string SuggestName(std::string_view wrong,
                                      const std::vector<std::string>& names);

// SHOP_HTTP_PORT for the prefix SHOP and the path http.port.
[[nodiscard]] std::string EnvironmentName(std::string_view prefix, std::string_view path);

// `text` in JSON's double quotes, with its escapes.
[[nodiscard]] std::string Quote(std::string_view text);

}  // namespace seam::config

#endif  // SEAM_CONFIG_NAMES_H_
