#ifndef SEAM_TOOL_STRUCTURE_NEAR_PATHS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_NEAR_PATHS_INTERNAL_H_

#include <cstddef>
#include <string_view>

// What paths say of each other, where nothing better is known.
namespace seam::structure {

// Whether the path is that of a test: those make other's tables and functions for themselves.
[[nodiscard]] inline bool IsTestPath(std::string_view path) {
  return path.substr(0, 4) == "test" || path.find("/test") != std::string_view::npos ||
         path.find("_test.") != std::string_view::npos ||
         path.find("_test/") != std::string_view::npos;
}

// How many folders two paths begin with in common.
[[nodiscard]] inline std::size_t SharedFolders(std::string_view a, std::string_view b) {
  std::size_t shared = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i) {
    if (a[i] == '/') ++shared;
  }
  return shared;
}

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_NEAR_PATHS_INTERNAL_H_
