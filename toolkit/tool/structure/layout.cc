#include "tool/structure/layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

// Layers, then the order within each layer with few crossings, then places: the method of Sugiyama,
// Tagawa and Toda. Edges over several layers pass through waypoints; those with one target share
// them, so that what everybody uses does not fill the picture with parallel lines.

namespace seam::structure {

namespace {

constexpr int kBoxHeight = 34;
constexpr int kBoxMargin = 14;
constexpr int kFontSize = 13;
constexpr int kEdge = 16;         // Around the picture.
constexpr int kLongestName = 30;  // Characters.
constexpr int kPrecision = 16;    // Parts of a pixel while places are sought.
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// A box or a waypoint.
struct Spot {
  std::size_t module = kNone;  // kNone: a waypoint.
  int layer = 0;
  int width = 0;
  std::int64_t x = 0;                  // Of its middle, times kPrecision.
  std::map<std::size_t, int> above{};  // Neighbours, with how many edges lead there.
  std::map<std::size_t, int> below{};
};

struct Drawing {
  std::vector<Spot> spots{};                       // The modules' come first.
  std::vector<std::vector<std::size_t>> layers{};  // Spots, from left to right.
  std::vector<std::vector<std::size_t>> paths{};   // As pairs: spots from upper to lower.
};

std::string Shortened(const std::string& name) {
  std::vector<std::string> characters;
  for (const char character : Printable(name)) {
    if ((static_cast<unsigned char>(character) & 0xc0U) == 0x80 && !characters.empty()) {
      characters.back() += character;
    } else {
      characters.emplace_back(1, character);
    }
  }
  std::string text;
  for (std::size_t at = 0; at < characters.size(); ++at) {
    if (characters.size() > kLongestName && at == kLongestName / 2) {
      text += "…";
      at = characters.size() - kLongestName / 2 + 1;
    }
    text += characters[at];
  }
  return text;
}

// The layer of each module, the users' above; -1 for those without edges. Long layers go on below:
// a picture should be as high as it is wide, or so.
std::vector<int> Layers(std::size_t count,
                        const std::set<std::pair<std::size_t, std::size_t>>& down) {
  std::vector<std::vector<std::size_t>> users(count);
  std::vector<std::vector<std::size_t>> used(count);
  for (const auto& [from, to] : down) {
    used[from].push_back(to);
    users[to].push_back(from);
  }
  std::vector<int> height(count, 0);
  std::size_t drawn = 0;
  for (std::size_t module = count; module-- > 0;) {
    for (const std::size_t other : used[module]) {
      height[module] = std::max(height[module], height[other] + 1);
    }
    if (!used[module].empty() || !users[module].empty()) ++drawn;
  }
  std::size_t widest = 5;
  while (widest * widest * 2 < drawn * 5) ++widest;

  std::vector<int> layers(count, -1);
  std::vector<std::size_t> waiting(count, 0);  // For so many users.
  // The highest first, as most hangs below them; then in the modules' order.
  using Key = std::pair<int, std::size_t>;
  std::set<Key> ready;
  for (std::size_t module = 0; module < count; ++module) {
    waiting[module] = users[module].size();
    if (waiting[module] == 0 && !used[module].empty()) ready.emplace(-height[module], module);
  }
  std::vector<std::size_t> sizes;
  while (!ready.empty()) {
    std::vector<std::size_t> taken;
    while (!ready.empty() && taken.size() < widest) {
      taken.push_back(ready.begin()->second);
      ready.erase(ready.begin());
    }
    for (const std::size_t module : taken) layers[module] = static_cast<int>(sizes.size());
    for (const std::size_t module : taken) {
      for (const std::size_t other : used[module]) {
        if (--waiting[other] == 0) ready.emplace(-height[other], other);
      }
    }
    sizes.push_back(taken.size());
  }

  // Towards the side where a module has more edges, so that these are short.
  for (int round = 0; round < 4; ++round) {
    bool moved = false;
    for (std::size_t step = 0; step < count; ++step) {
      const std::size_t module = round % 2 == 0 ? count - 1 - step : step;
      if (layers[module] < 0) continue;
      int lowest = 0;
      int highest = static_cast<int>(sizes.size()) - 1;
      for (const std::size_t other : users[module]) lowest = std::max(lowest, layers[other] + 1);
      for (const std::size_t other : used[module]) highest = std::min(highest, layers[other] - 1);
      if (used[module].empty()) highest = layers[module];
      const bool sinks = used[module].size() > users[module].size();
      const bool rises = used[module].size() < users[module].size();
      for (int layer = sinks ? highest : lowest; layer != layers[module]; layer += sinks ? -1 : 1) {
        if (!sinks && !rises) break;
        if (layer < lowest || layer > highest) break;
        if (sizes[static_cast<std::size_t>(layer)] >= widest) continue;
        --sizes[static_cast<std::size_t>(layers[module])];
        ++sizes[static_cast<std::size_t>(layer)];
        layers[module] = layer;
        moved = true;
        break;
      }
    }
    if (!moved) break;
  }
  return layers;
}

Drawing Draw(const Outline& outline, const Layout& layout) {
  Drawing drawing;
  const std::size_t count = outline.modules.size();
  std::set<std::pair<std::size_t, std::size_t>> down;
  for (const Pair& pair : outline.pairs) down.emplace(std::minmax(pair.from, pair.to));
  const std::vector<int> layers = Layers(count, down);
  for (std::size_t module = 0; module < count; ++module) {
    Spot spot;
    spot.module = module;
    spot.layer = layers[module];
    spot.width = layout.boxes[module].width;
    drawing.spots.push_back(std::move(spot));
  }
  const int waypoint_width = (layout.strands - 1) * kStrandGap + 4;
  // A waypoint's layer, the pair's lower end, and its upper one where it leads back up.
  std::map<std::tuple<int, std::size_t, std::size_t>, std::size_t> waypoints;
  for (const Pair& pair : outline.pairs) {
    const auto [upper, lower] = std::minmax(pair.from, pair.to);
    std::vector<std::size_t> path = {upper};
    for (int layer = layers[upper] + 1; layer < layers[lower]; ++layer) {
      const auto [found, added] = waypoints.try_emplace(
          {layer, lower, pair.from == upper ? kNone : upper}, drawing.spots.size());
      if (added) {
        Spot spot;
        spot.layer = layer;
        spot.width = waypoint_width;
        drawing.spots.push_back(std::move(spot));
      }
      path.push_back(found->second);
    }
    path.push_back(lower);
    for (std::size_t at = 0; at + 1 < path.size(); ++at) {
      ++drawing.spots[path[at]].below[path[at + 1]];
      ++drawing.spots[path[at + 1]].above[path[at]];
    }
    drawing.paths.push_back(std::move(path));
  }
  for (std::size_t spot = 0; spot < drawing.spots.size(); ++spot) {
    const int layer = drawing.spots[spot].layer;
    if (layer < 0) continue;
    if (drawing.layers.size() <= static_cast<std::size_t>(layer)) {
      drawing.layers.resize(static_cast<std::size_t>(layer) + 1);
    }
    drawing.layers[static_cast<std::size_t>(layer)].push_back(spot);
  }
  return drawing;
}

// How many pairs of edges cross between a layer and the next.
std::int64_t CrossingsBelow(const Drawing& drawing, std::size_t layer,
                            std::vector<std::size_t>& place) {
  const std::vector<std::size_t>& lower = drawing.layers[layer + 1];
  for (std::size_t at = 0; at < lower.size(); ++at) place[lower[at]] = at;
  std::vector<std::int64_t> tree(lower.size() + 1, 0);  // Sums of how many end at or left of it.
  std::int64_t ended = 0;
  std::int64_t crossings = 0;
  for (const std::size_t spot : drawing.layers[layer]) {
    for (const auto& [below, weight] : drawing.spots[spot].below) {
      std::int64_t left = 0;
      for (std::size_t at = place[below] + 1; at > 0; at -= at & (~at + 1)) left += tree[at];
      crossings += (ended - left) * weight;
    }
    for (const auto& [below, weight] : drawing.spots[spot].below) {
      ended += weight;
      for (std::size_t at = place[below] + 1; at <= lower.size(); at += at & (~at + 1)) {
        tree[at] += weight;
      }
    }
  }
  return crossings;
}

std::int64_t Crossings(const Drawing& drawing, std::vector<std::size_t>& place) {
  std::int64_t crossings = 0;
  for (std::size_t layer = 0; layer + 1 < drawing.layers.size(); ++layer) {
    crossings += CrossingsBelow(drawing, layer, place);
  }
  return crossings;
}

// Sorts a layer by the middle of each spot's neighbours in the layer above or below.
void SortByNeighbours(Drawing& drawing, std::size_t layer, bool by_above,
                      std::vector<std::size_t>& place) {
  const std::vector<std::size_t>& other = drawing.layers[by_above ? layer - 1 : layer + 1];
  for (std::size_t at = 0; at < other.size(); ++at) place[other[at]] = at;
  std::vector<std::size_t>& spots = drawing.layers[layer];
  std::vector<std::pair<std::int64_t, std::size_t>> sorted;
  for (std::size_t at = 0; at < spots.size(); ++at) {
    const Spot& spot = drawing.spots[spots[at]];
    std::int64_t sum = 0;
    std::int64_t weights = 0;
    for (const auto& [neighbour, weight] : by_above ? spot.above : spot.below) {
      sum += static_cast<std::int64_t>(place[neighbour]) * weight;
      weights += weight;
    }
    // Who has no neighbours there keeps its share of the way.
    const std::int64_t middle =
        weights > 0 ? sum * 1000 / weights
                    : static_cast<std::int64_t>(at * 1000 * other.size() / spots.size());
    sorted.emplace_back(middle, spots[at]);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  for (std::size_t at = 0; at < spots.size(); ++at) spots[at] = sorted[at].second;
}

// Exchanges neighbours in a layer where that takes crossings away.
bool Exchange(Drawing& drawing, std::vector<std::size_t>& place) {
  bool better = false;
  const auto around = [&](std::size_t layer) {
    return (layer > 0 ? CrossingsBelow(drawing, layer - 1, place) : 0) +
           (layer + 1 < drawing.layers.size() ? CrossingsBelow(drawing, layer, place) : 0);
  };
  for (std::size_t layer = 0; layer < drawing.layers.size(); ++layer) {
    std::vector<std::size_t>& spots = drawing.layers[layer];
    std::int64_t before = around(layer);
    for (std::size_t at = 0; at + 1 < spots.size() && before > 0; ++at) {
      std::swap(spots[at], spots[at + 1]);
      const std::int64_t after = around(layer);
      if (after < before) {
        before = after;
        better = true;
      } else {
        std::swap(spots[at], spots[at + 1]);
      }
    }
  }
  return better;
}

void Order(Drawing& drawing) {
  constexpr std::size_t kSmall = 400;  // Spots for which there is time to look closely.
  const int sweeps = drawing.spots.size() <= kSmall ? 30 : 6;
  std::vector<std::size_t> place(drawing.spots.size(), 0);
  std::vector<std::vector<std::size_t>> best = drawing.layers;
  std::int64_t fewest = Crossings(drawing, place);
  for (int sweep = 0; sweep < sweeps && fewest > 0; ++sweep) {
    if (sweep % 2 == 0) {
      for (std::size_t layer = 1; layer < drawing.layers.size(); ++layer) {
        SortByNeighbours(drawing, layer, true, place);
      }
    } else {
      for (std::size_t layer = drawing.layers.size() - 1; layer-- > 0;) {
        SortByNeighbours(drawing, layer, false, place);
      }
    }
    if (drawing.spots.size() <= kSmall) {
      for (int round = 0; round < 4 && Exchange(drawing, place); ++round) {
      }
    }
    const std::int64_t crossings = Crossings(drawing, place);
    if (crossings < fewest) {
      fewest = crossings;
      best = drawing.layers;
    }
  }
  drawing.layers = std::move(best);
}

int Apart(const Spot& left, const Spot& right) {
  const bool boxes = left.module != kNone && right.module != kNone;
  const bool waypoints = left.module == kNone && right.module == kNone;
  return (left.width + right.width) / 2 + (boxes ? 26 : waypoints ? 14 : 20);
}

// Puts the spots of a layer as near to where they want to be as their order and widths allow: those
// that would overlap form a block, which stands where its members want it to be on the average.
void PlaceLayer(Drawing& drawing, const std::vector<std::size_t>& layer,
                const std::vector<std::int64_t>& wanted, const std::vector<std::int64_t>& weights) {
  struct Cluster {
    std::int64_t sum = 0;  // Of what its members want, less their distances in the block.
    std::int64_t weight = 0;
    std::size_t first = 0;
    [[nodiscard]] std::int64_t x() const { return sum / weight; }
  };
  std::vector<std::int64_t> offsets(layer.size(), 0);
  std::vector<Cluster> blocks;
  for (std::size_t at = 0; at < layer.size(); ++at) {
    if (at > 0) {
      offsets[at] = offsets[at - 1] + std::int64_t{kPrecision} * Apart(drawing.spots[layer[at - 1]],
                                                                       drawing.spots[layer[at]]);
    }
    blocks.push_back({(wanted[at] - offsets[at]) * weights[at], weights[at], at});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].x() >= blocks.back().x()) {
      const Cluster last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().weight += last.weight;
    }
  }
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    const std::size_t end = block + 1 < blocks.size() ? blocks[block + 1].first : layer.size();
    for (std::size_t at = blocks[block].first; at < end; ++at) {
      drawing.spots[layer[at]].x = blocks[block].x() + offsets[at];
    }
  }
}

void PlaceAll(Drawing& drawing) {
  for (const std::vector<std::size_t>& layer : drawing.layers) {
    // Packed around the middle, to begin with.
    PlaceLayer(drawing, layer, std::vector<std::int64_t>(layer.size(), 0),
               std::vector<std::int64_t>(layer.size(), 1));
  }
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    const bool downwards = round % 2 == 0;
    for (std::size_t step = 0; step < drawing.layers.size(); ++step) {
      const std::size_t index = downwards ? step : drawing.layers.size() - 1 - step;
      const std::vector<std::size_t>& layer = drawing.layers[index];
      std::vector<std::int64_t> wanted;
      std::vector<std::int64_t> weights;
      for (const std::size_t name : layer) {
        const Spot& spot = drawing.spots[name];
        std::int64_t sum = 0;
        std::int64_t total = 0;
        const auto look = [&](const std::map<std::size_t, int>& neighbours) {
          for (const auto& [neighbour, edges] : neighbours) {
            const Spot& other = drawing.spots[neighbour];
            // Bends in long edges are what looks worst.
            const std::int64_t weight = spot.module == kNone && other.module == kNone   ? 8
                                        : spot.module == kNone || other.module == kNone ? 2
                                                                                        : 3;
            sum += other.x * weight;
            total += weight;
          }
        };
        // Both sides; in the first rounds the one that was placed last.
        const bool both = round >= kRounds / 3;
        if (downwards || both) look(spot.above);
        if (!downwards || both) look(spot.below);
        wanted.push_back(total > 0 ? sum / total : spot.x);
        weights.push_back(total > 0 ? (spot.module == kNone ? 2 : 1) * total : 1);
      }
      PlaceLayer(drawing, layer, wanted, weights);
    }
  }
}

// Gives the edges of a box's side their places on it, in the order of where they lead, so that they
// do not cross there. Those that come down to the box share one.
void PlacePorts(const Drawing& drawing, Layout& layout, const Outline& outline) {
  struct Port {
    int towards = 0;
    std::vector<std::size_t> pairs{};
  };
  std::vector<Port> arriving(layout.boxes.size());
  std::vector<std::vector<Port>> tops(layout.boxes.size());
  std::vector<std::vector<Port>> bottoms(layout.boxes.size());
  for (std::size_t pair = 0; pair < outline.pairs.size(); ++pair) {
    const std::vector<std::size_t>& path = drawing.paths[pair];
    const std::vector<Stop>& route = layout.routes[pair];
    bottoms[path.front()].push_back({route[1].x, {pair}});
    if (outline.pairs[pair].from == path.front()) {
      Port& port = arriving[path.back()];
      port.towards += route[route.size() - 2].x;
      port.pairs.push_back(pair);
    } else {
      tops[path.back()].push_back({route[route.size() - 2].x, {pair}});
    }
  }
  const int strands = (layout.strands - 1) * kStrandGap;
  for (std::size_t box = 0; box < layout.boxes.size(); ++box) {
    if (!arriving[box].pairs.empty()) {
      arriving[box].towards /= static_cast<int>(arriving[box].pairs.size());
      tops[box].push_back(std::move(arriving[box]));
    }
    for (const bool top : {true, false}) {
      std::vector<Port>& ports = top ? tops[box] : bottoms[box];
      std::stable_sort(ports.begin(), ports.end(), [](const Port& left, const Port& right) {
        return left.towards < right.towards;
      });
      const int count = static_cast<int>(ports.size());
      const int room = layout.boxes[box].width - 16 - strands;
      const int gap = count > 1 ? std::min(strands + 14, room / (count - 1)) : 0;
      const int middle = layout.boxes[box].x + layout.boxes[box].width / 2;
      for (int at = 0; at < count; ++at) {
        const int x = middle - gap * (count - 1) / 2 + gap * at;
        for (const std::size_t pair : ports[static_cast<std::size_t>(at)].pairs) {
          (top ? layout.routes[pair].back() : layout.routes[pair].front()).x = x;
        }
      }
    }
  }
}

}  // namespace

Layout MakeLayout(const Outline& outline) {
  Layout layout;
  layout.strands = std::max(1, static_cast<int>(outline.kinds.size()));
  std::vector<int> ports(outline.modules.size(), 0);
  for (const Pair& pair : outline.pairs) ++ports[std::min(pair.from, pair.to)];
  for (std::size_t module = 0; module < outline.modules.size(); ++module) {
    Box box;
    box.label = Shortened(outline.modules[module]);
    const int text = (TextWidth(box.label) * kFontSize + 99) / 100;
    // Wide enough for its edges as well.
    const int edges = 16 + (layout.strands - 1) * kStrandGap + (ports[module] - 1) * 9;
    box.width = std::max({text + 2 * kBoxMargin, std::min(edges, 260), 56});
    box.width += box.width % 2;
    box.height = kBoxHeight;
    layout.boxes.push_back(std::move(box));
  }
  Drawing drawing = Draw(outline, layout);
  if (!drawing.layers.empty()) {
    Order(drawing);
    PlaceAll(drawing);
  }

  std::int64_t left = drawing.layers.empty() ? 0 : std::numeric_limits<std::int64_t>::max();
  std::int64_t right = drawing.layers.empty() ? 0 : std::numeric_limits<std::int64_t>::min();
  for (const std::vector<std::size_t>& layer : drawing.layers) {
    for (const std::size_t name : layer) {
      const Spot& spot = drawing.spots[name];
      left = std::min(left, spot.x / kPrecision - spot.width / 2);
      right = std::max(right, spot.x / kPrecision + spot.width / 2);
    }
  }
  const auto x_of = [&](const Spot& spot) {
    return static_cast<int>(spot.x / kPrecision - left) + kEdge;
  };
  layout.width = static_cast<int>(right - left) + 2 * kEdge;

  // The more edges pass between two layers, and the wider they spread, the more room they get.
  std::vector<int> tops(drawing.layers.size(), kEdge);
  for (std::size_t layer = 1; layer < drawing.layers.size(); ++layer) {
    int edges = 0;
    int spread = 0;
    for (const std::size_t name : drawing.layers[layer]) {
      for (const auto& [above, count] : drawing.spots[name].above) {
        ++edges;
        spread = std::max(spread, std::abs(x_of(drawing.spots[above]) - x_of(drawing.spots[name])));
      }
    }
    tops[layer] =
        tops[layer - 1] + kBoxHeight + 38 + std::min(edges, 30) + std::min(spread / 16, 40);
  }
  layout.height = drawing.layers.empty() ? kEdge : tops.back() + kBoxHeight + kEdge;

  // Those without edges stand below.
  int x = kEdge;
  int y = layout.height;
  const int widest = std::max(layout.width, 640);
  bool apart = false;
  for (std::size_t module = 0; module < outline.modules.size(); ++module) {
    Box& box = layout.boxes[module];
    const Spot& spot = drawing.spots[module];
    if (spot.layer >= 0) {
      box.x = x_of(spot) - box.width / 2;
      box.y = tops[static_cast<std::size_t>(spot.layer)];
      continue;
    }
    if (x > kEdge && x + box.width + kEdge > widest) {
      x = kEdge;
      y += kBoxHeight + 12;
    }
    box.x = x;
    box.y = y;
    x += box.width + 16;
    layout.width = std::max(layout.width, x);
    apart = true;
  }
  if (apart) layout.height = y + kBoxHeight + kEdge;

  for (const std::vector<std::size_t>& path : drawing.paths) {
    std::vector<Stop> route;
    for (const std::size_t name : path) {
      const int top = tops[static_cast<std::size_t>(drawing.spots[name].layer)];
      route.push_back({x_of(drawing.spots[name]), top, top + kBoxHeight});
    }
    layout.routes.push_back(std::move(route));
  }
  PlacePorts(drawing, layout, outline);
  return layout;
}

}  // namespace seam::structure
