#include "http/router.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace shop::http {
namespace {

// "/products/7" is {"products", "7"}, "/products/" is {"products", ""}. A path that does not begin
// with a slash has no segments.
std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.empty() || path.front() != '/') return segments;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

bool IsVariable(std::string_view segment) { return segment.front() == '{'; }

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    Entry entry{std::move(route), {}};
    for (const std::string_view segment : Split(entry.route.pattern)) {
      entry.segments.emplace_back(segment);
    }
    entries_.push_back(std::move(entry));
  }
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  const std::vector<std::string_view> segments = Split(path);
  std::set<std::string> allowed;
  for (const Entry& entry : entries_) {
    if (entry.segments.size() != segments.size()) continue;
    std::map<std::string, std::string, std::less<>> values;
    bool fits = true;
    for (std::size_t i = 0; fits && i < segments.size(); ++i) {
      const std::string& wanted = entry.segments[i];
      std::string segment;
      fits = PercentDecode(segments[i], segment) && !segment.empty();
      if (!fits) break;
      if (IsVariable(wanted)) {
        values.emplace(wanted.substr(1, wanted.size() - 2), std::move(segment));
      } else {
        fits = wanted == segment;
      }
    }
    if (!fits) continue;
    const bool head = entry.route.method == "GET" && method == "HEAD";
    if (match.route == nullptr && (head || entry.route.method == method)) {
      match.route = &entry.route;
      match.path_values = std::move(values);
    }
    allowed.insert(entry.route.method);
    if (entry.route.method == "GET") allowed.insert("HEAD");
  }
  for (const std::string& name : allowed) {
    match.allowed_methods += (match.allowed_methods.empty() ? "" : ", ") + name;
  }
  return match;
}

}  // namespace shop::http
