#include "tool/structure/module_edges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace seam::structure {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Edge IncludeOf(const std::string& from, int line, const std::string& to) {
  return {EdgeKind::kInclude, {from, line}, to, to, TableUse::kNone, ""};
}

Rules Modules(const std::vector<std::string>& names) {
  Rules rules;
  for (const std::string& name : names) {
    rules.modules.push_back({});
    rules.modules.back().name = name;
    rules.modules.back().paths = {name + "/"};
  }
  return rules;
}

std::vector<std::string> Lines(const ModuleGraph& graph) {
  const char* const kinds[] = {"include", "symbol", "table", "seam", "event"};
  std::vector<std::string> lines;
  for (const ModuleEdge& edge : graph.edges) {
    lines.push_back(edge.from + " " + kinds[static_cast<int>(edge.kind)] + " " + edge.to + " " +
                    std::to_string(edge.uses.size()));
  }
  return lines;
}

TEST(ModuleGraph, JoinsWhatFilesUseToModules) {
  Facts facts;
  facts.edges = {IncludeOf("a/1.cc", 1, "b/1.h"), IncludeOf("a/2.cc", 1, "b/1.h"),
                 IncludeOf("a/1.cc", 2, "a/1.h"), IncludeOf("nobody/1.cc", 1, "b/1.h"),
                 IncludeOf("b/1.cc", 1, "nobody/1.h")};
  const ModuleGraph graph = JoinModules(Modules({"a", "b", "empty"}), facts);
  EXPECT_THAT(graph.modules, ElementsAre("a", "b", "empty"));
  EXPECT_THAT(Lines(graph), ElementsAre("a include b 2"));
}

TEST(ModuleGraph, LeavesASymbolOutWhereAnIncludeSaysTheSame) {
  Facts facts;
  facts.edges = {IncludeOf("a/1.cc", 1, "b/1.h"),
                 {EdgeKind::kSymbol, {"a/1.cc", 5}, "b::F()", "b/1.cc", TableUse::kNone, ""},
                 {EdgeKind::kSymbol, {"a/2.cc", 5}, "b::F()", "b/1.cc", TableUse::kNone, ""}};
  EXPECT_THAT(Lines(JoinModules(Modules({"a", "b"}), facts)),
              ElementsAre("a include b 1", "a symbol b 1"));
}

TEST(ModuleGraph, LeadsACallToTheModuleThatHasTheHandler) {
  Rules rules = Modules({"app", "clients", "orders", "products", "tests"});
  Facts facts;
  facts.files = {{"clients/shop/v1/products_servicer.h", 1, true}};
  const std::string client = "clients/shop/v1/products_client.h";
  const std::string handler = "clients/shop/v1/products_handler.h";
  const std::string other = "clients/shop/v1/orders_handler.h";
  facts.edges = {{EdgeKind::kSeam, {"orders/1.cc", 3}, "shop/v1/products_client.h", client, {}, ""},
                 IncludeOf("clients/shop/v1/products_servicer.h", 1, handler),
                 IncludeOf("products/1.h", 1, handler),
                 IncludeOf("tests/1.h", 1, handler),
                 IncludeOf("tests/1.h", 2, other),
                 IncludeOf("orders/1.h", 1, other),
                 {EdgeKind::kSeam, {"orders/2.cc", 1}, "shop/v1/mail_client.h", "", {}, ""}};
  const ModuleGraph graph = JoinModules(rules, facts);
  EXPECT_THAT(Lines(graph), ElementsAre("orders include clients 2", "orders seam products 1",
                                        "products include clients 1", "tests include clients 2"));
  ASSERT_EQ(graph.unseen.size(), 1U);
  EXPECT_THAT(graph.unseen[0].what, HasSubstr("orders/2.cc:1: shop/v1/mail_client.h leads to no"));
}

TEST(ModuleGraph, LeadsAListenerToTheModuleThatPublishes) {
  Rules rules = Modules({"clients", "inventory", "products", "tests"});
  Facts facts;
  const std::string folder = "clients/shop/v1/";
  facts.edges = {
      {EdgeKind::kEvent,
       {"inventory/1.cc", 3},
       "shop/v1/product_events_subscriber.h",
       folder + "product_events_subscriber.h",
       {},
       ""},
      IncludeOf("products/1.cc", 1, folder + "product_events_publisher.h"),
      IncludeOf("tests/1.cc", 1, folder + "product_events_publisher.h"),
      IncludeOf("tests/1.cc", 2, folder + "order_events_publisher.h"),
      {EdgeKind::kEvent, {"inventory/2.cc", 1}, "shop/v1/mail_subscriber.h", "", {}, ""}};
  const ModuleGraph graph = JoinModules(rules, facts);
  EXPECT_THAT(Lines(graph), ElementsAre("inventory include clients 1", "inventory event products 1",
                                        "products include clients 1", "tests include clients 2"));
  ASSERT_EQ(graph.unseen.size(), 1U);
  EXPECT_THAT(graph.unseen[0].what,
              HasSubstr("inventory/2.cc:1: shop/v1/mail_subscriber.h leads to no module: none of "
                        "their files includes its publisher"));
}

TEST(Cycles, HaveNoEdgeOfWhoListens) {
  ModuleGraph graph;
  graph.modules = {"inventory", "products"};
  const Edge listens = {EdgeKind::kEvent, {"inventory/1.cc", 1}, "a_subscriber.h", "", {}, ""};
  const Edge calls = {EdgeKind::kSeam, {"products/1.cc", 1}, "b_client.h", "", {}, ""};
  graph.edges = {{"inventory", "products", EdgeKind::kEvent, {listens}},
                 {"products", "inventory", EdgeKind::kSeam, {calls}}};
  EXPECT_TRUE(Cycles(graph).empty());
  EXPECT_TRUE(CheapestCut(graph).edges.empty());

  // In a circle of others it is neither counted nor cut.
  graph.edges = {{"inventory", "products", EdgeKind::kSeam, {calls}},
                 {"inventory", "products", EdgeKind::kEvent, {listens, listens}},
                 {"products", "inventory", EdgeKind::kSeam, {calls, calls}}};
  const Cut cut = CheapestCut(graph);
  EXPECT_EQ(cut.uses, 1);
  ASSERT_EQ(cut.edges.size(), 1U);
  EXPECT_EQ(cut.edges[0].kind, EdgeKind::kSeam);
  EXPECT_EQ(cut.edges[0].from, "inventory");
}

TEST(ModuleGraph, LeadsNowhereFromAContractOfItsOwn) {
  Facts facts;
  facts.edges = {{EdgeKind::kSeam, {"a/1.cc", 3}, "a/keys_client.h", "a/keys_client.h", {}, ""},
                 IncludeOf("b/1.h", 1, "a/keys_handler.h")};
  EXPECT_THAT(Lines(JoinModules(Modules({"a", "b"}), facts)), ElementsAre("b include a 1"));
}

TEST(ModuleGraph, KnowsWhoseATableIs) {
  Rules rules = Modules({"billing", "stock"});
  rules.modules[1].tables = {"stock_*"};
  Facts facts;
  const auto table = [&](const std::string& file, const std::string& name, TableUse use) {
    facts.edges.push_back({EdgeKind::kTable, {file, 1}, name, "", use, ""});
  };
  table("billing/a.cc", "bill", TableUse::kCreate);
  table("billing/a.cc", "stock_item", TableUse::kCreate);  // Claimed by another.
  table("stock/a.cc", "billing.bill", TableUse::kRead);
  table("stock/a.cc", "nobodys", TableUse::kWrite);
  const ModuleGraph graph = JoinModules(rules, facts);
  EXPECT_THAT(graph.tables,
              UnorderedElementsAre(Pair("bill", "billing"), Pair("stock_item", "stock"),
                                   Pair("billing.bill", "billing")));
  EXPECT_THAT(Lines(graph), ElementsAre("stock table billing 1"));
  ASSERT_EQ(graph.definitions.size(), 1U);
  EXPECT_EQ(graph.definitions[0].from + " " + graph.definitions[0].to, "billing stock");
  ASSERT_EQ(graph.unseen.size(), 1U);
  EXPECT_THAT(graph.unseen[0].what, HasSubstr("table nobodys is nobody's"));
}

TEST(ModuleGraph, TakesAnIndexOnAnothersTableForNoCreationOfIt) {
  Facts facts;
  facts.edges = {{EdgeKind::kTable, {"a/1.cc", 1}, "t", "b/1.cc", TableUse::kCreate, ""},
                 {EdgeKind::kTable, {"b/1.cc", 1}, "t", "b/1.cc", TableUse::kCreate, ""}};
  const ModuleGraph graph = JoinModules(Modules({"a", "b"}), facts);
  EXPECT_THAT(graph.tables, UnorderedElementsAre(Pair("t", "b")));
  EXPECT_THAT(Lines(graph), ElementsAre("a table b 1"));
  EXPECT_THAT(graph.unseen, IsEmpty());
}

// One file may have the schema of all.
TEST(ModuleGraph, LeadsAForeignKeyFromTheModuleWhoseTableHasIt) {
  Rules rules = Modules({"schema", "orders", "products"});
  rules.modules[1].tables = {"line"};
  rules.modules[2].tables = {"product"};
  Facts facts;
  facts.edges = {
      {EdgeKind::kTable, {"schema/1.cc", 1}, "product", "", TableUse::kForeignKey, "line"},
      {EdgeKind::kTable, {"schema/1.cc", 2}, "product", "", TableUse::kForeignKey, "product"},
      {EdgeKind::kTable, {"schema/1.cc", 3}, "product", "", TableUse::kForeignKey, "nobodys"}};
  EXPECT_THAT(Lines(JoinModules(rules, facts)),
              ElementsAre("orders table products 1", "schema table products 1"));
}

// What creates the tables of all uses none of them; what changes a table that its module creates
// does.
TEST(ModuleGraph, TakesASharedSchemaForNoUse) {
  Rules rules = Modules({"db", "orders", "products"});
  rules.modules[1].tables = {"line"};
  rules.modules[2].tables = {"product"};
  const auto defines = [](const std::string& file, const std::string& table,
                          const std::string& creating) {
    return Edge{EdgeKind::kTable, {file, 1}, table, creating, TableUse::kCreate, ""};
  };
  Facts facts;
  facts.edges = {defines("db/1.sql", "line", "db/1.sql"),
                 defines("db/1.sql", "product", "db/1.sql"),
                 defines("db/2.sql", "product", "db/1.sql"),
                 {EdgeKind::kTable, {"db/1.sql", 9}, "product", "", TableUse::kForeignKey, "line"}};
  ModuleGraph graph = JoinModules(rules, facts);
  EXPECT_THAT(Lines(graph), ElementsAre("orders table products 1")) << "the key alone";
  ASSERT_EQ(graph.definitions.size(), 2U);
  EXPECT_EQ(graph.definitions[0].to, "orders");
  EXPECT_EQ(graph.definitions[1].to, "products");
  EXPECT_EQ(graph.definitions[1].uses.size(), 2U);
  EXPECT_THAT(Cycles(graph), IsEmpty());

  facts.edges = {defines("products/1.sql", "product", "products/1.sql"),
                 defines("db/2.sql", "product", "products/1.sql")};
  graph = JoinModules(rules, facts);
  EXPECT_THAT(Lines(graph), ElementsAre("db table products 1"));
  EXPECT_THAT(graph.definitions, IsEmpty());
}

ModuleGraph GraphOf(const std::vector<std::pair<std::string, std::string>>& edges) {
  ModuleGraph graph;
  std::set<std::string> names;
  for (const auto& [from, to] : edges) {
    names.insert({from, to});
    const auto same = std::find_if(graph.edges.begin(), graph.edges.end(), [&](const auto& edge) {
      return edge.from == from && edge.to == to;
    });
    if (same != graph.edges.end()) {
      same->uses.push_back({});
    } else {
      graph.edges.push_back({from, to, EdgeKind::kInclude, {Edge{}}});
    }
  }
  graph.modules.assign(names.begin(), names.end());
  return graph;
}

TEST(ModuleGraph, FindsTheCircles) {
  EXPECT_THAT(Cycles(GraphOf({{"a", "b"}, {"b", "c"}, {"a", "c"}})), IsEmpty());
  EXPECT_THAT(
      Cycles(GraphOf(
          {{"a", "b"}, {"b", "a"}, {"b", "c"}, {"c", "d"}, {"d", "e"}, {"e", "c"}, {"f", "a"}})),
      ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d", "e")));
}

TEST(ModuleGraph, CutsWhereTheFewestUsesAre) {
  const Cut cut = CheapestCut(
      GraphOf({{"a", "b"}, {"a", "b"}, {"b", "c"}, {"b", "c"}, {"c", "a"}, {"d", "a"}}));
  ASSERT_EQ(cut.edges.size(), 1U);
  EXPECT_EQ(cut.edges[0].from, "c");
  EXPECT_EQ(cut.edges[0].to, "a");
  EXPECT_EQ(cut.uses, 1);
  EXPECT_TRUE(cut.exact);
  EXPECT_THAT(CheapestCut(GraphOf({{"a", "b"}})).edges, IsEmpty());
}

// Compared with all orders there are.
TEST(ModuleGraph, CutsNoMoreThanItMust) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const int n = 2 + round % 5;
    std::vector<std::pair<std::string, std::string>> edges;
    std::vector<std::vector<int>> uses(6, std::vector<int>(6, 0));
    for (int i = 0; i < 3 * n; ++i) {
      const auto from = static_cast<int>(random() % static_cast<unsigned>(n));
      const auto to = static_cast<int>(random() % static_cast<unsigned>(n));
      if (from == to) continue;
      ++uses[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
      edges.emplace_back(std::to_string(from), std::to_string(to));
    }
    std::vector<std::size_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0U);
    int least = std::numeric_limits<int>::max();
    do {
      int cost = 0;
      for (std::size_t later = 1; later < order.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
          cost += uses[order[later]][order[earlier]];
        }
      }
      least = std::min(least, cost);
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(CheapestCut(GraphOf(edges)).uses, least);
  }
}

TEST(ModuleGraph, LeavesNoCircleAmongManyModules) {
  std::mt19937 random(7);
  std::vector<std::pair<std::string, std::string>> edges;
  for (int i = 0; i < 200; ++i) {
    edges.emplace_back(std::to_string(random() % 40), std::to_string(random() % 40));
    if (edges.back().first == edges.back().second) edges.pop_back();
  }
  ModuleGraph graph = GraphOf(edges);
  const Cut cut = CheapestCut(graph);
  EXPECT_FALSE(cut.exact);
  for (const ModuleEdge& edge : cut.edges) {
    graph.edges.erase(std::find_if(graph.edges.begin(), graph.edges.end(), [&](const auto& other) {
      return other.from == edge.from && other.to == edge.to;
    }));
  }
  EXPECT_THAT(Cycles(graph), IsEmpty());
  EXPECT_LT(cut.uses, 80);  // Of 200: an order that is no order cuts half of them.
}

}  // namespace
}  // namespace seam::structure
