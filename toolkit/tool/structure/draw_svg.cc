#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/structure/draw.h"
#include "tool/structure/draw_internal.h"
#include "tool/structure/layout.h"

namespace seam::structure {

namespace {

constexpr int kArrowHead = 8;    // Length of an arrow's head.
constexpr int kLegendLine = 34;  // Length of a sample.
constexpr std::size_t kMostLabels = 60;

std::string Number(int number) { return std::to_string(number); }

std::string_view KindInWords(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kInclude: return "includes";
    case EdgeKind::kSymbol: return "symbol without an include";
    case EdgeKind::kTable: return "table";
    case EdgeKind::kSeam: return "call through a seam";
    case EdgeKind::kEvent: return "listens to events";
  }
  return "";
}

// How far a kind's strand is from the middle of its pair's.
int StrandOffset(const Outline& outline, EdgeKind kind) {
  const int count = static_cast<int>(outline.kinds.size());
  const int index = static_cast<int>(std::find(outline.kinds.begin(), outline.kinds.end(), kind) -
                                     outline.kinds.begin());
  return (2 * index - (count - 1)) * kStrandGap / 2;
}

std::string_view Weight(const ModuleEdge& edge, const DrawOptions& options) {
  const std::size_t uses = edge.uses.size();
  if (!options.counts) return "w2";
  return uses >= 100 ? "w4" : uses >= 10 ? "w3" : uses >= 3 ? "w2" : "w1";
}

std::string StrandPath(const std::vector<Stop>& route, int offset, bool upwards) {
  std::string path;
  int x = route.front().x + offset;
  int y = route.front().bottom + (upwards ? kArrowHead - 1 : 0);
  path += "M" + Number(x) + " " + Number(y);
  for (std::size_t at = 1; at < route.size(); ++at) {
    const bool last = at + 1 == route.size();
    const int to_x = route[at].x + offset;
    const int to_y = route[at].top - (last && !upwards ? kArrowHead - 1 : 0);
    const int bend = (to_y - y) / 2;
    path += "C" + Number(x) + " " + Number(y + bend) + " " + Number(to_x) + " " +
            Number(to_y - bend) + " " + Number(to_x) + " " + Number(to_y);
    x = to_x;
    y = to_y;
    if (last) break;
    path += "V" + Number(route[at].bottom);
    y = route[at].bottom;
  }
  return path;
}

std::string HeadPath(const std::vector<Stop>& route, int offset, bool upwards) {
  const int x = (upwards ? route.front().x : route.back().x) + offset;
  const int tip = upwards ? route.front().bottom + 1 : route.back().top - 1;
  const int length = upwards ? kArrowHead : -kArrowHead;
  return "M" + Number(x) + " " + Number(tip) + "l-4 " + Number(length) + "h8z";
}

struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

bool Overlap(const Rectangle& one, const Rectangle& other) {
  return one.x < other.x + other.width && other.x < one.x + one.width &&
         one.y < other.y + other.height && other.y < one.y + one.height;
}

// The numbers of uses beside a pair's first curve, where they cover no others; nowhere when there
// is no such place.
std::string PairLabel(const Pair& pair, const std::vector<Stop>& route,
                      std::vector<Rectangle>& taken) {
  int width = 6;
  for (const ModuleEdge& edge : pair.edges) {
    width += TextWidth(std::to_string(edge.uses.size())) * 11 / 100 + 4;
  }
  const Stop& start = route[0];
  const Stop& end = route[1];
  for (const std::int64_t percent : {50, 38, 62, 28, 72, 20, 80}) {
    // Where the curve is then, in millionths of its way.
    const std::int64_t cube = percent * percent * percent;
    const std::int64_t across = 300 * percent * percent - 2 * cube;
    const std::int64_t along = 150 * percent * (100 - percent) + cube;
    const int x = start.x + static_cast<int>((end.x - start.x) * across / 1000000);
    const int y = start.bottom + static_cast<int>((end.top - start.bottom) * along / 1000000);
    const Rectangle place{x - width / 2, y - 8, width, 15};
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const Rectangle& other) { return Overlap(place, other); })) {
      continue;
    }
    taken.push_back(place);
    std::string text = "<text class=\"count\" x=\"" + Number(x) + "\" y=\"" + Number(y + 4) + "\">";
    for (std::size_t at = 0; at < pair.edges.size(); ++at) {
      text += "<tspan class=\"t-";
      text.append(EdgeKindName(pair.edges[at].kind)).append("\"");
      if (at > 0) text += " dx=\"4\"";
      text += ">" + std::to_string(pair.edges[at].uses.size()) + "</tspan>";
    }
    return text + "</text>";
  }
  return "";
}

struct Legend {
  std::string markup{};
  int width = 0;
  int height = 0;
};

Legend LegendOf(const Outline& outline, const DrawOptions& options, int room, int top) {
  std::vector<std::pair<std::string, std::string>> items;  // Class and text.
  for (const EdgeKind kind : outline.kinds) {
    items.emplace_back("strand w2 k-" + std::string(EdgeKindName(kind)), KindInWords(kind));
  }
  if (!outline.circles.empty()) {
    items.emplace_back("strand w3 back", options.counts ? "the cheapest to cut of a circle"
                                                        : "would open a circle if cut");
  }
  Legend legend;
  int x = 16;
  int y = top + 16;
  for (const auto& [style, text] : items) {
    const int width = kLegendLine + 8 + TextWidth(text) * 12 / 100 + 22;
    if (x > 16 && x + width > std::max(room, 420)) {
      x = 16;
      y += 22;
    }
    legend.markup += "<path class=\"" + style + "\" d=\"M" + Number(x) + " " + Number(y) + "h" +
                     Number(kLegendLine) + "\"/><text class=\"legend\" x=\"" +
                     Number(x + kLegendLine + 8) + "\" y=\"" + Number(y + 4) + "\">" +
                     EscapeMarkup(text) + "</text>\n";
    x += width;
    legend.width = std::max(legend.width, x);
  }
  legend.height = items.empty() ? 0 : y + 20 - top;
  return legend;
}

}  // namespace

std::string_view PictureStyle() {
  return R"(svg.structure{--ground:#fff;--ink:#1c2733;--faint:#5b6876;--box:#f3f6f9;--rim:#8796a5;--include:#3f6a94;--symbol:#c2570c;--table:#7c3aed;--seam:#15803d;--event:#a16207;--back:#d31f1f;font:13px system-ui,-apple-system,"Segoe UI","Liberation Sans",Arial,sans-serif}
@media(prefers-color-scheme:dark){svg.structure{--ground:#11161c;--ink:#e4eaf0;--faint:#9aa7b4;--box:#1d2630;--rim:#5d6c7b;--include:#86aed6;--symbol:#fb9a4b;--table:#bb9af7;--seam:#4fce7d;--event:#e0b84a;--back:#ff6b6b}}
.structure .ground{fill:var(--ground)}
.structure .box rect{fill:var(--box);stroke:var(--rim)}
.structure .box.circular rect{stroke:var(--back);stroke-width:1.6}
.structure text{fill:var(--ink)}
.structure .box text{text-anchor:middle}
.structure .legend{font-size:12px;fill:var(--faint)}
.structure .count{font-size:11px;text-anchor:middle;stroke:var(--ground);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.structure .strand{fill:none;stroke:var(--ink)}
.structure .w1{stroke-width:1.1}.structure .w2{stroke-width:1.5}.structure .w3{stroke-width:2.1}.structure .w4{stroke-width:2.9}
.structure .k-include{stroke:var(--include)}.structure .k-symbol{stroke:var(--symbol);stroke-dasharray:7 3}.structure .k-table{stroke:var(--table);stroke-dasharray:2 3}.structure .k-seam{stroke:var(--seam);stroke-dasharray:11 3 2 3}.structure .k-event{stroke:var(--event);stroke-dasharray:4 4}
.structure .h-include{fill:var(--include)}.structure .h-symbol{fill:var(--symbol)}.structure .h-table{fill:var(--table)}.structure .h-seam{fill:var(--seam)}.structure .h-event{fill:var(--event)}
.structure .t-include{fill:var(--include)}.structure .t-symbol{fill:var(--symbol)}.structure .t-table{fill:var(--table)}.structure .t-seam{fill:var(--seam)}.structure .t-event{fill:var(--event)}
.structure .back,.structure .cut .strand{stroke:var(--back);stroke-width:2.1}.structure .cut .head,.structure .cut tspan{fill:var(--back)}
)";
}

std::string PictureElement(const Outline& outline, const DrawOptions& options, bool in_page) {
  const Layout layout = MakeLayout(outline);
  const Legend legend = LegendOf(outline, options, layout.width, layout.height);
  const int width = std::max(layout.width, legend.width);
  const int height = layout.height + legend.height;
  const int shift = std::max(0, (width - layout.width) / 2);
  std::string text =
      "<svg class=\"structure\" xmlns=\"http://www.w3.org/2000/svg\" width=\"" + Number(width) +
      "\" height=\"" + Number(height) + "\" viewBox=\"0 0 " + Number(width) + " " + Number(height) +
      "\"" + (in_page ? " role=\"group\" aria-label=\"Who uses whom\"" : " role=\"img\"") + ">\n";
  if (!in_page) {
    text += "<title>Who uses whom</title>\n<style>\n";
    text.append(PictureStyle()).append("</style>\n");
  }
  text += "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<g transform=\"translate(" +
          Number(shift) + " 0)\">\n";

  const bool labels = options.counts && outline.pairs.size() <= kMostLabels;
  std::vector<Rectangle> taken;
  std::string back;  // Drawn after the others, so that it lies above them.
  std::string counts;
  for (std::size_t index = 0; index < outline.pairs.size(); ++index) {
    const Pair& pair = outline.pairs[index];
    const std::vector<Stop>& route = layout.routes[index];
    const bool upwards = pair.from > pair.to;
    std::string group = std::string("<g class=\"pair") + (pair.cut ? " cut\"" : "\"");
    if (in_page) {
      group += " data-pair=\"" + std::to_string(index) + "\" data-from=\"" +
               std::to_string(pair.from) + "\" data-to=\"" + std::to_string(pair.to) +
               "\" tabindex=\"0\" role=\"button\"";
    }
    group += "><title>" + EscapeMarkup(PairName(outline, pair)) + ": " +
             DescribePair(pair, options.counts) + "</title>\n";
    for (const ModuleEdge& edge : pair.edges) {
      const std::string kind(EdgeKindName(edge.kind));
      const int offset = StrandOffset(outline, edge.kind);
      group += "<g class=\"of-" + kind + "\">";
      const std::string path = StrandPath(route, offset, upwards);
      if (in_page) group += "<path class=\"grip\" d=\"" + path + "\"/>";
      group += "<path class=\"strand ";
      group.append(Weight(edge, options));
      group += " k-" + kind + "\" d=\"" + path + "\"/><path class=\"head h-" + kind + "\" d=\"" +
               HeadPath(route, offset, upwards) + "\"/></g>\n";
    }
    if (labels) {
      const std::string label = PairLabel(pair, route, taken);
      if (!label.empty()) {
        counts += std::string("<g") + (pair.cut ? " class=\"cut\"" : "") +
                  (in_page ? " data-count=\"" + std::to_string(index) + "\"" : "") + ">" + label +
                  "</g>\n";
      }
    }
    (pair.cut ? back : text) += group + "</g>\n";
  }
  text += back;
  for (std::size_t module = 0; module < outline.modules.size(); ++module) {
    const Box& box = layout.boxes[module];
    text += std::string("<g class=\"box") + (outline.circle_of[module] ? " circular\"" : "\"");
    if (in_page) {
      text += " data-module=\"" + std::to_string(module) + "\" tabindex=\"0\" role=\"button\"";
    }
    text += "><title>" + EscapeMarkup(outline.modules[module]) + "</title><rect x=\"" +
            Number(box.x) + "\" y=\"" + Number(box.y) + "\" width=\"" + Number(box.width) +
            "\" height=\"" + Number(box.height) + "\" rx=\"5\"/><text x=\"" +
            Number(box.x + box.width / 2) + "\" y=\"" + Number(box.y + box.height / 2 + 5) + "\">" +
            EscapeMarkup(box.label) + "</text></g>\n";
  }
  return text + counts + "</g>\n" + legend.markup + "</svg>\n";
}

std::string DrawSvg(const Outline& outline, const DrawOptions& options) {
  return PictureElement(outline, options, false);
}

}  // namespace seam::structure
