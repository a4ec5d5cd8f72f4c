#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/draw_internal.h"

namespace seam::structure {

namespace {

// Beyond these nobody can read a flowchart, and GitHub draws no more than 500 edges.
constexpr std::size_t kMostModules = 40;
constexpr std::size_t kMostEdges = 60;

// As a text between quotes. Mermaid writes a character as its number between # and ;.
std::string MermaidText(std::string_view text) {
  std::string out;
  for (const char character : Printable(text)) {
    if (std::string_view("\"#<>&;`\\[]{}|%").find(character) != std::string_view::npos) {
      out += '#' + std::to_string(static_cast<int>(character)) + ';';
    } else {
      out += character;
    }
  }
  return out;
}

// A word for each module, unlike Mermaid's own and one another.
std::vector<std::string> MermaidNames(const Outline& outline) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const std::string& module : outline.modules) {
    std::string name = "m_";
    for (const char character : module) {
      name += std::isalnum(static_cast<unsigned char>(character)) != 0 ? character : '_';
    }
    std::string unlike = name;
    for (int number = 2; !taken.insert(unlike).second; ++number) {
      unlike = name + "_" + std::to_string(number);
    }
    names.push_back(std::move(unlike));
  }
  return names;
}

// The pairs that are drawn: what is in a circle first, then those with most uses.
std::vector<std::size_t> Drawn(const Outline& outline) {
  std::vector<std::size_t> pairs(outline.pairs.size());
  std::iota(pairs.begin(), pairs.end(), std::size_t{0});
  if (outline.modules.size() <= kMostModules && pairs.size() <= 400) return pairs;
  const auto circular = [&](const Pair& pair) {
    return outline.circle_of[pair.from] &&
           outline.circle_of[pair.from] == outline.circle_of[pair.to];
  };
  std::stable_sort(pairs.begin(), pairs.end(), [&](std::size_t left, std::size_t right) {
    const Pair& one = outline.pairs[left];
    const Pair& other = outline.pairs[right];
    if (one.cut != other.cut) return one.cut;
    if (circular(one) != circular(other)) return circular(one);
    return one.uses > other.uses;
  });
  if (pairs.size() > kMostEdges) pairs.resize(kMostEdges);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string_view Arrow(const Pair& pair) {
  const auto all = [&](EdgeKind kind) {
    return std::all_of(pair.edges.begin(), pair.edges.end(),
                       [&](const ModuleEdge& edge) { return edge.kind == kind; });
  };
  if (all(EdgeKind::kEvent)) return "-.-o";
  const bool apart = std::all_of(pair.edges.begin(), pair.edges.end(), [](const ModuleEdge& edge) {
    return edge.kind == EdgeKind::kSeam || edge.kind == EdgeKind::kEvent;
  });
  if (apart) return "-.->";
  return std::any_of(pair.edges.begin(), pair.edges.end(),
                     [](const ModuleEdge& edge) { return edge.kind == EdgeKind::kTable; })
             ? "==>"
             : "-->";
}

}  // namespace

std::string DrawMermaid(const Outline& outline, const DrawOptions& options) {
  const std::vector<std::string> names = MermaidNames(outline);
  const std::vector<std::size_t> drawn = Drawn(outline);
  std::set<std::size_t> modules;
  for (const std::size_t pair : drawn) {
    modules.insert(outline.pairs[pair].from);
    modules.insert(outline.pairs[pair].to);
  }
  std::string text;
  if (drawn.size() < outline.pairs.size()) {
    text += "---\ntitle: The " + std::to_string(drawn.size()) + " most important of " +
            std::to_string(outline.pairs.size()) + " edges, and " + std::to_string(modules.size()) +
            " of " + std::to_string(outline.modules.size()) + " modules\n---\n";
  }
  text += "flowchart TD\n";
  for (std::size_t module = 0; module < names.size(); ++module) {
    if (drawn.size() < outline.pairs.size() && modules.count(module) == 0) continue;
    text += "  " + names[module] + "[\"" + MermaidText(outline.modules[module]) + "\"]\n";
  }
  std::string cut;
  for (std::size_t at = 0; at < drawn.size(); ++at) {
    const Pair& pair = outline.pairs[drawn[at]];
    text += "  " + names[pair.from] + ' ';
    text.append(Arrow(pair)).append("|\"").append(DescribePair(pair, options.counts));
    text += "\"| " + names[pair.to] + '\n';
    if (pair.cut) cut += (cut.empty() ? "" : ",") + std::to_string(at);
  }
  if (!cut.empty()) text += "  linkStyle " + cut + " stroke:#dc2626\n";
  for (std::size_t module = 0; module < names.size(); ++module) {
    if (!outline.circle_of[module]) continue;
    if (drawn.size() < outline.pairs.size() && modules.count(module) == 0) continue;
    text += "  style " + names[module] + " stroke:#dc2626\n";
  }
  return text;
}

std::string DrawMarkdown(const Outline& outline, const DrawOptions& options) {
  DrawOptions in_page = options;
  in_page.unseen = false;  // What is seen where the page is made may not be seen elsewhere.
  std::string text = "<!-- Made by seam graph; what is changed here by hand is lost. -->\n";
  text += "# Who uses whom\n\n```mermaid\n" + DrawMermaid(outline, in_page) + "```\n\n";
  text +=
      "Thick lines go to tables, dotted ones are calls through seams only, those with a "
      "dot at the end events";
  text += outline.circles.empty() ? ".\n" : "; red is what makes a circle.\n";
  return text + "\n```text\n" + DrawText(outline, in_page) + "```\n";
}

}  // namespace seam::structure
