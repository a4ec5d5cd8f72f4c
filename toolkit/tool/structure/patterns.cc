#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/rules.h"

namespace seam::structure {
namespace {

// A place to come back to: the text from which the pattern's rest is tried next.
struct Retry {
  std::size_t pattern = std::string_view::npos;  // After the star; npos when there was none.
  std::size_t text = 0;
};

}  // namespace

// It is enough to come back to the last star of each sort: what an earlier one could take as well,
// the later one can.
bool Matches(std::string_view pattern, std::string_view text) {
  const bool below = !pattern.empty() && pattern.back() == '/';
  Retry one_name;    // `*`
  Retry anything;    // `**`
  Retry any_folder;  // `**/` at the begin of a name; shares its turn with `anything`.
  std::size_t p = 0;
  std::size_t t = 0;
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (p + 1 < pattern.size() && pattern[p + 1] == '*') {
        const bool begins_name = p == 0 || pattern[p - 1] == '/';
        p += 2;
        one_name = anything = any_folder = {};
        if (begins_name && p < pattern.size() && pattern[p] == '/' && p + 1 < pattern.size()) {
          any_folder = {++p, t};
        } else {
          anything = {p, t};
        }
      } else {
        one_name = {++p, t};
      }
      continue;
    }
    if (p == pattern.size() && (t == text.size() || (below && t > 0 && text[t - 1] == '/'))) {
      return true;
    }
    if (p < pattern.size() && t < text.size() &&
        (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != '/'))) {
      ++p;
      ++t;
      continue;
    }
    if (one_name.pattern != std::string_view::npos && one_name.text < text.size() &&
        text[one_name.text] != '/') {
      t = ++one_name.text;
      p = one_name.pattern;
    } else if (anything.pattern != std::string_view::npos && anything.text < text.size()) {
      t = ++anything.text;
      p = anything.pattern;
      one_name = {};
    } else if (any_folder.pattern != std::string_view::npos &&
               text.find('/', any_folder.text) != std::string_view::npos) {
      t = any_folder.text = text.find('/', any_folder.text) + 1;
      p = any_folder.pattern;
      one_name = {};
    } else {
      return false;
    }
  }
}

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view text) {
  for (const std::string& pattern : patterns) {
    if (Matches(pattern, text)) return true;
  }
  return false;
}

}  // namespace seam::structure
