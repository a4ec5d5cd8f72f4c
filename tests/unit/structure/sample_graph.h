#ifndef SEAM_TESTS_UNIT_STRUCTURE_SAMPLE_GRAPH_H_
#define SEAM_TESTS_UNIT_STRUCTURE_SAMPLE_GRAPH_H_

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/rules.h"

// Graphs made by hand, for what draws and ranks them.
namespace seam::structure {

inline Edge UseOf(EdgeKind kind, const std::string& file, int line, const std::string& target,
                  TableUse use = TableUse::kNone, const std::string& with = {}) {
  Edge edge;
  edge.kind = kind;
  edge.place = {file, line};
  edge.target = target;
  if (kind == EdgeKind::kInclude) edge.target_file = target;
  edge.use = use;
  edge.with = with;
  return edge;
}

inline void AddUse(ModuleGraph& graph, const std::string& from, const std::string& to, Edge use) {
  const auto same = [&](const ModuleEdge& edge) {
    return edge.from == from && edge.to == to && edge.kind == use.kind;
  };
  auto found = std::find_if(graph.edges.begin(), graph.edges.end(), same);
  if (found == graph.edges.end()) {
    graph.edges.push_back({from, to, use.kind, {}});
    found = graph.edges.end() - 1;
  }
  found->uses.push_back(std::move(use));
  std::sort(
      graph.edges.begin(), graph.edges.end(), [](const ModuleEdge& left, const ModuleEdge& right) {
        return std::tie(left.from, left.to, left.kind) < std::tie(right.from, right.to, right.kind);
      });
}

// `count` includes of one file of `to` in files of `from`, two a file.
inline void AddIncludes(ModuleGraph& graph, const std::string& from, const std::string& to,
                        int count) {
  for (int index = 0; index < count; ++index) {
    AddUse(graph, from, to,
           UseOf(EdgeKind::kInclude, from + "/f" + std::to_string(index / 2) + ".cc", index + 1,
                 to + "/" + to + ".h"));
  }
}

// Five modules with every kind of edge, and a circle of two.
inline ModuleGraph FiveModules() {
  ModuleGraph graph;
  graph.modules = {"app", "billing", "common", "orders", "stock"};
  AddIncludes(graph, "app", "orders", 12);
  AddIncludes(graph, "app", "common", 4);
  AddIncludes(graph, "orders", "stock", 3);
  AddIncludes(graph, "orders", "common", 2);
  AddIncludes(graph, "stock", "common", 2);
  AddIncludes(graph, "billing", "common", 1);
  AddUse(graph, "app", "billing",
         UseOf(EdgeKind::kSeam, "app/main.cc", 4, "shop/billing/v1/billing_client.h"));
  AddUse(graph, "orders", "billing",
         UseOf(EdgeKind::kSymbol, "orders/late.cc", 30, "billing::RecordLateFee(int)"));
  AddUse(graph, "orders", "stock",
         UseOf(EdgeKind::kTable, "orders/report.cc", 21, "items", TableUse::kJoin, "orders"));
  AddUse(graph, "orders", "stock",
         UseOf(EdgeKind::kTable, "orders/report.cc", 52, "items", TableUse::kRead));
  AddUse(graph, "stock", "orders",
         UseOf(EdgeKind::kTable, "stock/count.cc", 8, "orders", TableUse::kWrite));
  AddUse(graph, "billing", "orders",
         UseOf(EdgeKind::kEvent, "billing/due.cc", 2, "shop/orders/v1/order_events_subscriber.h"));
  graph.tables = {{"invoices", "billing"}, {"items", "stock"}, {"orders", "orders"}};
  graph.unseen = {
      {"orders/odd.cc:3: #include MACRO: which file is meant is known to the compiler "
       "only",
       "have compile_commands.json written"}};
  return graph;
}

// A module a name, with its folder; and a file of each.
inline Rules RulesOf(const ModuleGraph& graph) {
  Rules rules;
  for (const std::string& name : graph.modules) {
    Module module;
    module.name = name;
    module.paths = {name + "/"};
    rules.modules.push_back(std::move(module));
  }
  return rules;
}

inline Facts FactsOf(const ModuleGraph& graph, int lines = 100) {
  Facts facts;
  for (const std::string& name : graph.modules) {
    facts.files.push_back({name + "/" + name + ".cc", lines, false});
  }
  return facts;
}

}  // namespace seam::structure

#endif  // SEAM_TESTS_UNIT_STRUCTURE_SAMPLE_GRAPH_H_
