#include "tool/structure/outline.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace seam::structure {

namespace {

// How many bytes of `text` at `at` are one character of UTF-8; 0 when none.
std::size_t CharacterAt(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t next = 1; next < length; ++next) {
    if ((byte(at + next) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;  // Longer than it need be, half a pair, or no character at all.
  }
  return length;
}

// The order of the modules: users first, the modules of a circle together. `groups` has a group for
// each module, `after` whom each module must come before.
std::vector<std::size_t> UsersFirst(const std::vector<std::string>& names,
                                    const std::vector<std::size_t>& groups,
                                    const std::set<std::pair<std::size_t, std::size_t>>& kept) {
  const std::size_t count = names.size();
  std::vector<int> users_of_group(count, 0);
  std::vector<int> users(count, 0);
  std::vector<bool> alone(count, true);
  std::vector<std::vector<std::size_t>> used(count);
  for (const auto& [from, to] : kept) {
    alone[groups[from]] = alone[groups[to]] = false;
    used[from].push_back(to);
    if (groups[from] == groups[to]) {
      ++users[to];
    } else {
      ++users_of_group[groups[to]];
    }
  }
  std::vector<std::vector<std::size_t>> members(count);
  for (std::size_t module = 0; module < count; ++module) members[groups[module]].push_back(module);

  // Those with no edge at all come last.
  using Key = std::tuple<bool, std::string, std::size_t>;
  std::set<Key> ready;
  for (std::size_t group = 0; group < count; ++group) {
    if (members[group].empty() || users_of_group[group] != 0) continue;
    ready.emplace(alone[group], names[members[group].front()], group);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t group = std::get<2>(*ready.begin());
    ready.erase(ready.begin());
    std::set<std::pair<std::string, std::size_t>> next;
    for (const std::size_t module : members[group]) {
      if (users[module] == 0) next.emplace(names[module], module);
    }
    while (!next.empty()) {
      const std::size_t module = next.begin()->second;
      next.erase(next.begin());
      order.push_back(module);
      for (const std::size_t other : used[module]) {
        if (groups[other] == group) {
          if (--users[other] == 0) next.emplace(names[other], other);
        } else if (--users_of_group[groups[other]] == 0) {
          ready.emplace(alone[groups[other]], names[members[groups[other]].front()], groups[other]);
        }
      }
    }
  }
  return order;
}

}  // namespace

const std::vector<EdgeKind>& AllEdgeKinds() {
  static const std::vector<EdgeKind> kAll = {EdgeKind::kInclude, EdgeKind::kSymbol,
                                             EdgeKind::kTable, EdgeKind::kSeam, EdgeKind::kEvent};
  return kAll;
}

std::string_view EdgeKindName(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kInclude: return "include";
    case EdgeKind::kSymbol: return "symbol";
    case EdgeKind::kTable: return "table";
    case EdgeKind::kSeam: return "seam";
    case EdgeKind::kEvent: return "event";
  }
  return "";
}

std::string Count(std::size_t number, std::string_view one, std::string_view many) {
  std::string text = std::to_string(number) + ' ';
  if (number == 1) return text.append(one);
  return many.empty() ? text.append(one) + 's' : text.append(many);
}

std::string DescribeUse(const Edge& edge) {
  std::string text = Printable(edge.place.file);
  if (edge.place.line > 0) text += ':' + std::to_string(edge.place.line);
  const std::string target = Printable(edge.target);
  const std::string with = Printable(edge.with);
  switch (edge.kind) {
    case EdgeKind::kInclude: return text + " includes " + target;
    case EdgeKind::kSymbol: return text + " needs " + target;
    case EdgeKind::kSeam: return text + " calls through " + target;
    case EdgeKind::kEvent: return text + " listens by " + target;
    case EdgeKind::kTable: break;
  }
  switch (edge.use) {
    case TableUse::kCreate: return text + " creates or changes table " + target;
    case TableUse::kWrite: return text + " writes " + target;
    case TableUse::kJoin: return text + " joins " + target + " with " + with;
    case TableUse::kForeignKey: return text + " has a foreign key of " + with + " to " + target;
    case TableUse::kRead:
    case TableUse::kNone: break;
  }
  return text + " reads " + target;
}

std::string DescribePair(const Pair& pair, bool counts) {
  std::string text;
  for (const ModuleEdge& edge : pair.edges) {
    if (!text.empty()) text += ", ";
    text += EdgeKindName(edge.kind);
    if (counts) text += ' ' + std::to_string(edge.uses.size());
  }
  return text;
}

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharacterAt(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7f ||
        (length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0)) {
      out += "\xEF\xBF\xBD";
      at += std::max<std::size_t>(length, 1);
      continue;
    }
    out.append(text.substr(at, length));
    at += length;
  }
  return out;
}

std::string EscapeMarkup(std::string_view text) {
  std::string out;
  for (const char character : Printable(text)) {
    switch (character) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += character;
    }
  }
  return out;
}

int TextWidth(std::string_view text) {
  constexpr std::string_view kNarrow = "fijlrtI.,:;'!|()[]-/ ";
  constexpr std::string_view kWide = "mwMW@%";
  int width = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x80) {
      width += byte >= 0xc0 ? 105 : 0;  // The character's first byte stands for all.
    } else if (kNarrow.find(character) != std::string_view::npos) {
      width += 42;
    } else if (kWide.find(character) != std::string_view::npos) {
      width += 98;
    } else {
      width += byte >= 'A' && byte <= 'Z' ? 74 : 62;
    }
  }
  return width;
}

Outline MakeOutline(const ModuleGraph& graph, const std::vector<EdgeKind>& kinds) {
  ModuleGraph seen;
  seen.modules = graph.modules;
  Outline outline;
  outline.unseen = graph.unseen;
  if (std::find(kinds.begin(), kinds.end(), EdgeKind::kTable) != kinds.end()) {
    outline.definitions = graph.definitions;
  }
  for (const ModuleEdge& edge : graph.edges) {
    if (std::find(kinds.begin(), kinds.end(), edge.kind) == kinds.end()) continue;
    seen.edges.push_back(edge);
  }
  for (const EdgeKind kind : AllEdgeKinds()) {
    if (std::any_of(seen.edges.begin(), seen.edges.end(),
                    [&](const ModuleEdge& edge) { return edge.kind == kind; })) {
      outline.kinds.push_back(kind);
    }
  }
  std::sort(seen.modules.begin(), seen.modules.end());
  std::map<std::string, std::size_t> by_name;
  for (std::size_t module = 0; module < seen.modules.size(); ++module) {
    by_name.emplace(seen.modules[module], module);
  }
  const std::vector<std::vector<std::string>> circles = Cycles(seen);
  const Cut cut = CheapestCut(seen);
  outline.exact_cut = cut.exact;

  std::set<std::pair<std::size_t, std::size_t>> taken_away;
  for (const ModuleEdge& edge : cut.edges) {
    taken_away.emplace(by_name.at(edge.from), by_name.at(edge.to));
  }
  std::set<std::pair<std::size_t, std::size_t>> kept;
  for (const ModuleEdge& edge : seen.edges) {
    if (edge.kind == EdgeKind::kEvent) continue;
    const std::pair<std::size_t, std::size_t> ends(by_name.at(edge.from), by_name.at(edge.to));
    if (taken_away.count(ends) == 0) kept.insert(ends);
  }
  std::vector<std::size_t> groups(seen.modules.size());
  for (std::size_t module = 0; module < groups.size(); ++module) groups[module] = module;
  for (const std::vector<std::string>& circle : circles) {
    for (const std::string& name : circle) groups[by_name.at(name)] = by_name.at(circle.front());
  }
  const std::vector<std::size_t> order = UsersFirst(seen.modules, groups, kept);
  std::vector<std::size_t> rank(order.size());
  for (std::size_t at = 0; at < order.size(); ++at) {
    rank[order[at]] = at;
    outline.modules.push_back(seen.modules[order[at]]);
  }
  outline.circle_of.resize(order.size());
  for (const std::vector<std::string>& circle : circles) {
    std::vector<std::size_t> members;
    for (const std::string& name : circle) members.push_back(rank[by_name.at(name)]);
    std::sort(members.begin(), members.end());
    outline.circles.push_back(std::move(members));
  }
  std::sort(outline.circles.begin(), outline.circles.end());
  for (std::size_t circle = 0; circle < outline.circles.size(); ++circle) {
    for (const std::size_t module : outline.circles[circle]) outline.circle_of[module] = circle;
  }
  std::map<std::pair<std::size_t, std::size_t>, Pair> pairs;
  for (ModuleEdge& edge : seen.edges) {
    const std::pair<std::size_t, std::size_t> named(by_name.at(edge.from), by_name.at(edge.to));
    const std::pair<std::size_t, std::size_t> ends(rank[named.first], rank[named.second]);
    Pair& pair = pairs[ends];
    pair.from = ends.first;
    pair.to = ends.second;
    pair.cut = taken_away.count(named) > 0;
    pair.uses += static_cast<int>(edge.uses.size());
    pair.edges.push_back(std::move(edge));
  }
  for (auto& [ends, pair] : pairs) {
    std::sort(
        pair.edges.begin(), pair.edges.end(),
        [](const ModuleEdge& left, const ModuleEdge& right) { return left.kind < right.kind; });
    outline.pairs.push_back(std::move(pair));
  }
  return outline;
}

}  // namespace seam::structure
