#ifndef SEAM_TOOL_STRUCTURE_OUTLINE_H_
#define SEAM_TOOL_STRUCTURE_OUTLINE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"

// A project's modules in the order in which they are drawn.
namespace seam::structure {

// All that one module uses of another.
struct Pair {
  std::size_t from = 0;  // Into Outline::modules.
  std::size_t to = 0;
  std::vector<ModuleEdge> edges{};  // One a kind, by kind.
  bool cut = false;                 // One of the cheapest to take away for no circle to be left.
  int uses = 0;                     // Of all kinds.
};

// Users stand before what they use. Where modules use each other in a circle, they stand together,
// in the order that the cheapest cut leaves; only what is cut leads back, and events may.
struct Outline {
  std::vector<std::string> modules{};
  std::vector<std::optional<std::size_t>> circle_of{};  // A module's, into `circles`.
  std::vector<std::vector<std::size_t>> circles{};
  std::vector<Pair> pairs{};      // By from and to.
  std::vector<EdgeKind> kinds{};  // Those that there are.
  bool exact_cut = true;
  std::vector<ModuleEdge> definitions{};  // See ModuleGraph; none unless tables are shown.
  std::vector<Unseen> unseen{};
};

// Of the edges of these kinds alone.
[[nodiscard]] Outline MakeOutline(const ModuleGraph& graph, const std::vector<EdgeKind>& kinds);

// All kinds, in the order in which they are shown.
[[nodiscard]] const std::vector<EdgeKind>& AllEdgeKinds();

// "include", "symbol", "table", "seam", "event".
[[nodiscard]] std::string_view EdgeKindName(EdgeKind kind);

// How an edge of the kind uses something: "orders/a.cc:12 joins stock.items with orders".
[[nodiscard]] std::string DescribeUse(const Edge& edge);

// "include 3, table 1", or without the numbers.
[[nodiscard]] std::string DescribePair(const Pair& pair, bool counts);

// "1 use", "3 uses"; the plural is `one` with an s unless it is given.
[[nodiscard]] std::string Count(std::size_t number, std::string_view one,
                                std::string_view many = {});

// Text that a document may have: what is not UTF-8, and what steers a terminal, is replaced.
[[nodiscard]] std::string Printable(std::string_view text);

// As text or as an attribute's value in SVG and HTML; Printable as well.
[[nodiscard]] std::string EscapeMarkup(std::string_view text);

// How wide it is at most, in hundredths of the font's size.
[[nodiscard]] int TextWidth(std::string_view text);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_OUTLINE_H_
