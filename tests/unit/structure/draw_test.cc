#include "tool/structure/draw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sample_graph.h"
#include "tool/structure/layout.h"
#include "tool/structure/outline.h"

namespace seam::structure {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Outline OutlineOf(const ModuleGraph& graph) { return MakeOutline(graph, AllEdgeKinds()); }

// Each format's picture, by its file's extension.
std::vector<std::pair<std::string, std::string>> AllPictures(const ModuleGraph& graph) {
  const Outline outline = OutlineOf(graph);
  DrawOptions plain;
  plain.counts = false;
  return {{"txt", DrawText(outline)},           {"mmd", DrawMermaid(outline)},
          {"md", DrawMarkdown(outline, plain)}, {"svg", DrawSvg(outline)},
          {"html", DrawHtml(outline)},          {"json", DrawJson(graph, outline)}};
}

// Modules and edges at random; the same for the same seed.
ModuleGraph RandomGraph(unsigned seed, std::size_t modules) {
  std::mt19937 random(seed);
  ModuleGraph graph;
  for (std::size_t index = 0; index < modules; ++index) {
    graph.modules.push_back("module" + std::to_string(index));
  }
  std::sort(graph.modules.begin(), graph.modules.end());
  for (std::size_t edges = modules * 2; edges > 0; --edges) {
    const std::string from = graph.modules[random() % modules];
    const std::string to = graph.modules[random() % modules];
    const EdgeKind kind = AllEdgeKinds()[random() % AllEdgeKinds().size()];
    if (from != to) AddUse(graph, from, to, UseOf(kind, from + "/a.cc", 1, to));
  }
  return graph;
}

// What changes here on purpose is taken over by running this test with SEAM_WRITE_PICTURES=1.
TEST(Pictures, AreThoseThatAreCommitted) {
  for (const auto& [extension, picture] : AllPictures(FiveModules())) {
    const std::string file =
        std::string(SOURCE_FOLDER) + "/tests/unit/structure/pictures/five." + extension;
    if (std::getenv("SEAM_WRITE_PICTURES") != nullptr) {
      std::ofstream(file, std::ios::binary) << picture;
    }
    std::ifstream in(file, std::ios::binary);
    const std::string kept((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(picture == kept, true) << file << " differs:\n"
                                     << ::testing::PrintToString(Differences(kept, picture));
  }
}

TEST(Pictures, AreTheSameWhateverOrderTheEdgesComeIn) {
  ModuleGraph graph = RandomGraph(3, 14);
  const auto before = AllPictures(graph);
  std::mt19937 random(1);
  std::shuffle(graph.modules.begin(), graph.modules.end(), random);
  std::shuffle(graph.edges.begin(), graph.edges.end(), random);
  EXPECT_EQ(AllPictures(graph), before);
}

TEST(Pictures, AreDrawnOfNothingAndOfOneModule) {
  for (const auto& [extension, picture] : AllPictures({})) {
    EXPECT_THAT(picture, Not(IsEmpty())) << extension;
    EXPECT_THAT(EdgesOf(picture), IsEmpty()) << extension;
  }
  ModuleGraph one;
  one.modules = {"all"};
  for (const auto& [extension, picture] : AllPictures(one)) {
    EXPECT_THAT(picture, HasSubstr("all")) << extension;
  }
}

TEST(Pictures, HaveAllEdges) {
  for (const auto& [extension, picture] : AllPictures(FiveModules())) {
    const auto edges = EdgesOf(picture);
    EXPECT_EQ(edges.size(), 10U) << extension;
    ASSERT_EQ(edges.count("orders -> stock"), 1U) << extension;
    EXPECT_EQ(edges.at("orders -> stock"),
              extension == "md" ? "include, table" : "include 3, table 2")
        << extension;
  }
}

TEST(Pictures, KeepOddNamesFromBecomingMarkup) {
  ModuleGraph graph;
  graph.modules = {"</script><b>\"x\" & 'y'", "a\x1b[31mred\xff", "end", "graph TD --> ]"};
  for (const std::string& from : graph.modules) {
    for (const std::string& to : graph.modules) {
      if (from < to) AddUse(graph, from, to, UseOf(EdgeKind::kInclude, from + ".cc", 1, to));
    }
  }
  for (const auto& [extension, picture] : AllPictures(graph)) {
    EXPECT_EQ(picture.find('\x1b'), std::string::npos) << extension;
    EXPECT_EQ(picture.find('\xff'), std::string::npos) << extension;
    EXPECT_EQ(EdgesOf(picture).size(), 6U) << extension;
    EXPECT_NO_THROW(static_cast<void>(nlohmann::json(picture).dump())) << extension;  // UTF-8.
  }
  const Outline outline = OutlineOf(graph);
  EXPECT_THAT(DrawHtml(outline), Not(HasSubstr("<b>\"x\"")));
  EXPECT_THAT(DrawSvg(outline), Not(HasSubstr("<b>")));
  EXPECT_THAT(DrawMermaid(outline), AllOf(Not(HasSubstr("<b>")), HasSubstr("m_end[\"end\"]")));
}

TEST(Pictures, LeaveOutWhatChangesOftenWhenAsked) {
  DrawOptions plain;
  plain.counts = false;
  ModuleGraph graph = FiveModules();
  const Outline before = OutlineOf(graph);
  AddUse(graph, "app", "orders", UseOf(EdgeKind::kInclude, "app/new.cc", 7, "orders/orders.h"));
  const Outline after = OutlineOf(graph);
  EXPECT_EQ(DrawMarkdown(before, plain), DrawMarkdown(after, plain));
  EXPECT_EQ(DrawSvg(before, plain), DrawSvg(after, plain));
  EXPECT_NE(DrawSvg(before), DrawSvg(after));
}

TEST(Pictures, ShowTheMostImportantEdgesOfVeryManyAsAFlowchart) {
  ModuleGraph graph = RandomGraph(5, 60);
  AddUse(graph, "module3", "module4", UseOf(EdgeKind::kTable, "a.cc", 1, "t", TableUse::kRead));
  AddUse(graph, "module4", "module3", UseOf(EdgeKind::kTable, "a.cc", 1, "t", TableUse::kRead));
  const Outline outline = OutlineOf(graph);
  const std::string picture = DrawMermaid(outline);
  EXPECT_THAT(picture, StartsWith("---\ntitle: The 60 most important of " +
                                  std::to_string(outline.pairs.size()) + " edges"));
  EXPECT_EQ(EdgesOf(picture).size(), 60U);
  for (const Pair& pair : outline.pairs) {
    if (!pair.cut) continue;
    EXPECT_THAT(picture, HasSubstr("m_" + outline.modules[pair.from] + " ")) << "cut edges stay";
  }
}

TEST(Pictures, SayWhatToCutAndWhere) {
  EXPECT_THAT(DrawText(OutlineOf(FiveModules())),
              AllOf(HasSubstr("A circle: orders, stock"),
                    HasSubstr("stock -> orders (1 use: stock/count.cc:8)"),
                    HasSubstr("Not seen:\n  orders/odd.cc:3: #include MACRO")));
}

TEST(Pictures, ShowOnlyTheKindsThatAreAskedFor) {
  const Outline outline = MakeOutline(FiveModules(), {EdgeKind::kTable});
  EXPECT_EQ(outline.pairs.size(), 2U);
  EXPECT_THAT(DrawText(outline), HasSubstr("2 edges of 3 uses (table 3), 1 circle"));
  EXPECT_THAT(OutlineOf(FiveModules()).kinds,
              ElementsAre(EdgeKind::kInclude, EdgeKind::kSymbol, EdgeKind::kTable, EdgeKind::kSeam,
                          EdgeKind::kEvent));
}

TEST(Uses, AreListedByTheEdgesEnds) {
  const Outline outline = OutlineOf(FiveModules());
  EXPECT_EQ(ListUses(outline, "orders", "billing"),
            "orders -> billing: symbol 1\n"
            "  orders/late.cc:30 needs billing::RecordLateFee(int)\n");
  EXPECT_THAT(ListUses(outline, "", "stock"),
              AllOf(HasSubstr("  orders/report.cc:21 joins items with orders\n"),
                    HasSubstr("  orders/report.cc:52 reads items\n"), Not(HasSubstr("app"))));
}

TEST(Drift, IsToldByEdges) {
  const auto before = AllPictures(FiveModules());
  ModuleGraph graph = FiveModules();
  AddIncludes(graph, "billing", "stock", 2);
  graph.edges.erase(
      std::remove_if(graph.edges.begin(), graph.edges.end(),
                     [](const ModuleEdge& edge) { return edge.kind == EdgeKind::kSymbol; }),
      graph.edges.end());
  AddUse(graph, "stock", "orders",
         UseOf(EdgeKind::kTable, "stock/count.cc", 9, "orders", TableUse::kRead));
  const auto after = AllPictures(graph);
  for (std::size_t format = 0; format < before.size(); ++format) {
    EXPECT_THAT(Differences(before[format].second, before[format].second), IsEmpty());
    if (before[format].first == "md") {
      EXPECT_THAT(
          Differences(before[format].second, after[format].second),
          ElementsAre("came: billing -> stock (include)", "went: orders -> billing (symbol)"));
      continue;
    }
    EXPECT_THAT(Differences(before[format].second, after[format].second),
                ElementsAre("came: billing -> stock (include 2)",
                            "changed: stock -> orders (was table 1, is table 2)",
                            "went: orders -> billing (symbol 1)"))
        << before[format].first;
  }
}

TEST(Drift, IsToldByALineWhenTheEdgesAreTheSame) {
  const std::string picture = DrawText(OutlineOf(FiveModules()));
  std::string other = picture;
  other.replace(other.find("Not seen"), 8, "Unseen  ");
  EXPECT_THAT(Differences(other, picture), ElementsAre(HasSubstr("was 'Unseen  :' and is 'Not")));
  EXPECT_THAT(Differences("", picture), Not(IsEmpty()));
  EXPECT_THAT(Differences(picture, ""), Not(IsEmpty()));
  EXPECT_THAT(Differences("{\"edges\":[3]}", picture), Not(IsEmpty()));
  EXPECT_THAT(Differences("{", picture), Not(IsEmpty()));
}

TEST(Drift, IsNotInTheEndsOfLines) {
  const std::string picture = DrawMermaid(OutlineOf(FiveModules()));
  std::string windows;
  for (const char character : picture) {
    if (character == '\n') windows += '\r';
    windows += character;
  }
  EXPECT_THAT(Differences(windows, picture), IsEmpty());
}

TEST(Outlines, HaveUsersBeforeWhatTheyUse) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const ModuleGraph graph = RandomGraph(seed, 2 + seed % 14);
    const Outline outline = OutlineOf(graph);
    ASSERT_EQ(outline.modules.size(), graph.modules.size()) << seed;
    for (const Pair& pair : outline.pairs) {
      const bool listens = pair.edges.size() == 1 && pair.edges[0].kind == EdgeKind::kEvent;
      EXPECT_EQ(pair.cut, !listens && pair.from > pair.to)
          << "seed " << seed << ": only what is cut leads back, and who listens may";
    }
  }
}

TEST(Layouts, LetNothingOverlapAndNoEdgeRunThroughABox) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const Outline outline = OutlineOf(RandomGraph(seed, 2 + seed % 40));
    const Layout layout = MakeLayout(outline);
    const auto inside = [&](const Box& box, int x, int y) {
      return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    };
    for (std::size_t one = 0; one < layout.boxes.size(); ++one) {
      const Box& box = layout.boxes[one];
      EXPECT_TRUE(box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width &&
                  box.y + box.height <= layout.height)
          << seed;
      for (std::size_t other = 0; other < one; ++other) {
        const Box& next = layout.boxes[other];
        EXPECT_TRUE(box.y != next.y || box.x + box.width < next.x || next.x + next.width < box.x)
            << "seed " << seed << ": " << box.label << " and " << next.label;
      }
    }
    for (std::size_t pair = 0; pair < outline.pairs.size(); ++pair) {
      const std::vector<Stop>& route = layout.routes[pair];
      const auto [upper, lower] = std::minmax(outline.pairs[pair].from, outline.pairs[pair].to);
      EXPECT_TRUE(inside(layout.boxes[upper], route.front().x, route.front().bottom)) << seed;
      EXPECT_TRUE(inside(layout.boxes[lower], route.back().x, route.back().top)) << seed;
      for (std::size_t stop = 1; stop < route.size(); ++stop) {
        EXPECT_GT(route[stop].top, route[stop - 1].bottom) << seed;
        if (stop + 1 == route.size()) continue;
        for (const Box& box : layout.boxes) {
          EXPECT_FALSE(inside(box, route[stop].x, (route[stop].top + route[stop].bottom) / 2))
              << "seed " << seed << ": through " << box.label;
        }
      }
    }
  }
}

TEST(Layouts, TakeLongNamesAndThreeHundredModules) {
  ModuleGraph graph = RandomGraph(1, 300);
  graph.modules.push_back(std::string(5000, 'w'));
  AddIncludes(graph, graph.modules.back(), "module1", 1);
  const Layout layout = MakeLayout(OutlineOf(graph));
  EXPECT_EQ(layout.boxes.size(), 301U);
  for (const Box& box : layout.boxes) EXPECT_LT(box.width, 500) << box.label;
}

TEST(Words, AreNeverWiderThanMeasured) {
  EXPECT_GE(TextWidth("mmm"), 270);
  EXPECT_GE(TextWidth("Zähler"), 300);
  EXPECT_EQ(TextWidth("日本"), 210);
  EXPECT_EQ(Printable("a\tb\xc3\xa4\xc3\xed\xa0\x80"), "a�bä����");
}

}  // namespace
}  // namespace seam::structure
