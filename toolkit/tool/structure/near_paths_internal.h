#ifndef SEAM_TOOL_STRUCTURE_NEAR_PATHS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_NEAR_PATHS_INTERNAL_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

// What paths say of each other, where nothing better is known.
namespace seam::structure {

// Whether the path is that of a test: those make other's tables and functions for themselves.
[[nodiscard]] inline bool IsTestPath(std::string_view path) {
  return path.substr(0, 4) == "test" || path.find("/test") != std::string_view::npos ||
         path.find("_test.") != std::string_view::npos ||
         path.find("_test/") != std::string_view::npos;
}

// Whether a file is a test by its name: those often stand beside what they test.
[[nodiscard]] inline bool IsTestFile(std::string_view path) {
  return path.find("_test.") != std::string_view::npos ||
         path.find("_unittest.") != std::string_view::npos;
}

// Whether the path, or the pattern of paths, is of tests, examples or the code of others: what
// stands beside the program, by the names of its folders and of the file.
[[nodiscard]] inline bool IsAside(std::string_view path) {
  // Without the signs between words: third_party, third-party and ThirdParty are one.
  constexpr std::array<std::string_view, 26> kAside = {
      "3rdparty",   "autotest", "autotests", "bench",    "benchmark", "benchmarks", "contrib",
      "demo",       "demos",    "example",   "examples", "extern",    "external",   "fuzz",
      "fuzzing",    "samples",  "test",      "testing",  "tests",     "testsuite",  "testsuites",
      "thirdparty", "unittest", "unittests", "vendor",   "vendored"};
  if (IsTestFile(path)) return true;
  std::string folder;
  for (const char c : path) {
    if (c == '/') {
      if (std::find(kAside.begin(), kAside.end(), folder) != kAside.end()) return true;
      folder.clear();
    } else if (c != '_' && c != '-') {
      folder += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return false;
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
