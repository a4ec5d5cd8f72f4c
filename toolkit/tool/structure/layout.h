#ifndef SEAM_TOOL_STRUCTURE_LAYOUT_H_
#define SEAM_TOOL_STRUCTURE_LAYOUT_H_

#include <string>
#include <vector>

#include "tool/structure/outline.h"

namespace seam::structure {

// A box for each module, in layers: whoever uses stands above what is used. Whole pixels, computed
// in whole numbers, so that a picture is the same on every machine.
struct Box {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  std::string label{};  // The name, in the middle of the box; shortened when it is very long.
};

// Where an edge goes: straight down (or up) through each stop, in curves between them. It does not
// run through boxes.
struct Stop {
  int x = 0;
  int top = 0;
  int bottom = 0;
};

struct Layout {
  int width = 0;
  int height = 0;
  int strands = 1;                          // How many edges run side by side in a pair at most.
  std::vector<Box> boxes{};                 // As Outline::modules.
  std::vector<std::vector<Stop>> routes{};  // As Outline::pairs; from the upper to the lower box.
};

constexpr int kStrandGap = 5;  // Between the middles of two edges of a pair.

[[nodiscard]] Layout MakeLayout(const Outline& outline);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_LAYOUT_H_
