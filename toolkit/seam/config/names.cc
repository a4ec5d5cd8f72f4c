#include "seam/config/names.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace seam::config {
namespace {

// The variant that never edits a swapped pair again ("optimal string alignment").
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string SuggestName(std::string_view wrong, const std::vector<std::string>& names) {
  constexpr std::size_t kLongestName = 128;  // The comparison costs the product of the lengths.
  if (wrong.size() > kLongestName) return "";
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, wrong.size() / 4) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = Distance(wrong, name);
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  return nearest == nullptr ? "" : "; did you mean " + Quote(*nearest) + "?";
}

std::string EnvironmentName(std::string_view prefix, std::string_view path) {
  std::string name = std::string(prefix) + "_";
  for (const char c : path) {
    if (c == '.') {
      name += '_';
    } else if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else {
      name += c;
    }
  }
  return name;
}

std::string Quote(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace seam::config
