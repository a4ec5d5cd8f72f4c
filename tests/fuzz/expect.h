#ifndef TESTS_FUZZ_EXPECT_H_
#define TESTS_FUZZ_EXPECT_H_

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace shop::fuzz {

// Whether there is to be a bug in what is tried, one that no file of the corpus meets.
inline bool IsTwin() { return std::getenv("SEAM_FUZZ_TWIN") != nullptr; }

[[noreturn]] inline void Found(const std::string& what) {
  std::cerr << "FOUND: " << what << "\n";
  std::abort();
}

inline void Expect(bool holds, const std::string& what) {
  if (!holds) Found(what);
}

// What is tried with one input.
void TryHttp(std::string_view input);
void TryJson(std::string_view input);
void TryConfig(std::string_view input);

}  // namespace shop::fuzz

#endif  // TESTS_FUZZ_EXPECT_H_
