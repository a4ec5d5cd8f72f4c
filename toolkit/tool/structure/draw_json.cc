#include <nlohmann/json.hpp>
#include <string>

#include "tool/structure/draw.h"

namespace seam::structure {

namespace {

using nlohmann::ordered_json;

std::string_view TableUseName(TableUse use) {
  switch (use) {
    case TableUse::kNone: return "";
    case TableUse::kCreate: return "create";
    case TableUse::kRead: return "read";
    case TableUse::kWrite: return "write";
    case TableUse::kJoin: return "join";
    case TableUse::kForeignKey: return "foreign-key";
  }
  return "";
}

ordered_json UseToJson(const Edge& use) {
  ordered_json object = {
      {"file", use.place.file}, {"line", use.place.line}, {"target", use.target}};
  if (!use.target_file.empty()) object["target_file"] = use.target_file;
  if (use.use != TableUse::kNone) object["use"] = TableUseName(use.use);
  if (!use.with.empty()) object["with"] = use.with;
  return object;
}

}  // namespace

std::string DrawJson(const ModuleGraph& graph, const Outline& outline) {
  ordered_json modules = ordered_json::array();
  for (const std::string& module : outline.modules) modules.push_back(module);
  ordered_json edges = ordered_json::array();
  ordered_json cut = ordered_json::array();
  for (const Pair& pair : outline.pairs) {
    const std::string& from = outline.modules[pair.from];
    const std::string& to = outline.modules[pair.to];
    for (const ModuleEdge& edge : pair.edges) {
      ordered_json uses = ordered_json::array();
      for (const Edge& use : edge.uses) uses.push_back(UseToJson(use));
      edges.push_back({{"from", from},
                       {"to", to},
                       {"kind", EdgeKindName(edge.kind)},
                       {"uses", std::move(uses)}});
    }
    if (pair.cut) cut.push_back({{"from", from}, {"to", to}, {"uses", pair.uses}});
  }
  ordered_json circles = ordered_json::array();
  for (const auto& circle : outline.circles) {
    ordered_json members = ordered_json::array();
    for (const std::size_t module : circle) members.push_back(outline.modules[module]);
    circles.push_back(std::move(members));
  }
  ordered_json tables = ordered_json::object();
  for (const auto& [table, module] : graph.tables) tables[table] = module;
  ordered_json definitions = ordered_json::array();
  for (const ModuleEdge& edge : outline.definitions) {
    ordered_json places = ordered_json::array();
    for (const Edge& use : edge.uses) places.push_back(UseToJson(use));
    definitions.push_back({{"from", edge.from}, {"to", edge.to}, {"places", std::move(places)}});
  }
  ordered_json unseen = ordered_json::array();
  for (const Unseen& one : outline.unseen) {
    unseen.push_back({{"what", one.what}, {"mend", one.mend}});
  }
  const ordered_json picture = {
      {"modules", std::move(modules)},         {"edges", std::move(edges)},
      {"circles", std::move(circles)},         {"cut", std::move(cut)},
      {"cut_is_cheapest", outline.exact_cut},  {"tables", std::move(tables)},
      {"definitions", std::move(definitions)}, {"unseen", std::move(unseen)}};
  // File names need not be UTF-8.
  return picture.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace seam::structure
