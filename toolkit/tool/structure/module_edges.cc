#include "tool/structure/module_edges.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tool/structure/contract_headers_internal.h"

namespace seam::structure {
namespace {

bool IsInclude(EdgeKind kind) {
  return kind == EdgeKind::kInclude || kind == EdgeKind::kSeam || kind == EdgeKind::kEvent;
}

// The module of each file, asked for once.
class FileModules {
 public:
  explicit FileModules(const Rules& rules) : rules_(rules) {}

  // Empty when none has it.
  const std::string& Of(const std::string& path) {
    static const std::string none;
    if (path.empty()) return none;
    const auto [entry, is_new] = known_.try_emplace(path, nullptr);
    if (is_new) {
      const Module* const module = ModuleOf(rules_, path);
      entry->second = module == nullptr ? &none : &module->name;
    }
    return *entry->second;
  }

 private:
  const Rules& rules_;
  std::unordered_map<std::string, const std::string*> known_;
};

// Whose handler, or publisher, each contract's is: the module whose own files include it. A test, a
// benchmark or the program that puts the modules together may do so as well; of several it is the
// one that includes the fewest of them, then the one that includes this one most often.
std::map<std::string, std::string> Implementers(const Facts& facts, FileModules& modules,
                                                std::string (*contract_of)(std::string_view)) {
  std::set<std::string> generated;
  for (const SourceFile& file : facts.files) {
    if (file.generated) generated.insert(file.path);
  }
  std::map<std::string, std::map<std::string, int>> includes;  // Contract, module: how many.
  std::map<std::string, std::set<std::string>> contracts_of;   // Module: which contracts.
  for (const Edge& edge : facts.edges) {
    if (!IsInclude(edge.kind)) continue;
    const std::string& header = edge.target_file.empty() ? edge.target : edge.target_file;
    const std::string contract = contract_of(header);
    if (contract.empty() || generated.count(edge.place.file) > 0) continue;
    const std::string& module = modules.Of(edge.place.file);
    if (module.empty() || module == modules.Of(edge.target_file)) continue;
    ++includes[contract][module];
    contracts_of[module].insert(contract);
  }
  std::map<std::string, std::string> implementers;
  for (const auto& [contract, by_module] : includes) {
    const auto best =
        std::min_element(by_module.begin(), by_module.end(), [&](const auto& a, const auto& b) {
          return std::tuple(contracts_of[a.first].size(), -a.second, a.first) <
                 std::tuple(contracts_of[b.first].size(), -b.second, b.first);
        });
    implementers[contract] = best->first;
  }
  return implementers;
}

std::string_view WithoutSchema(std::string_view table) {
  return table.substr(table.rfind('.') + 1);  // npos + 1 is 0.
}

// Whose each table is that the facts name.
class TableOwners {
 public:
  TableOwners(const Rules& rules, const Facts& facts, FileModules& modules,
              std::vector<Unseen>& unseen)
      : rules_(rules) {
    std::map<std::string, std::map<std::string, Place>> creators;  // Table, module: first place.
    std::set<std::string> tables;
    for (const Edge& edge : facts.edges) {
      if (edge.kind != EdgeKind::kTable) continue;
      tables.insert(edge.target);
      if (!edge.with.empty()) tables.insert(edge.with);
      const std::string& module = modules.Of(edge.place.file);
      // An index or an ALTER TABLE of another's table leads to the file that creates it.
      if (edge.use == TableUse::kCreate && !module.empty() &&
          (edge.target_file.empty() || edge.target_file == edge.place.file)) {
        creators[edge.target].try_emplace(module, edge.place);
      }
    }
    for (const auto& [table, by_module] : creators) {
      if (Claimant(table) != nullptr) continue;
      created_[table] = InOrder(by_module);
      if (by_module.size() > 1) {
        std::string what = "table " + table + " is created by several modules:";
        for (const auto& [module, place] : by_module) {
          what += " " + module + " (" + place.file + ":" + std::to_string(place.line) + ")";
        }
        unseen.push_back({what + "; it is taken for " + Possessive(created_[table]),
                          "claim it in the \"tables\" of its module"});
      }
    }
    for (const auto& [table, owner] : created_) {
      const auto [entry, is_new] =
          by_bare_name_.try_emplace(std::string(WithoutSchema(table)), owner);
      if (!is_new && entry->second != owner) entry->second.clear();  // Of two modules: of none.
    }
    for (const std::string& table : tables) {
      if (std::string owner = Find(table); !owner.empty()) owners_[table] = std::move(owner);
    }
  }

  [[nodiscard]] const std::map<std::string, std::string>& owners() const { return owners_; }

 private:
  [[nodiscard]] const Module* Claimant(std::string_view table) const {
    for (const Module& module : rules_.modules) {
      if (MatchesAny(module.tables, table)) return &module;
    }
    return nullptr;
  }

  // The one that the rules name first.
  [[nodiscard]] std::string InOrder(const std::map<std::string, Place>& by_module) const {
    for (const Module& module : rules_.modules) {
      if (by_module.count(module.name) > 0) return module.name;
    }
    return by_module.begin()->first;
  }

  // A statement may leave out the schema that the definition has, and the other way round.
  [[nodiscard]] std::string Find(const std::string& table) const {
    if (const Module* const claimant = Claimant(table)) return claimant->name;
    if (const auto found = created_.find(table); found != created_.end()) return found->second;
    const std::string bare(WithoutSchema(table));
    if (bare != table) {
      if (const Module* const claimant = Claimant(bare)) return claimant->name;
      const auto found = created_.find(bare);
      return found == created_.end() ? "" : found->second;
    }
    const auto found = by_bare_name_.find(bare);
    return found == by_bare_name_.end() ? "" : found->second;
  }

  const Rules& rules_;
  std::map<std::string, std::string> created_;
  std::map<std::string, std::string> by_bare_name_;
  std::map<std::string, std::string> owners_;
};

// How many uses there are between each two of some modules.
struct Weights {
  std::vector<std::string> names{};
  std::vector<std::vector<int>> uses{};  // [from][to]
};

Weights WeightsOf(const ModuleGraph& graph, const std::vector<std::string>& names) {
  Weights weights;
  weights.names = names;
  weights.uses.assign(names.size(), std::vector<int>(names.size(), 0));
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < names.size(); ++i) index[names[i]] = i;
  for (const ModuleEdge& edge : graph.edges) {
    const auto from = index.find(edge.from);
    const auto to = index.find(edge.to);
    if (from == index.end() || to == index.end() || from == to) continue;
    if (edge.kind == EdgeKind::kEvent) continue;
    weights.uses[from->second][to->second] += static_cast<int>(edge.uses.size());
  }
  return weights;
}

// An order of the modules in which the fewest uses go backwards. Built up by sets: the last of a
// set is paid for by its uses of the others, and the rest is the best order of that smaller set.
std::vector<std::size_t> BestOrder(const Weights& weights) {
  const std::size_t n = weights.names.size();
  const std::uint32_t all = (std::uint32_t{1} << n) - 1;
  std::vector<std::vector<int>> into(n, std::vector<int>(all + 1, 0));  // Uses of a set by one.
  for (std::size_t v = 0; v < n; ++v) {
    for (std::uint32_t set = 1; set <= all; ++set) {
      std::size_t lowest = 0;
      while ((set >> lowest & 1U) == 0) ++lowest;
      into[v][set] = into[v][set & (set - 1)] + weights.uses[v][lowest];
    }
  }
  std::vector<int> cost(all + 1, std::numeric_limits<int>::max());
  std::vector<std::uint8_t> last(all + 1, 0);
  cost[0] = 0;
  for (std::uint32_t set = 1; set <= all; ++set) {
    for (std::size_t v = 0; v < n; ++v) {
      if ((set >> v & 1U) == 0) continue;
      const std::uint32_t rest = set & ~(std::uint32_t{1} << v);
      const int total = cost[rest] + into[v][rest];
      if (total < cost[set]) {
        cost[set] = total;
        last[set] = static_cast<std::uint8_t>(v);
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::uint32_t set = all;
  for (std::size_t i = n; i-- > 0;) {
    order[i] = last[set];
    set &= ~(std::uint32_t{1} << order[i]);
  }
  return order;
}

// A good order for many modules: those that are used least by what is left come first
// (https://doi.org/10.1016/0020-0190(93)90079-O), then each moves to its best place while that
// helps.
std::vector<std::size_t> GoodOrder(const Weights& weights) {
  const std::size_t n = weights.names.size();
  std::vector<long> surplus(n, 0);  // Uses of others minus uses by others, of those that are left.
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) surplus[i] += weights.uses[i][j] - weights.uses[j][i];
  }
  std::vector<bool> placed(n, false);
  std::vector<std::size_t> order;
  while (order.size() < n) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < n; ++i) {
      if (!placed[i] && (!best || surplus[i] > surplus[*best])) best = i;
    }
    placed[*best] = true;
    order.push_back(*best);
    for (std::size_t i = 0; i < n; ++i) {
      surplus[i] += weights.uses[*best][i] - weights.uses[i][*best];
    }
  }
  constexpr int kRounds = 20;
  bool better = true;
  for (int round = 0; round < kRounds && better; ++round) {
    better = false;
    for (std::size_t v = 0; v < n; ++v) {
      const auto at = std::find(order.begin(), order.end(), v);
      const auto from = static_cast<std::size_t>(at - order.begin());
      order.erase(at);
      // The cost of standing at each place, compared with standing first.
      long cost = 0;
      long here = 0;
      long least = 0;
      std::size_t place = 0;
      for (std::size_t i = 0; i <= order.size(); ++i) {
        if (i == from) here = cost;
        if (cost < least) {
          least = cost;
          place = i;
        }
        if (i < order.size()) cost += weights.uses[v][order[i]] - weights.uses[order[i]][v];
      }
      if (least >= here) {
        place = from;
      } else {
        better = true;
      }
      order.insert(order.begin() + static_cast<long>(place), v);
    }
  }
  return order;
}

}  // namespace

ModuleGraph JoinModules(const Rules& rules, const Facts& facts) {
  ModuleGraph graph;
  graph.unseen = facts.unseen;
  for (const Module& module : rules.modules) graph.modules.push_back(module.name);
  FileModules modules(rules);
  const auto implementers = Implementers(facts, modules, ContractOfHandler);
  const auto publishers = Implementers(facts, modules, ContractOfPublisher);
  const TableOwners tables(rules, facts, modules, graph.unseen);
  graph.tables = tables.owners();
  for (const auto& [contract, module] : implementers) {
    graph.clients[contract + "_client.h"] = module;
  }

  std::set<std::pair<std::string, std::string>> included;  // A file, and a module it includes of.
  for (const Edge& edge : facts.edges) {
    if (!IsInclude(edge.kind)) continue;
    const std::string& module = modules.Of(edge.target_file);
    if (!module.empty()) included.emplace(edge.place.file, module);
  }

  std::map<std::tuple<std::string, std::string, EdgeKind>, std::vector<Edge>> uses;
  const auto add_from = [&](const std::string& from, const Edge& edge, const std::string& to,
                            EdgeKind kind) {
    if (!from.empty() && !to.empty() && from != to) uses[{from, to, kind}].push_back(edge);
  };
  const auto add = [&](const Edge& edge, const std::string& to, EdgeKind kind) {
    add_from(modules.Of(edge.place.file), edge, to, kind);
  };
  std::map<std::pair<std::string, std::string>, std::vector<Edge>> definitions;
  std::map<std::string, Place> nobodys_tables;
  std::map<std::string, Place> nobodys_contracts;
  std::map<std::string, Place> nobodys_events;
  for (const Edge& edge : facts.edges) {
    switch (edge.kind) {
      case EdgeKind::kInclude: add(edge, modules.Of(edge.target_file), EdgeKind::kInclude); break;
      case EdgeKind::kSeam:
      case EdgeKind::kEvent: {
        add(edge, modules.Of(edge.target_file), EdgeKind::kInclude);
        const bool listens = edge.kind == EdgeKind::kEvent;
        const std::string& header = edge.target_file.empty() ? edge.target : edge.target_file;
        const auto& owners = listens ? publishers : implementers;
        const auto found =
            owners.find(listens ? ContractOfSubscriber(header) : ContractOfClient(header));
        if (const std::string& owner = modules.Of(edge.target_file);
            !owner.empty() && owner == modules.Of(edge.place.file)) {
          break;  // By a contract of its own: whoever answers knows it, and not the reverse.
        }
        if (found != owners.end()) {
          add(edge, found->second, edge.kind);
        } else if (!modules.Of(edge.place.file).empty()) {
          (listens ? nobodys_events : nobodys_contracts).try_emplace(header, edge.place);
        }
        break;
      }
      case EdgeKind::kSymbol: {
        const std::string& to = modules.Of(edge.target_file);
        if (included.count({edge.place.file, to}) == 0) add(edge, to, EdgeKind::kSymbol);
        break;
      }
      case EdgeKind::kTable: {
        const auto owner = graph.tables.find(edge.target);
        const auto has_key =
            edge.use == TableUse::kForeignKey ? graph.tables.find(edge.with) : graph.tables.end();
        if (owner != graph.tables.end() && edge.use == TableUse::kCreate &&
            (edge.target_file == edge.place.file ||
             modules.Of(edge.target_file) != owner->second)) {
          const std::string& from = modules.Of(edge.place.file);
          if (!from.empty() && from != owner->second) {
            definitions[{from, owner->second}].push_back(edge);
          }
        } else if (owner != graph.tables.end()) {
          add_from(has_key != graph.tables.end() ? has_key->second : modules.Of(edge.place.file),
                   edge, owner->second, EdgeKind::kTable);
        } else if (!modules.Of(edge.place.file).empty()) {
          nobodys_tables.try_emplace(edge.target, edge.place);
        }
        break;
      }
    }
  }
  for (const auto& [header, place] : nobodys_contracts) {
    graph.unseen.push_back({place.file + ":" + std::to_string(place.line) + ": " + header +
                                " leads to no module: none of their files includes its handler",
                            "name the folder of the module that implements it in the rules"});
  }
  for (const auto& [header, place] : nobodys_events) {
    graph.unseen.push_back({place.file + ":" + std::to_string(place.line) + ": " + header +
                                " leads to no module: none of their files includes its publisher",
                            "name the folder of the module that publishes it in the rules"});
  }
  for (const auto& [table, place] : nobodys_tables) {
    graph.unseen.push_back({place.file + ":" + std::to_string(place.line) + ": table " + table +
                                " is nobody's: no module claims it, and no source creates it",
                            "claim it in the \"tables\" of its module"});
  }
  const auto by_place = [](const Edge& a, const Edge& b) {
    return std::tie(a.place.file, a.place.line, a.target) <
           std::tie(b.place.file, b.place.line, b.target);
  };
  for (auto& [key, edges] : uses) {
    const auto& [from, to, kind] = key;
    std::stable_sort(edges.begin(), edges.end(), by_place);
    graph.edges.push_back({from, to, kind, std::move(edges)});
  }
  for (auto& [ends, edges] : definitions) {
    std::stable_sort(edges.begin(), edges.end(), by_place);
    graph.definitions.push_back({ends.first, ends.second, EdgeKind::kTable, std::move(edges)});
  }
  return graph;
}

std::vector<std::vector<std::string>> Cycles(const ModuleGraph& graph) {
  std::map<std::string, std::size_t> index;
  std::vector<std::string> names;
  for (const std::string& module : graph.modules) index.emplace(module, 0);
  for (const ModuleEdge& edge : graph.edges) {
    index.emplace(edge.from, 0);
    index.emplace(edge.to, 0);
  }
  for (auto& [name, number] : index) {
    number = names.size();
    names.push_back(name);
  }
  std::vector<std::vector<std::size_t>> next(names.size());
  for (const ModuleEdge& edge : graph.edges) {
    if (edge.kind != EdgeKind::kEvent) next[index[edge.from]].push_back(index[edge.to]);
  }

  // https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm, with a stack
  // of its own.
  constexpr std::size_t kNew = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> number(names.size(), kNew);
  std::vector<std::size_t> low(names.size(), 0);
  std::vector<bool> on_stack(names.size(), false);
  std::vector<std::size_t> stack;
  std::vector<std::pair<std::size_t, std::size_t>> calls;  // A module, and its next edge.
  std::size_t count = 0;
  std::vector<std::vector<std::string>> groups;
  for (std::size_t start = 0; start < names.size(); ++start) {
    if (number[start] != kNew) continue;
    calls.emplace_back(start, 0);
    while (!calls.empty()) {
      const std::size_t at = calls.back().first;
      if (calls.back().second == 0 && number[at] == kNew) {
        number[at] = low[at] = count++;
        stack.push_back(at);
        on_stack[at] = true;
      }
      if (calls.back().second < next[at].size()) {
        const std::size_t to = next[at][calls.back().second++];
        if (number[to] == kNew) {
          calls.emplace_back(to, 0);
        } else if (on_stack[to]) {
          low[at] = std::min(low[at], number[to]);
        }
        continue;
      }
      calls.pop_back();
      if (!calls.empty()) low[calls.back().first] = std::min(low[calls.back().first], low[at]);
      if (low[at] != number[at]) continue;
      std::vector<std::string> group;
      std::size_t member = 0;
      do {
        member = stack.back();
        stack.pop_back();
        on_stack[member] = false;
        group.push_back(names[member]);
      } while (member != at);
      if (group.size() < 2) continue;
      std::sort(group.begin(), group.end());
      groups.push_back(std::move(group));
    }
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

Cut CheapestCut(const ModuleGraph& graph) {
  constexpr std::size_t kExact = 16;
  Cut cut;
  std::set<std::pair<std::string, std::string>> backwards;
  for (const std::vector<std::string>& group : Cycles(graph)) {
    const Weights weights = WeightsOf(graph, group);
    if (group.size() > kExact) cut.exact = false;
    const std::vector<std::size_t> order =
        group.size() > kExact ? GoodOrder(weights) : BestOrder(weights);
    for (std::size_t later = 1; later < order.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if (weights.uses[order[later]][order[earlier]] == 0) continue;
        backwards.emplace(group[order[later]], group[order[earlier]]);
        cut.uses += weights.uses[order[later]][order[earlier]];
      }
    }
  }
  for (const ModuleEdge& edge : graph.edges) {
    if (edge.kind == EdgeKind::kEvent) continue;
    if (backwards.count({edge.from, edge.to}) > 0) cut.edges.push_back(edge);
  }
  return cut;
}

}  // namespace seam::structure
