#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/draw_internal.h"

namespace seam::structure {

namespace {

constexpr std::size_t kWidestMatrix = 110;  // Characters of a line, where they can be chosen.
constexpr std::size_t kListedPairs = 30;
constexpr std::size_t kListedUnseen = 5;

char KindLetter(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kInclude: return 'i';
    case EdgeKind::kSymbol: return 's';
    case EdgeKind::kTable: return 't';
    case EdgeKind::kSeam: return 'c';
    case EdgeKind::kEvent: return 'e';
  }
  return ' ';
}

std::string_view KindMeaning(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kInclude: return "i includes";
    case EdgeKind::kSymbol: return "s symbols used without an include";
    case EdgeKind::kTable: return "t tables";
    case EdgeKind::kSeam: return "c calls through a seam";
    case EdgeKind::kEvent: return "e listens to events";
  }
  return "";
}

// How much a cell of the matrix says.
enum class CellStyle { kCountAndKinds, kKinds, kCount, kDigit };

std::string Cell(const Pair& pair, CellStyle style) {
  std::string text;
  if (style == CellStyle::kDigit) {
    text = pair.uses < 10 ? std::to_string(pair.uses) : "+";
  } else if (style != CellStyle::kKinds) {
    text = std::to_string(pair.uses);
  }
  if (style == CellStyle::kCountAndKinds || style == CellStyle::kKinds) {
    for (const ModuleEdge& edge : pair.edges) text += KindLetter(edge.kind);
  }
  return pair.cut ? text + '!' : text;
}

// On the screen: a character of UTF-8 counts as one.
std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
    return (static_cast<unsigned char>(character) & 0xc0U) != 0x80;
  }));
}

std::string Padded(const std::string& text, std::size_t columns, bool right) {
  const std::size_t has = Columns(text);
  const std::string room(columns > has ? columns - has : 0, ' ');
  return right ? room + text : text + room;
}

struct Matrix {
  std::vector<std::string> lines{};
  std::size_t width = 0;
};

Matrix MatrixOf(const Outline& outline, CellStyle style) {
  const std::size_t count = outline.modules.size();
  std::map<std::pair<std::size_t, std::size_t>, std::string> cells;
  std::vector<std::size_t> widths(count);
  std::size_t names = 0;
  for (std::size_t module = 0; module < count; ++module) {
    widths[module] = std::to_string(module + 1).size();
    names = std::max(names, Columns(Printable(outline.modules[module])));
  }
  for (const Pair& pair : outline.pairs) {
    std::string cell = Cell(pair, style);
    widths[pair.to] = std::max(widths[pair.to], cell.size());
    cells.emplace(std::make_pair(pair.from, pair.to), std::move(cell));
  }
  const std::size_t numbers = std::to_string(count).size();
  const std::string_view gap = style == CellStyle::kDigit ? " " : "  ";
  Matrix matrix;
  std::string head(numbers + 1 + names, ' ');
  for (std::size_t module = 0; module < count; ++module) {
    head.append(gap).append(Padded(std::to_string(module + 1), widths[module], true));
  }
  matrix.width = head.size();
  matrix.lines.push_back(std::move(head));
  for (std::size_t from = 0; from < count; ++from) {
    std::string line = Padded(std::to_string(from + 1), numbers, true) + ' ' +
                       Padded(Printable(outline.modules[from]), names, false);
    for (std::size_t to = 0; to < count; ++to) {
      const auto cell = cells.find({from, to});
      const bool together =
          outline.circle_of[from] && outline.circle_of[from] == outline.circle_of[to];
      const std::string text = from == to            ? "."
                               : cell != cells.end() ? cell->second
                               : together            ? "-"
                                                     : "";
      line.append(gap).append(Padded(text, widths[to], true));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    matrix.lines.push_back(std::move(line));
  }
  return matrix;
}

Matrix BestMatrix(const Outline& outline, const DrawOptions& options, CellStyle& style) {
  if (!options.counts) {
    style = CellStyle::kKinds;
    return MatrixOf(outline, style);
  }
  Matrix matrix;
  for (const CellStyle next : {CellStyle::kCountAndKinds, CellStyle::kCount, CellStyle::kDigit}) {
    style = next;
    matrix = MatrixOf(outline, style);
    if (matrix.width <= kWidestMatrix) break;
  }
  return matrix;
}

std::string Key(const Outline& outline, CellStyle style) {
  std::string text = "A row uses the columns";
  std::string kinds;
  for (const EdgeKind kind : outline.kinds) {
    kinds.append(kinds.empty() ? "" : ", ").append(KindMeaning(kind));
  }
  switch (style) {
    case CellStyle::kCountAndKinds: text += ", so many times: " + kinds; break;
    case CellStyle::kKinds: text += ": " + kinds; break;
    case CellStyle::kCount: text += ", so many times"; break;
    case CellStyle::kDigit: text += ", so many times; + is ten or more"; break;
  }
  if (!outline.circles.empty()) {
    text += "\n! leads back, against the order, and - could: these modules are in a circle";
  }
  return text + ".\n";
}

std::string Circles(const Outline& outline, const DrawOptions& options) {
  std::string text;
  for (std::size_t circle = 0; circle < outline.circles.size(); ++circle) {
    text += "\nA circle: ";
    for (const std::size_t module : outline.circles[circle]) {
      if (module != outline.circles[circle].front()) text += ", ";
      text += Printable(outline.modules[module]);
    }
    text += "\n  would be free of circles without:\n";
    for (const Pair& pair : outline.pairs) {
      if (!pair.cut || outline.circle_of[pair.from] != circle) continue;
      text += "    " + PairName(outline, pair);
      if (options.counts) {
        text += " (" + Count(static_cast<std::size_t>(pair.uses), "use") + ":";
        for (const std::string& place : PlacesOf(pair, 3)) text += ' ' + place;
        if (PlacesOf(pair, 4).size() > 3) text += " …";
        text += ")";
      }
      text += '\n';
    }
  }
  return text.append(CutCaveat(outline));
}

std::string Summary(const Outline& outline, const DrawOptions& options) {
  std::string text = Count(outline.modules.size(), "module") + ", ";
  text += Count(outline.pairs.size(), "edge");
  if (options.counts && !outline.pairs.empty()) {
    std::string kinds;
    std::size_t uses = 0;
    for (const EdgeKind kind : outline.kinds) {
      std::size_t of_kind = 0;
      for (const Pair& pair : outline.pairs) {
        for (const ModuleEdge& edge : pair.edges) {
          if (edge.kind == kind) of_kind += edge.uses.size();
        }
      }
      uses += of_kind;
      kinds.append(kinds.empty() ? "" : ", ").append(EdgeKindName(kind));
      kinds += ' ' + std::to_string(of_kind);
    }
    text += " of " + Count(uses, "use") + " (" + kinds + ")";
  }
  text += ", " + (outline.circles.empty() ? "no circle" : Count(outline.circles.size(), "circle"));
  return text + "\n";
}

// Which modules create tables of others.
std::string Definitions(const Outline& outline) {
  std::string text;
  for (std::size_t at = 0; at < outline.definitions.size();) {
    const ModuleEdge& first = outline.definitions[at];
    std::string of;
    std::size_t places = 0;
    for (; at < outline.definitions.size() && outline.definitions[at].from == first.from; ++at) {
      const ModuleEdge& edge = outline.definitions[at];
      of += (of.empty() ? "" : ", ") + Printable(edge.to) + ' ' + std::to_string(edge.uses.size());
      places += edge.uses.size();
    }
    const Place& place = first.uses.front().place;
    text += (text.empty() ? "\n" : "") + std::string("Not counted as use: ") +
            Printable(first.from) + " creates or changes tables of " + of + " (" +
            Printable(place.file) + ':' + std::to_string(place.line) +
            (places > 1 ? " …)\n" : ")\n");
  }
  return text;
}

}  // namespace

std::string PairName(const Outline& outline, const Pair& pair) {
  return Printable(outline.modules[pair.from]) + " -> " + Printable(outline.modules[pair.to]);
}

int Gravity(const Edge& edge) {
  switch (edge.use) {
    case TableUse::kForeignKey:
    case TableUse::kJoin: return 3;
    case TableUse::kWrite:
    case TableUse::kCreate: return 2;
    case TableUse::kRead: return 1;
    case TableUse::kNone: break;
  }
  return 0;
}

std::vector<std::string> PlacesOf(const Pair& pair, std::size_t limit) {
  std::vector<const Edge*> uses;
  for (const ModuleEdge& edge : pair.edges) {
    for (const Edge& use : edge.uses) uses.push_back(&use);
  }
  std::stable_sort(uses.begin(), uses.end(), [](const Edge* left, const Edge* right) {
    return Gravity(*left) > Gravity(*right);
  });
  std::vector<std::string> places;
  std::set<std::string> named;
  for (const Edge* const use : uses) {
    if (places.size() == limit) break;
    std::string place = Printable(use->place.file);
    if (use->place.line > 0) place += ':' + std::to_string(use->place.line);
    if (named.insert(place).second) places.push_back(std::move(place));
  }
  return places;
}

std::string_view CutCaveat(const Outline& outline) {
  return outline.exact_cut ? ""
                           : "\nThe circles are large: there may be a cheaper way out of them.\n";
}

std::string DrawText(const Outline& outline, const DrawOptions& options) {
  std::string text = Summary(outline, options);
  if (!outline.modules.empty()) {
    CellStyle style = CellStyle::kCountAndKinds;
    const Matrix matrix = BestMatrix(outline, options, style);
    text += '\n';
    for (const std::string& line : matrix.lines) text += line + '\n';
    if (!outline.pairs.empty()) text += '\n' + Key(outline, style);
  }
  if (options.counts && !outline.pairs.empty() && outline.pairs.size() <= kListedPairs) {
    text += '\n';
    std::size_t width = 0;
    std::vector<std::string> names;
    for (const Pair& pair : outline.pairs) {
      names.push_back(PairName(outline, pair) + ": " + DescribePair(pair, true));
      width = std::max(width, Columns(names.back()));
    }
    for (std::size_t pair = 0; pair < names.size(); ++pair) {
      text += Padded(names[pair], width, false) + "  (" + PlacesOf(outline.pairs[pair], 1).front() +
              (outline.pairs[pair].uses > 1 ? " …)\n" : ")\n");
    }
  }
  if (options.counts) text += Definitions(outline);
  text += Circles(outline, options);
  if (options.unseen && !outline.unseen.empty()) {
    text += "\nNot seen:\n";
    for (std::size_t at = 0; at < std::min(outline.unseen.size(), kListedUnseen); ++at) {
      text += "  " + Printable(outline.unseen[at].what) + '\n';
      if (!outline.unseen[at].mend.empty()) {
        text += "    " + Printable(outline.unseen[at].mend) + '\n';
      }
    }
    if (outline.unseen.size() > kListedUnseen) {
      text += "  and " + std::to_string(outline.unseen.size() - kListedUnseen) +
              " more, which --format json lists\n";
    }
  }
  return text;
}

std::string ListUses(const Outline& outline, std::string_view from, std::string_view to) {
  std::string text;
  for (const Pair& pair : outline.pairs) {
    if (!from.empty() && outline.modules[pair.from] != from) continue;
    if (!to.empty() && outline.modules[pair.to] != to) continue;
    text += PairName(outline, pair) + ": " + DescribePair(pair, true) + '\n';
    for (const ModuleEdge& edge : pair.edges) {
      for (const Edge& use : edge.uses) text += "  " + DescribeUse(use) + '\n';
    }
  }
  for (const ModuleEdge& edge : outline.definitions) {
    if (!from.empty() && edge.from != from) continue;
    if (!to.empty() && edge.to != to) continue;
    text += Printable(edge.from) + " -> " + Printable(edge.to) +
            ", not counted as use: " + Count(edge.uses.size(), "statement") + '\n';
    for (const Edge& use : edge.uses) text += "  " + DescribeUse(use) + '\n';
  }
  return text;
}

}  // namespace seam::structure
