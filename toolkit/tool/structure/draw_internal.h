#ifndef SEAM_TOOL_STRUCTURE_DRAW_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_DRAW_INTERNAL_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/layout.h"
#include "tool/structure/outline.h"

namespace seam::structure {

// The colours, for a document's style sheet.
[[nodiscard]] std::string_view PictureStyle();

// The <svg> element. In a page, what can be chosen there has an id and is reached by keyboard.
[[nodiscard]] std::string PictureElement(const Outline& outline, const DrawOptions& options,
                                         bool in_page);

// "orders -> stock", as it stands in every picture.
[[nodiscard]] std::string PairName(const Outline& outline, const Pair& pair);

// Where a pair's uses stand, the worst first: keys and joins between tables, writes, then others by
// place. At most `limit`, without those on a line that was named already.
[[nodiscard]] std::vector<std::string> PlacesOf(const Pair& pair, std::size_t limit);

// How grave a use is: 3 a join or a foreign key, 2 a write to a table or a statement that makes
// one, 1 a table's rows read, 0 all else.
[[nodiscard]] int Gravity(const Edge& edge);

// Whether it is worth a line that the cut of a circle is not known to be the cheapest.
[[nodiscard]] std::string_view CutCaveat(const Outline& outline);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_DRAW_INTERNAL_H_
