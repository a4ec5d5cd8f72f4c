#include <algorithm>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/draw_internal.h"

namespace seam::structure {

namespace {

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// Whether it is what DescribePair writes.
bool IsDescription(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t end = text.find(", ");
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    const std::size_t space = part.find(' ');
    const std::string_view name = part.substr(0, space);
    if (std::none_of(AllEdgeKinds().begin(), AllEdgeKinds().end(),
                     [&](EdgeKind kind) { return EdgeKindName(kind) == name; })) {
      return false;
    }
    if (space == std::string_view::npos) continue;
    const std::string_view number = part.substr(space + 1);
    if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string Unescaped(std::string text) {
  const std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, character] : kEntities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos;) {
      text.replace(at, entity.size(), character);
      at += character.size();
    }
  }
  return text;
}

// "orders -> stock: include 3, table 1", perhaps with places in parentheses after it.
void ReadNamedPair(std::string_view line, std::map<std::string, std::string>& edges) {
  const std::size_t places = line.find("  (");
  if (places != std::string_view::npos) line = line.substr(0, places);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string_view::npos) return;
  if (line.substr(0, colon).find(" -> ") == std::string_view::npos) return;
  if (!IsDescription(line.substr(colon + 2))) return;
  edges.emplace(line.substr(0, colon), line.substr(colon + 2));
}

// Mermaid's lines: `  m_orders["orders"]` and `  m_orders -->|"include 3"| m_stock`.
void ReadMermaidLine(std::string_view line, std::map<std::string, std::string>& names,
                     std::map<std::string, std::string>& edges) {
  if (line.substr(0, 4) != "  m_") return;
  line.remove_prefix(2);
  const std::size_t end = line.find_first_of(" [");
  if (end == std::string_view::npos) return;
  const std::string from(line.substr(0, end));
  if (line[end] == '[') {
    if (line.size() < end + 4 || line.substr(line.size() - 2) != "\"]") return;
    std::string name;
    const std::string_view text = line.substr(end + 2, line.size() - end - 4);
    for (std::size_t at = 0; at < text.size(); ++at) {
      const std::size_t semicolon = text[at] == '#' ? text.find(';', at) : std::string_view::npos;
      if (semicolon == std::string_view::npos) {
        name += text[at];
        continue;
      }
      int number = 0;
      for (const char digit : text.substr(at + 1, semicolon - at - 1)) {
        number = (number * 10 + (digit - '0')) % 128;
      }
      name += static_cast<char>(number);
      at = semicolon;
    }
    names.emplace(from, std::move(name));
    return;
  }
  const std::size_t begin = line.find("|\"");
  const std::size_t close = line.find("\"| ");
  if (begin == std::string_view::npos || close == std::string_view::npos || close < begin) return;
  const auto name_of = [&](const std::string& id) {
    const auto name = names.find(id);
    return name == names.end() ? id : name->second;
  };
  edges.emplace(name_of(from) + " -> " + name_of(std::string(line.substr(close + 3))),
                line.substr(begin + 2, close - begin - 2));
}

void ReadJsonEdges(const nlohmann::json& picture, std::map<std::string, std::string>& edges) {
  const auto list = picture.find("edges");
  if (list == picture.end() || !list->is_array()) return;
  for (const nlohmann::json& edge : *list) {
    if (!edge.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto value = edge.find(key);
      return value != edge.end() && value->is_string() ? value->get<std::string>() : std::string();
    };
    const auto uses = edge.find("uses");
    std::string& how = edges[text("from") + " -> " + text("to")];
    if (!how.empty()) how += ", ";
    how += text("kind") + ' ' + std::to_string(uses != edge.end() ? uses->size() : 0);
  }
}

}  // namespace

std::map<std::string, std::string> EdgesOf(std::string_view picture) {
  std::map<std::string, std::string> edges;
  if (!picture.empty() && picture.front() == '{') {
    const auto parsed = nlohmann::json::parse(picture, nullptr, false);
    if (parsed.is_object()) ReadJsonEdges(parsed, edges);
    return edges;
  }
  std::map<std::string, std::string> names;
  constexpr std::string_view kTitle = "<title>";
  for (const std::string_view line : LinesOf(picture)) {
    const std::size_t title = line.find(kTitle);
    const std::size_t end = line.find("</title>");
    if (title != std::string_view::npos && end != std::string_view::npos && title < end) {
      const std::size_t begin = title + kTitle.size();
      ReadNamedPair(Unescaped(std::string(line.substr(begin, end - begin))), edges);
    } else {
      ReadMermaidLine(line, names, edges);
      ReadNamedPair(line, edges);
    }
  }
  return edges;
}

std::vector<std::string> Differences(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> old_lines = LinesOf(before);
  const std::vector<std::string_view> new_lines = LinesOf(after);
  if (old_lines == new_lines) return {};
  std::vector<std::string> differences;
  const std::map<std::string, std::string> old_edges = EdgesOf(before);
  const std::map<std::string, std::string> new_edges = EdgesOf(after);
  for (const auto& [name, how] : new_edges) {
    const auto old = old_edges.find(name);
    if (old == old_edges.end()) {
      differences.push_back("came: " + name + " (" + how + ")");
    } else if (old->second != how) {
      differences.push_back("changed: " + name + " (was " + old->second + ", is " + how + ")");
    }
  }
  for (const auto& [name, how] : old_edges) {
    if (new_edges.count(name) == 0) differences.push_back("went: " + name + " (" + how + ")");
  }
  if (!differences.empty()) return differences;
  const std::size_t shared = std::min(old_lines.size(), new_lines.size());
  for (std::size_t line = 0; line <= shared; ++line) {
    const bool both = line < shared;
    if (both && old_lines[line] == new_lines[line]) continue;
    const auto shown = [&](const std::vector<std::string_view>& lines) {
      if (line >= lines.size()) return std::string("nothing");
      std::string_view text = lines[line];
      if (text.size() > 120) text = text.substr(0, 120);
      return "'" + Printable(text) + "'";
    };
    return {"line " + std::to_string(line + 1) + " was " + shown(old_lines) + " and is " +
            shown(new_lines)};
  }
  return differences;
}

}  // namespace seam::structure
