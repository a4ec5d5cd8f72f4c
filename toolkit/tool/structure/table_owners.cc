#include "tool/structure/table_owners.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "tool/structure/outline.h"

namespace seam::structure {

namespace {

using TableUsers = std::map<std::string, TableCounts>;

bool IsSqlFile(std::string_view path) {
  constexpr std::string_view kEnd = ".sql";
  return path.size() > kEnd.size() && path.substr(path.size() - kEnd.size()) == kEnd;
}

// Of each table, who uses it: those that count, or else all.
std::map<std::string, TableUsers> UsersOfTables(const Rules& rules, const Facts& facts) {
  std::map<std::string, TableUsers> counting;
  std::map<std::string, TableUsers> all;
  for (const Edge& edge : facts.edges) {
    if (edge.kind != EdgeKind::kTable || edge.use == TableUse::kCreate ||
        edge.use == TableUse::kForeignKey) {
      continue;
    }
    const Module* const module = ModuleOf(rules, edge.place.file);
    if (module == nullptr) continue;
    const auto count = [&](TableUsers& users) {
      TableCounts& counts = users[module->name];
      ++(edge.use == TableUse::kWrite ? counts.writes : counts.reads);
    };
    count(all[edge.target]);
    if (!IsSqlFile(edge.place.file) && !IsBeside(module->name)) count(counting[edge.target]);
  }
  for (auto& [table, users] : counting) all[table] = std::move(users);
  return all;
}

// Empty when it is undecided.
std::string WhoWritesMost(const TableUsers& users) {
  int most = 0;
  for (const auto& [module, counts] : users) most = std::max(most, counts.writes);
  std::string owner;
  for (const auto& [module, counts] : users) {
    if (counts.writes < most) continue;
    if (!owner.empty()) return "";
    owner = module;
  }
  return owner;
}

std::string Times(int count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : std::to_string(count) + " times";
}

}  // namespace

Claims ClaimTables(Rules rules, const Facts& facts, ModuleGraph graph) {
  Claims claims;
  for (auto& [table, users] : UsersOfTables(rules, facts)) {
    const auto creator = graph.tables.find(table);
    const bool is_created = creator != graph.tables.end();
    if (is_created && users.count(creator->second) > 0) continue;
    const bool is_claimed =
        std::any_of(rules.modules.begin(), rules.modules.end(),
                    [&, &name = table](const Module& one) { return MatchesAny(one.tables, name); });
    if (is_claimed) continue;
    // Reading says nothing of whose it is; where no source creates it, it may even be a view.
    const bool is_written = std::any_of(users.begin(), users.end(),
                                        [](const auto& user) { return user.second.writes > 0; });
    if (!is_written) continue;
    claims.proposals.push_back(
        {table, WhoWritesMost(users), is_created ? creator->second : "", std::move(users)});
  }
  bool decided = false;
  for (const TableProposal& proposal : claims.proposals) {
    for (Module& module : rules.modules) {
      if (module.name != proposal.owner) continue;
      module.tables.push_back(proposal.table);
      decided = true;
    }
  }
  claims.graph = decided ? JoinModules(rules, facts) : std::move(graph);
  claims.rules = std::move(rules);
  return claims;
}

std::string DescribeUsers(const TableProposal& proposal) {
  std::vector<std::pair<std::string, TableCounts>> users(proposal.users.begin(),
                                                         proposal.users.end());
  std::stable_sort(users.begin(), users.end(), [](const auto& one, const auto& other) {
    return one.second.writes > other.second.writes;
  });
  std::string text;
  for (const auto& [module, counts] : users) {
    text += (text.empty() ? "" : ", ") + Printable(module);
    if (counts.writes > 0) text += " writes it " + Times(counts.writes);
    if (counts.writes > 0 && counts.reads > 0) text += " and";
    if (counts.reads > 0) text += " reads it " + Times(counts.reads);
  }
  return text;
}

}  // namespace seam::structure
