#ifndef SEAM_TOOL_STRUCTURE_DRAW_H_
#define SEAM_TOOL_STRUCTURE_DRAW_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/structure/outline.h"

// Pictures of a project's structure. Each ends with a new line, and is the same bytes for the same
// outline.
namespace seam::structure {

struct DrawOptions {
  // Whether numbers of uses are shown, and their places. Without them a picture changes only when
  // an edge comes or goes, so that it can be committed. JSON and HTML always have them.
  bool counts = true;
  // Whether text has what could not be seen.
  bool unseen = true;
};

// A matrix with a row and a column a module, and what lies in its way: circles.
[[nodiscard]] std::string DrawText(const Outline& outline, const DrawOptions& options = {});

// A flowchart. Of more than 40 modules the most important edges only, which its title says.
[[nodiscard]] std::string DrawMermaid(const Outline& outline, const DrawOptions& options = {});

// A page with the flowchart and the matrix.
[[nodiscard]] std::string DrawMarkdown(const Outline& outline, const DrawOptions& options = {});

[[nodiscard]] std::string DrawSvg(const Outline& outline, const DrawOptions& options = {});

// A page with picture, matrix and every use, which needs nothing besides.
[[nodiscard]] std::string DrawHtml(const Outline& outline);

[[nodiscard]] std::string DrawJson(const ModuleGraph& graph, const Outline& outline);

// The uses behind the edges from one module, to one, or both; a name that is empty stands for all.
[[nodiscard]] std::string ListUses(const Outline& outline, std::string_view from,
                                   std::string_view to);

// The edges that a picture shows, whichever of the above it is: "orders -> stock", and how
// ("include 3, table 1"). Empty when there are none, or it is something else.
[[nodiscard]] std::map<std::string, std::string> EdgesOf(std::string_view picture);

// What is different between two pictures, a sentence each: the edges that came, went or changed; or
// the first line that differs when the edges are the same.
[[nodiscard]] std::vector<std::string> Differences(std::string_view before, std::string_view after);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_DRAW_H_
