#include "tool/structure/rank.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "tool/structure/near_paths_internal.h"
#include "tool/structure/outline.h"

namespace seam::structure {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kNamed = 3;  // Modules, tables or edges that a reason names.

std::string WrittenPlace(const Place& place) {
  const std::string file = Printable(place.file);
  return place.line > 0 ? file + ':' + std::to_string(place.line) : file;
}

// "orders, stock, billing and 2 more".
std::string ListedNames(const std::vector<std::string>& names, std::size_t most = kNamed) {
  std::string text;
  for (std::size_t at = 0; at < std::min(names.size(), most); ++at) {
    text += (at > 0 ? ", " : "") + Printable(names[at]);
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::vector<std::string> NamesOf(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& one, const std::string& two) {
    return counts.at(one) > counts.at(two);
  });
  return names;
}

std::string OneDecimal(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", value < 0.1 ? 2 : 1, value);
  return text;
}

struct Circle {
  std::vector<std::string> members{};
  std::vector<std::string> cut{};  // "stock -> orders (3 uses: stock/a.cc:12)"
};

// What is known of all modules before one of them is looked at.
struct Surroundings {
  const Rules& rules;
  const Facts& facts;
  const ModuleGraph& graph;
  std::set<std::string> libraries{};
  std::set<std::string> aside{};
  std::vector<Circle> circles{};
};

// Tests, examples and the code of others: nobody takes those out of a program, and what only they
// use is used by no other part of it.
std::set<std::string> StandAside(const Rules& rules) {
  std::set<std::string> aside;
  for (const Module& module : rules.modules) {
    if (!module.paths.empty() && std::all_of(module.paths.begin(), module.paths.end(), IsAside)) {
      aside.insert(module.name);
    }
  }
  return aside;
}

// Those that most others use, and that use nobody themselves: they go along with whoever uses them.
// Who keeps a table is one only if all others use it.
std::set<std::string> Libraries(const ModuleGraph& graph) {
  std::map<std::string, std::set<std::string>> users;
  std::map<std::string, std::set<std::string>> used;
  std::set<std::string> keepers;
  for (const ModuleEdge& edge : graph.edges) {
    users[edge.to].insert(edge.from);
    used[edge.from].insert(edge.to);
  }
  for (const auto& [table, module] : graph.tables) keepers.insert(module);
  std::set<std::string> libraries;
  for (bool more = true; more;) {
    more = false;
    for (const std::string& module : graph.modules) {
      if (libraries.count(module) > 0) continue;
      const std::set<std::string>& others = users[module];
      // Settings, or a log, may be a table that nobody can do without.
      if (keepers.count(module) > 0 && others.size() + 1 < graph.modules.size()) continue;
      if (others.size() < 3 || others.size() * 2 <= graph.modules.size() - 1) continue;
      const std::set<std::string>& needs = used[module];
      if (!std::all_of(needs.begin(), needs.end(),
                       [&](const std::string& name) { return libraries.count(name) > 0; })) {
        continue;
      }
      libraries.insert(module);
      more = true;
    }
  }
  return libraries;
}

std::vector<Circle> CirclesOf(const ModuleGraph& graph) {
  std::vector<Circle> circles;
  const Outline outline = MakeOutline(graph, AllEdgeKinds());
  for (std::size_t index = 0; index < outline.circles.size(); ++index) {
    Circle circle;
    for (const std::size_t module : outline.circles[index]) {
      circle.members.push_back(outline.modules[module]);
    }
    for (const Pair& pair : outline.pairs) {
      if (!pair.cut || outline.circle_of[pair.from] != index) continue;
      circle.cut.push_back(Printable(outline.modules[pair.from]) + " -> " +
                           Printable(outline.modules[pair.to]) + " (" +
                           Count(static_cast<std::size_t>(pair.uses), "use") + ": " +
                           WrittenPlace(pair.edges.front().uses.front().place) + ")");
    }
    circles.push_back(std::move(circle));
  }
  return circles;
}

// What is found of one module on the way through the edges.
struct Finding {
  Standing standing{};
  std::set<std::string> using_files{};                // Of others.
  std::set<std::string> own_files{};                  // That use others.
  std::map<std::string, std::string> first_place{};   // In which each other module uses it.
  std::map<std::string, std::string> first_use{};     // Where it uses each.
  std::vector<std::pair<int, std::string>> shared{};  // Uses of tables across, and how grave.
  std::string past_face{};                            // The first.
  std::vector<std::string> definers{};                // Who defines its tables in its stead.
  std::string definition{};                           // The first.
};

void AddTableUse(const Edge& use, Traffic& traffic, Finding& finding) {
  int gravity = 1;
  switch (use.use) {
    case TableUse::kJoin:
    case TableUse::kForeignKey:
      ++traffic.joins;
      gravity = 3;
      break;
    case TableUse::kWrite:
    case TableUse::kCreate:  // In an edge: of a table that its module creates itself.
      ++traffic.writes;
      gravity = 2;
      break;
    case TableUse::kRead:
    case TableUse::kNone: ++traffic.reads; break;
  }
  finding.shared.emplace_back(-gravity, DescribeUse(use));
}

void AddIncoming(const Surroundings& around, const ModuleEdge& edge, Finding& finding) {
  Traffic& traffic = finding.standing.used_by;
  for (const Edge& use : edge.uses) {
    if (edge.kind == EdgeKind::kTable) {
      AddTableUse(use, traffic, finding);
      traffic.modules.try_emplace(edge.from, 0);
      continue;
    }
    finding.using_files.insert(use.place.file);
    if (edge.kind == EdgeKind::kSeam) {
      ++traffic.seam_calls;
      traffic.modules.try_emplace(edge.from, 0);
      continue;
    }
    ++traffic.places;
    ++traffic.modules[edge.from];
    finding.first_place.try_emplace(edge.from, WrittenPlace(use.place));
    if (edge.kind != EdgeKind::kInclude) continue;
    const auto module =
        std::find_if(around.rules.modules.begin(), around.rules.modules.end(),
                     [&](const Module& one) { return one.name == finding.standing.module; });
    if (module == around.rules.modules.end() || !module->public_paths) continue;
    if (MatchesAny(*module->public_paths, use.target_file)) continue;
    if (finding.standing.past_face++ == 0) finding.past_face = DescribeUse(use);
  }
}

void AddOutgoing(const Surroundings& around, const ModuleEdge& edge, Finding& finding) {
  Traffic& traffic = finding.standing.uses;
  if (edge.kind != EdgeKind::kTable && around.libraries.count(edge.to) > 0) {
    traffic.libraries[edge.to] += edge.uses.size();
    return;
  }
  for (const Edge& use : edge.uses) {
    if (edge.kind == EdgeKind::kTable) {
      AddTableUse(use, traffic, finding);
      traffic.modules.try_emplace(edge.to, 0);
      continue;
    }
    finding.own_files.insert(use.place.file);
    if (edge.kind == EdgeKind::kSeam) {
      ++traffic.seam_calls;
      traffic.modules.try_emplace(edge.to, 0);
      continue;
    }
    ++traffic.places;
    ++traffic.modules[edge.to];
    finding.first_use.try_emplace(edge.to, WrittenPlace(use.place));
  }
}

std::string TableUseText(const Traffic& traffic) {
  std::string text;
  const auto add = [&](std::size_t count, std::string_view one, std::string_view many) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + Count(count, one, many);
  };
  add(traffic.joins, "join or foreign key", "joins or foreign keys");
  add(traffic.writes, "write", "writes");
  add(traffic.reads, "read", "reads");
  return text;
}

// "orders", or "3 modules (orders, stock, app)"; those with the most places first.
std::string Modules(const std::vector<std::string>& names) {
  if (names.size() == 1) return Printable(names.front());
  return std::to_string(names.size()) + " modules (" + ListedNames(names) + ")";
}

// Where most of it is; just where, when it is one module's.
std::string Most(const std::vector<std::string>& names, const Traffic& traffic,
                 const std::map<std::string, std::string>& places) {
  const std::string& first = names.front();
  const std::string& place = places.at(first);
  if (names.size() == 1) return " (" + place + (traffic.places > 1 ? " …)" : ")");
  return ", most in " + Printable(first) + " (" + std::to_string(traffic.modules.at(first)) + ": " +
         place + (traffic.modules.at(first) > 1 ? " …)" : ")");
}

std::string UsedByReason(const Finding& finding) {
  const Traffic& traffic = finding.standing.used_by;
  if (traffic.modules.empty()) return "nobody uses it";
  const std::vector<std::string> names = NamesOf(traffic.modules);
  std::string text = "used by " + Modules(names);
  if (traffic.places == 0) {
    if (traffic.seam_calls > 0) text += ", through its seam: no place to change";
    return text;
  }
  text += ": " + Count(traffic.places, "place") + " to change in " + Count(traffic.files, "file") +
          Most(names, traffic, finding.first_place);
  if (traffic.seam_calls > 0) {
    text += "; " + std::to_string(traffic.seam_calls) + " more through its seam already";
  }
  return text;
}

std::string UsesReason(const Finding& finding) {
  const Traffic& traffic = finding.standing.uses;
  std::string text;
  if (!traffic.modules.empty()) {
    const std::vector<std::string> names = NamesOf(traffic.modules);
    text = "uses " + Modules(names);
    if (traffic.places > 0) {
      text += " in " + Count(traffic.places, "place") + Most(names, traffic, finding.first_use);
    } else if (traffic.seam_calls > 0) {
      text += names.size() == 1 ? ", through its seam" : ", through their seams";
    }
  } else {
    text = traffic.libraries.empty() ? "uses no other module" : "uses libraries only";
  }
  if (!traffic.libraries.empty()) {
    text += "; " + ListedNames(NamesOf(traffic.libraries)) +
            (traffic.libraries.size() == 1 ? " goes along" : " go along");
  }
  return text;
}

void AddTableReasons(Finding& finding) {
  Standing& standing = finding.standing;
  if (!standing.tables.empty()) {
    standing.reasons.push_back("has " + Count(standing.tables.size(), "table") + " (" +
                               ListedNames(standing.tables, 4) + ")");
  }
  if (standing.definitions > 0) {
    standing.reasons.push_back("its tables are created in " + ListedNames(finding.definers) + ": " +
                               Count(standing.definitions, "statement") + " to move (" +
                               finding.definition + ")");
  }
  if (finding.shared.empty()) return;
  std::stable_sort(finding.shared.begin(), finding.shared.end());
  std::string text;
  if (const std::string counts = TableUseText(standing.used_by); !counts.empty()) {
    text += "others use its tables: " + counts;
  }
  if (const std::string counts = TableUseText(standing.uses); !counts.empty()) {
    text += (text.empty() ? "" : "; ") + std::string("it uses theirs: ") + counts;
  }
  standing.reasons.push_back(text + " (" + finding.shared.front().second + ")");
}

// Decides, and says why not.
void Decide(const Surroundings& around, Finding& finding) {
  Standing& standing = finding.standing;
  const auto decide = [&](Recommendation verdict, std::string why) {
    standing.verdict = verdict;
    standing.why = std::move(why);
  };
  if (standing.files == 0) return decide(Recommendation::kLeaveIt, "it has no file");
  if (around.aside.count(standing.module) > 0) {
    return decide(Recommendation::kLeaveIt,
                  "it stands beside the program: tests, examples or the code of others");
  }
  if (around.libraries.count(standing.module) > 0) {
    return decide(Recommendation::kLeaveIt,
                  standing.tables.empty()
                      ? "a library: most use it and it uses no module; it goes along with them"
                      : "a library, though it keeps " + Count(standing.tables.size(), "table") +
                            " (" + ListedNames(standing.tables) +
                            "): all use it and it uses no module");
  }
  if (standing.used_by.modules.empty()) {
    return decide(Recommendation::kLeaveIt,
                  standing.uses.modules.empty() && standing.uses.libraries.empty()
                      ? "nobody uses it, and it uses nobody"
                      : "nobody uses it: a program begins there");
  }
  if (std::all_of(standing.used_by.modules.begin(), standing.used_by.modules.end(),
                  [&](const auto& user) { return around.aside.count(user.first) > 0; })) {
    return decide(Recommendation::kLeaveIt,
                  "only tests or examples use it: a program begins there");
  }
  std::vector<std::string> ways;
  if (!standing.circle.empty()) ways.emplace_back("in a circle");
  if (standing.used_by.joins + standing.uses.joins > 0) {
    ways.emplace_back("tables are tied by joins or foreign keys");
  }
  if (standing.used_by.writes > 0) ways.emplace_back("others write its tables");
  if (standing.uses.writes > 0) ways.emplace_back("it writes tables of others");
  if (standing.remote_calls.value_or(0) > kChattyCalls) {
    ways.push_back(OneDecimal(*standing.remote_calls) + " calls a request");
  }
  if (ways.empty()) return;
  std::string why;
  for (const std::string& way : ways) why += (why.empty() ? "" : ", ") + way;
  decide(Recommendation::kNotYet, std::move(why));
}

int Points(const Standing& standing, const RankWeights& weights) {
  const auto times = [](std::size_t count, int weight) {
    return static_cast<int>(std::min<std::size_t>(count, 1000000)) * weight;
  };
  const auto both = [&](std::size_t Traffic::* count) {
    return standing.used_by.*count + standing.uses.*count;
  };
  return times(both(&Traffic::places), weights.place) + times(standing.definitions, weights.place) +
         times(standing.past_face, weights.past_face) +
         times(both(&Traffic::reads), weights.table_read) +
         times(both(&Traffic::writes), weights.table_write) +
         times(both(&Traffic::joins), weights.table_join) +
         (standing.circle.empty() ? 0 : weights.circle) +
         static_cast<int>(std::lround(std::min(standing.remote_calls.value_or(0), 1000000.0) *
                                      weights.remote_call));
}

// The calls of a request that would cross the boundary of the module; none when the record has
// none of it, as of a module without a client.
std::optional<double> RemoteCalls(const CallRecord& record, const std::string& module) {
  double calls = 0;
  bool recorded = false;
  for (const auto& [ends, count] : record.calls) {
    recorded = recorded || ends.first == module || ends.second == module;
    if ((ends.first == module) != (ends.second == module)) calls += count;
  }
  if (!recorded) return std::nullopt;
  return calls / record.requests;
}

void Complete(const Surroundings& around, const std::optional<CallRecord>& calls, double call_us,
              const RankWeights& weights, Finding& finding) {
  Standing& standing = finding.standing;
  standing.used_by.files = finding.using_files.size();
  standing.uses.files = finding.own_files.size();
  standing.reasons.push_back(UsedByReason(finding));
  standing.reasons.push_back(UsesReason(finding));
  AddTableReasons(finding);
  for (const Circle& circle : around.circles) {
    if (std::find(circle.members.begin(), circle.members.end(), standing.module) ==
        circle.members.end()) {
      continue;
    }
    for (const std::string& member : circle.members) {
      if (member != standing.module) standing.circle.push_back(member);
    }
    standing.reasons.push_back("in a circle with " + ListedNames(standing.circle) +
                               "; it opens without " + ListedNames(circle.cut, 2));
  }
  if (standing.past_face > 0) {
    standing.reasons.push_back("others go past its public files " +
                               Count(standing.past_face, "time") + " (" + finding.past_face + ")");
  }
  if (calls) standing.remote_calls = RemoteCalls(*calls, standing.module);
  if (standing.remote_calls) {
    const double ms = *standing.remote_calls * call_us / 1000;
    char text[160];
    std::snprintf(text, sizeof text,
                  "%.1f calls a request would become remote: about %.2f ms more, estimated with %g "
                  "µs a call",
                  *standing.remote_calls, ms, call_us);
    standing.reasons.emplace_back(text);
    if (standing.used_by.places > 0) {
      standing.reasons.back() += "; what others call without its client is not in the record";
    }
  } else if (calls) {
    standing.reasons.emplace_back("not in the recorded run: it has no client that was counted");
  }
  standing.points = Points(standing, weights);
  Decide(around, finding);
}

std::string WhyNothing(const std::vector<Standing>& standings) {
  if (standings.empty()) return "there is no module";
  if (standings.size() == 1) {
    return "there is one module only; say in seam-rules.json which folders are modules";
  }
  const auto nearest = std::find_if(standings.begin(), standings.end(), [](const Standing& one) {
    return one.verdict == Recommendation::kNotYet;
  });
  if (nearest == standings.end()) {
    return "no module is used by another that would stay: there are only beginnings and libraries";
  }
  if (std::all_of(standings.begin(), standings.end(), [&](const Standing& one) {
        return one.verdict == Recommendation::kLeaveIt || !one.circle.empty();
      })) {
    return "all are in circles; open these first, seam graph shows where. The nearest is " +
           Printable(nearest->module);
  }
  return "something is in the way of each. The nearest is " + Printable(nearest->module) + ": " +
         nearest->why;
}

ordered_json TrafficJson(const Traffic& traffic) {
  ordered_json modules = ordered_json::object();
  for (const auto& [name, places] : traffic.modules) modules[name] = places;
  ordered_json libraries = ordered_json::array();
  for (const auto& [name, uses] : traffic.libraries) libraries.push_back(name);
  return {{"modules", std::move(modules)},     {"files", traffic.files},
          {"places", traffic.places},          {"through_seams", traffic.seam_calls},
          {"libraries", std::move(libraries)}, {"table_reads", traffic.reads},
          {"table_writes", traffic.writes},    {"joins_and_foreign_keys", traffic.joins}};
}

}  // namespace

std::string_view RecommendationName(Recommendation verdict) {
  switch (verdict) {
    case Recommendation::kFirst: return "first";
    case Recommendation::kPossible: return "possible";
    case Recommendation::kNotYet: return "not yet";
    case Recommendation::kLeaveIt: return "leave it";
  }
  return "";
}

Ranking RankModules(const Rules& rules, const Facts& facts, const ModuleGraph& all,
                    const std::optional<CallRecord>& calls, double call_us,
                    const RankWeights& weights) {
  // Who listens to events has nothing to change when either of the two moves.
  ModuleGraph graph = all;
  graph.edges.erase(
      std::remove_if(graph.edges.begin(), graph.edges.end(),
                     [](const ModuleEdge& edge) { return edge.kind == EdgeKind::kEvent; }),
      graph.edges.end());
  const Surroundings around{rules,           facts, graph, Libraries(graph), StandAside(rules),
                            CirclesOf(graph)};
  std::map<std::string, Finding> findings;
  for (const std::string& module : graph.modules) findings[module].standing.module = module;
  for (const SourceFile& file : facts.files) {
    const Module* const module = ModuleOf(rules, file.path);
    if (module == nullptr) continue;
    const auto finding = findings.find(module->name);
    if (finding == findings.end()) continue;
    ++finding->second.standing.files;
    finding->second.standing.lines += static_cast<std::size_t>(std::max(file.lines, 0));
  }
  for (const auto& [table, module] : graph.tables) {
    const auto finding = findings.find(module);
    if (finding != findings.end()) finding->second.standing.tables.push_back(table);
  }
  for (const ModuleEdge& edge : graph.edges) {
    AddIncoming(around, edge, findings[edge.to]);
    AddOutgoing(around, edge, findings[edge.from]);
  }
  for (const ModuleEdge& edge : graph.definitions) {
    Finding& finding = findings[edge.to];
    finding.standing.definitions += edge.uses.size();
    finding.definers.push_back(edge.from);
    if (finding.definition.empty()) finding.definition = WrittenPlace(edge.uses.front().place);
  }
  Ranking ranking;
  for (auto& [name, finding] : findings) {
    Complete(around, calls, call_us, weights, finding);
    ranking.standings.push_back(std::move(finding.standing));
  }
  // What keeps no table may well be a library, where others keep some.
  for (Standing& standing : ranking.standings) {
    if (standing.verdict == Recommendation::kPossible && standing.tables.empty() &&
        !graph.tables.empty()) {
      standing.why = "it keeps no table, so it may be a library";
    }
  }
  std::stable_sort(
      ranking.standings.begin(), ranking.standings.end(),
      [](const Standing& left, const Standing& right) {
        return std::make_tuple(left.verdict, left.tables.empty(), left.points, right.lines) <
               std::make_tuple(right.verdict, right.tables.empty(), right.points, left.lines);
      });
  if (!ranking.standings.empty() &&
      ranking.standings.front().verdict == Recommendation::kPossible) {
    ranking.standings.front().verdict = Recommendation::kFirst;
  } else {
    ranking.nothing = WhyNothing(ranking.standings);
  }
  if (calls) {
    std::set<std::string> unknown;
    for (const auto& [ends, count] : calls->calls) {
      for (const std::string& name : {ends.first, ends.second}) {
        if (!name.empty() && findings.count(name) == 0) unknown.insert(name);
      }
    }
    ranking.unknown.assign(unknown.begin(), unknown.end());
  }
  return ranking;
}

std::vector<std::string> NotesOf(const std::vector<TableProposal>& proposals) {
  std::map<std::string, std::vector<std::string>> taken;  // From whom: whose each is now.
  std::vector<std::string> notes;
  for (const TableProposal& proposal : proposals) {
    if (!proposal.owner.empty()) {
      taken[proposal.creator].push_back(proposal.table + " for " + proposal.owner);
    }
  }
  for (const auto& [creator, tables] : taken) {
    const std::string count = Count(tables.size(), "table");
    const bool one = tables.size() == 1;
    notes.push_back(
        (creator.empty() ? count + (one ? " is" : " are") + " written that no source creates"
                         : Printable(creator) + " creates " + count + " that it never uses") +
        (one ? "; it is taken for that" : "; they are taken for those") + " of who writes " +
        (one ? "it" : "them") + " most: " + ListedNames(tables, tables.size()) +
        ". Say in seam-rules.json whose " + (one ? "it is" : "they are"));
  }
  for (const TableProposal& proposal : proposals) {
    if (!proposal.owner.empty()) continue;
    notes.push_back(
        "Whose " + Printable(proposal.table) + " is, is undecided: " + DescribeUsers(proposal) +
        (proposal.creator.empty()
             ? ". It is left out"
             : ". It is taken for that of " + Printable(proposal.creator) + ", which creates it") +
        ". Say in seam-rules.json whose it is");
  }
  return notes;
}

std::string ExplainRanking(double call_us, const RankWeights& weights) {
  const auto line = [](int points, std::string_view what) {
    return "  " + std::string(points < 10 ? " " : "") + std::to_string(points) + "  " +
           std::string(what) + '\n';
  };
  char cost[64];
  std::snprintf(cost, sizeof cost, "%g", call_us);
  return "A module's points are the sum of these, whichever side uses the other:\n" +
         line(weights.place,
              "a place to change: an include, a symbol used without one, a statement elsewhere "
              "that creates its table") +
         line(weights.past_face, "more, where it is past the module's public files") +
         line(weights.table_read, "a read of a table across the boundary") +
         line(weights.table_write, "a write") +
         line(weights.table_join, "a join, or a foreign key") +
         line(weights.circle, "the module is in a circle") +
         line(weights.remote_call, "a call that becomes remote, on the average of a request") +
         "Calls through a seam cost nothing; nor do libraries, which go along.\n"
         "\n"
         "leave it  tests, examples or the code of others, by the names of their folders; nobody "
         "else uses it;\n"
         "          or a library: it uses no module but such, and more than half of the others\n"
         "          use it, three at least; all of them, if it keeps a table.\n"
         "not yet   in a circle; joins or foreign keys across the boundary; writes across it; or "
         "more than\n"
         "          " +
         std::to_string(static_cast<int>(kChattyCalls)) +
         " calls a request.\n"
         "possible  all others.\n"
         "first     of these, the one with the fewest points; those that keep tables come before "
         "those that do not.\n"
         "\n"
         "The time a request takes longer is an estimate: its calls, times " +
         std::string(cost) + " µs (--call-us).\n";
}

std::string RankingText(const Ranking& ranking) {
  std::string text;
  if (!ranking.nothing.empty()) {
    text += "Nothing should be taken out yet: " + ranking.nothing + ".\n\n";
  }
  std::size_t width = 0;
  std::size_t place = 0;
  for (const Standing& standing : ranking.standings) {
    width = std::max(width, Printable(standing.module).size());
  }
  for (const Standing& standing : ranking.standings) {
    const std::string name = Printable(standing.module);
    const std::string number = std::to_string(++place);
    if (place > 1) text += '\n';
    text += std::string(number.size() < 2 ? 1 : 0, ' ') + number + "  " + name +
            std::string(width - name.size() + 2, ' ') +
            std::string(RecommendationName(standing.verdict));
    if (!standing.why.empty()) text += ": " + standing.why;
    text += "\n      " + Count(standing.files, "file") + ", " + Count(standing.lines, "line");
    if (standing.verdict != Recommendation::kLeaveIt)
      text += "; " + Count(static_cast<std::size_t>(standing.points), "point");
    text += '\n';
    if (standing.verdict == Recommendation::kLeaveIt) continue;  // Why says it all.
    for (const std::string& reason : standing.reasons) text += "    - " + reason + '\n';
  }
  for (const std::string& note : ranking.notes) text += "\nNote: " + note + ".\n";
  if (!ranking.unknown.empty()) {
    text += "\nThe recorded run has calls of what is no module here: " +
            ListedNames(ranking.unknown, 10) + ".\n";
  }
  return text;
}

std::string RankingJson(const Ranking& ranking) {
  ordered_json standings = ordered_json::array();
  for (const Standing& standing : ranking.standings) {
    ordered_json one = {{"module", standing.module},
                        {"verdict", RecommendationName(standing.verdict)},
                        {"why", standing.why},
                        {"reasons", standing.reasons},
                        {"points", standing.points},
                        {"files", standing.files},
                        {"lines", standing.lines},
                        {"tables", standing.tables},
                        {"used_by", TrafficJson(standing.used_by)},
                        {"uses", TrafficJson(standing.uses)},
                        {"circle_with", standing.circle},
                        {"definitions_elsewhere", standing.definitions},
                        {"past_public_files", standing.past_face}};
    if (standing.remote_calls) one["remote_calls_per_request"] = *standing.remote_calls;
    standings.push_back(std::move(one));
  }
  const ordered_json object = {{"modules", std::move(standings)},
                               {"nothing", ranking.nothing},
                               {"unknown_in_record", ranking.unknown},
                               {"notes", ranking.notes}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace seam::structure
