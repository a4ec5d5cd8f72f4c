#include "tool/structure/judge.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace seam::structure {
namespace {

// Bytes that are no UTF-8 are replaced, as they will be in a baseline, so that both are the same.
std::string Utf8(const std::string& text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80U; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
      .get<std::string>();
}

std::string Times(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string Joined(const std::vector<std::string>& texts, const std::string& between) {
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "" : between) + each;
  return text;
}

const std::string& HeaderOf(const Edge& edge) {
  return edge.target_file.empty() ? edge.target : edge.target_file;
}

bool IsInclude(const Edge& edge) {
  return edge.kind == EdgeKind::kInclude || edge.kind == EdgeKind::kSeam ||
         edge.kind == EdgeKind::kEvent;
}

std::string UseOf(const Edge& edge) {
  switch (edge.use) {
    case TableUse::kNone: return "uses";
    case TableUse::kCreate: return "creates or alters";
    case TableUse::kRead: return "reads";
    case TableUse::kWrite: return "writes";
    case TableUse::kJoin: return "joins";
    case TableUse::kForeignKey: return "has a foreign key to";
  }
  return "";
}

// "includes stock/stock.h": what an edge does.
std::string Deed(const Edge& edge) {
  switch (edge.kind) {
    case EdgeKind::kInclude: return "includes " + HeaderOf(edge);
    case EdgeKind::kSeam: return "calls by " + HeaderOf(edge);
    case EdgeKind::kEvent: return "listens by " + HeaderOf(edge);
    case EdgeKind::kSymbol: return "uses " + edge.target;
    case EdgeKind::kTable: return UseOf(edge) + " table " + edge.target;
  }
  return "";
}

// Judges one project.
class Judgement {
 public:
  Judgement(const Rules& rules, const Facts& facts, const ModuleGraph& graph)
      : rules_(rules), facts_(facts), graph_(graph) {
    for (const Module& module : rules.modules) modules_[module.name] = &module;
  }

  std::vector<Violation> Run() {
    for (const ModuleEdge& edge : graph_.edges) {
      const Module& from = *modules_.at(edge.from);
      const Module& to = *modules_.at(edge.to);
      if (edge.kind == EdgeKind::kTable) {
        if (!MatchesAny(from.may_use_tables_of, to.name)) {
          for (const Edge& use : edge.uses) JudgeTable(from, to, use);
        }
      } else if (!MayUse(from, to, edge.kind)) {
        for (const Edge& use : edge.uses) JudgeUse(from, to, edge.kind, use);
      } else if (edge.kind == EdgeKind::kInclude && to.public_paths &&
                 !MatchesAny(from.may_use_private_of, to.name)) {
        for (const Edge& use : edge.uses) {
          if (!MatchesAny(*to.public_paths, use.target_file)) JudgePublic(from, to, use);
        }
      }
    }
    for (const ModuleEdge& edge : graph_.definitions) {
      const Module& from = *modules_.at(edge.from);
      const Module& to = *modules_.at(edge.to);
      if (MatchesAny(from.may_use_tables_of, to.name)) continue;
      for (const Edge& use : edge.uses) JudgeTable(from, to, use);
    }
    JudgeNevers();
    if (!rules_.cycles) JudgeCycles();
    if (!rules_.unassigned) JudgeUnassigned();
    std::vector<Violation> violations;
    for (auto& [key, violation] : found_) {
      std::sort(violation.more_lines.begin(), violation.more_lines.end());
      violation.more_lines.erase(
          std::unique(violation.more_lines.begin(), violation.more_lines.end()),
          violation.more_lines.end());
      violations.push_back(std::move(violation));
    }
    std::stable_sort(violations.begin(), violations.end(),
                     [](const Violation& a, const Violation& b) {
                       return std::tie(a.place.file, a.place.line, a.rule, a.to) <
                              std::tie(b.place.file, b.place.line, b.rule, b.to);
                     });
    return violations;
  }

 private:
  // Keeps the first place of what is the same.
  void Add(Violation violation) {
    violation.from = Utf8(violation.from);
    violation.to = Utf8(violation.to);
    const auto [entry, is_new] =
        found_.try_emplace({violation.rule, violation.from, violation.to}, violation);
    if (is_new) return;
    Violation& known = entry->second;
    const int known_line = known.place.line;
    if (violation.place.line == known_line) return;
    if (violation.place.line < known_line) {
      violation.more_lines = std::move(known.more_lines);
      violation.more_lines.push_back(known_line);
      known = std::move(violation);
    } else {
      known.more_lines.push_back(violation.place.line);
    }
  }

  [[nodiscard]] std::string RulesPlace(int line) const {
    return ToString(
        {rules_.file.empty() ? "seam-rules.json" : rules_.file.filename().generic_string(), line});
  }

  [[nodiscard]] static std::string Owner(const Module& module) {
    return module.owner.empty() ? "whoever owns " + module.name : module.owner;
  }

  // The headers of the generated clients that `module` answers.
  [[nodiscard]] std::vector<std::string> ClientsOf(const std::string& module) const {
    std::vector<std::string> clients;
    for (const auto& [client, answers] : graph_.clients) {
      if (answers == module) clients.push_back(client);
    }
    return clients;
  }

  [[nodiscard]] std::string InsteadOf(const Module& to) const {
    const std::vector<std::string> clients = ClientsOf(to.name);
    if (!clients.empty())
      return "call " + to.name + " by its client (" + Joined(clients, ", ") + ")";
    return "move what is needed to a module that both may use, or describe " + Possessive(to.name) +
           " part of it in a .proto and call the generated client";
  }

  static bool MayUse(const Module& from, const Module& to, EdgeKind kind) {
    const auto& names = kind == EdgeKind::kEvent                   ? from.may_listen_to
                        : kind == EdgeKind::kSeam && from.may_call ? from.may_call
                                                                   : from.may_use;
    return !names || MatchesAny(*names, to.name);
  }

  void JudgeUse(const Module& from, const Module& to, EdgeKind kind, const Edge& use) {
    Violation violation;
    violation.rule = "may-use";
    violation.from = use.place.file;
    violation.place = use.place;
    violation.from_module = from.name;
    violation.to_module = to.name;
    violation.what = from.name + " may not " +
                     (kind == EdgeKind::kSeam    ? "call "
                      : kind == EdgeKind::kEvent ? "listen to "
                                                 : "use ") +
                     to.name + ", and ";
    const std::string allow = std::string(", or allow it: \"") +
                              (kind == EdgeKind::kEvent ? "may_listen_to" : "may_use") + "\" of " +
                              from.name + " at " + RulesPlace(from.line);
    if (kind == EdgeKind::kSeam) {
      violation.to = to.name + " (seam)";
      violation.what += "calls it by " + HeaderOf(use);
      violation.why = "each call that crosses a seam waits for " + to.name +
                      " and fails when it is down, once it runs elsewhere";
      violation.advice = "have " + to.name + " tell by an event what " + from.name +
                         " needs to know, or let the caller of " + from.name + " bring it" + allow;
    } else if (kind == EdgeKind::kEvent) {
      violation.to = to.name + " (event)";
      violation.what += "listens by " + HeaderOf(use);
      violation.why = "what " + to.name + " tells becomes a promise to " + from.name +
                      ", and a copy of it in " + from.name + " is older than the original";
      violation.advice = "listen to a module that " + from.name + " may know instead" + allow;
    } else if (kind == EdgeKind::kSymbol) {
      violation.to = use.target + " (symbol)";
      violation.what += "needs " + use.target + " from its object files, without an include";
      violation.chain = {{use.place, "uses " + use.target}, {{use.target_file, 0}, "defines it"}};
      violation.why = "it links in this program alone: without " + to.name +
                      " in the same program the symbol is missing";
      violation.advice =
          "take the declaration out of " + use.place.file + "; " + InsteadOf(to) + allow;
    } else {
      violation.to = HeaderOf(use);
      violation.what += "includes " + HeaderOf(use);
      violation.why = "what is included is called directly: it must be changed before " + to.name +
                      " can run anywhere else";
      violation.advice = InsteadOf(to) + allow;
      if (const auto client = graph_.clients.find(violation.to); client != graph_.clients.end()) {
        violation.why = "who has a client calls its module, " + client->second;
        violation.advice = "let the caller of " + from.name + " bring what is needed" + allow;
      }
    }
    if (!from.because.empty()) violation.why = from.because;
    Add(std::move(violation));
  }

  void JudgePublic(const Module& from, const Module& to, const Edge& use) {
    Violation violation;
    violation.rule = "public";
    violation.from = use.place.file;
    violation.to = HeaderOf(use);
    violation.place = use.place;
    violation.from_module = from.name;
    violation.to_module = to.name;
    violation.what =
        from.name + " includes " + HeaderOf(use) + ", which " + to.name + " keeps to itself";
    violation.why = to.because.empty()
                        ? to.name + " cannot change its inside while others build on it"
                        : to.because;
    const std::vector<std::string> instead = PublicInsteadOf(to, use.target_file);
    violation.advice = instead.empty()
                           ? to.name + " has no public header yet: ask " + Owner(to) + " for one"
                           : "include " + Joined(instead, " or ") + " instead, or ask " +
                                 Owner(to) + " for what is missing there";
    violation.advice += "; or add it to \"public\" of " + to.name + " at " + RulesPlace(to.line);
    Add(std::move(violation));
  }

  // The public headers of a module that include the given one, or else the first few there are.
  [[nodiscard]] std::vector<std::string> PublicInsteadOf(const Module& to,
                                                         const std::string& header) {
    constexpr std::size_t kMost = 3;
    std::vector<std::string>& all = public_files_[to.name];
    if (all.empty()) {
      for (const SourceFile& file : facts_.files) {
        if (MatchesAny(*to.public_paths, file.path) && MatchesAny(to.paths, file.path)) {
          all.push_back(file.path);
        }
      }
    }
    std::vector<std::string> leading;
    for (const std::string& file : all) {
      const auto edges = EdgesOf(file);
      const bool leads = std::any_of(edges.begin(), edges.end(),
                                     [&](const Edge* edge) { return edge->target_file == header; });
      if (leads) leading.push_back(file);
    }
    if (leading.empty()) leading = all;
    if (leading.size() > kMost) leading.resize(kMost);
    return leading;
  }

  void JudgeTable(const Module& from, const Module& to, const Edge& use) {
    Violation violation;
    violation.rule = "table";
    violation.from = use.place.file;
    violation.place = use.place;
    violation.from_module = from.name;
    violation.to_module = to.name;
    const bool pair = use.use == TableUse::kJoin || use.use == TableUse::kForeignKey;
    std::string with = pair && !use.with.empty() ? use.with : "";
    std::string why;
    std::string instead;
    switch (use.use) {
      case TableUse::kJoin:
        violation.to = use.target + " (join)";
        violation.what = from.name + " joins table " + use.target + " of " + to.name +
                         (with.empty() ? "" : " with " + with);
        why = "a join needs both tables in one database: it ends when " + to.name +
              " takes its own with it";
        instead = "read " + use.target + " by ids through " + Possessive(to.name) +
                  " interface, or keep a copy of the columns that are needed, filled by " +
                  Possessive(to.name) + " events";
        break;
      case TableUse::kForeignKey:
        violation.to = use.target + " (foreign key)";
        violation.what = (with.empty() ? "a table of " + from.name : "table " + with) +
                         " has a foreign key to " + use.target + " of " + to.name;
        why =
            "a foreign key across databases does not exist: neither table can move without the "
            "other";
        instead = "keep the id without the key, and check it when the row is written by asking " +
                  to.name;
        break;
      case TableUse::kWrite:
        violation.to = use.target + " (write)";
        violation.what = from.name + " writes table " + use.target + " of " + to.name;
        why = "what " + to.name +
              " holds true of its rows is not looked at by others that write "
              "them, and the write is lost to it when the table moves";
        instead = "have " + to.name + " write it: add what is needed to its interface";
        break;
      case TableUse::kCreate:
        violation.to = use.target + " (definition)";
        violation.what = from.name + " creates or alters table " + use.target + " of " + to.name;
        why = "a table that two modules define cannot move with either";
        instead = "move the statement to " + to.name;
        break;
      case TableUse::kRead:
      case TableUse::kNone:
        violation.to = use.target + " (read)";
        violation.what = from.name + " reads table " + use.target + " of " + to.name;
        why = "who reads a table depends on its columns: " + to.name +
              " can neither change nor move it alone";
        instead = "ask " + to.name + " for the rows through its interface";
        break;
    }
    violation.why = to.because.empty() ? why : to.because;
    const std::vector<std::string> clients = ClientsOf(to.name);
    const std::string creator =
        MatchesAny(to.tables, use.target)
            ? ""
            : " (" + to.name + " creates it: where it is another's, say so in its \"tables\")";
    violation.advice = instead + (clients.empty() ? "" : " (" + Joined(clients, ", ") + ")") +
                       "; " + Owner(to) + " speaks for the table" + creator +
                       "; or allow it: \"may_use_tables_of\" of " + from.name + " at " +
                       RulesPlace(from.line);
    Add(std::move(violation));
  }

  // The includes of a file, by line.
  [[nodiscard]] const std::vector<const Edge*>& EdgesOf(const std::string& file) {
    if (includes_.empty()) {
      for (const Edge& edge : facts_.edges) {
        if (IsInclude(edge)) includes_[edge.place.file].push_back(&edge);
      }
      for (auto& [path, edges] : includes_) {
        std::stable_sort(edges.begin(), edges.end(), [](const Edge* a, const Edge* b) {
          return std::tie(a->place.line, HeaderOf(*a)) < std::tie(b->place.line, HeaderOf(*b));
        });
      }
    }
    static const std::vector<const Edge*> none;
    const auto found = includes_.find(file);
    return found == includes_.end() ? none : found->second;
  }

  void JudgeNevers() {
    if (rules_.never.empty()) return;
    std::set<std::string> files;  // And headers from outside.
    for (const SourceFile& file : facts_.files) files.insert(file.path);
    std::map<std::string, std::vector<const Edge*>> included_by;
    for (const Edge& edge : facts_.edges) {
      if (!IsInclude(edge)) continue;
      files.insert(edge.place.file);
      files.insert(HeaderOf(edge));
      included_by[HeaderOf(edge)].push_back(&edge);
    }
    for (const Never& never : rules_.never) JudgeNever(never, files, included_by);
  }

  // Found backwards: how far each file is from what is refused. A file of `from` ends the way, so
  // that it is told where `from` is left and not again by all that include that file.
  void JudgeNever(const Never& never, const std::set<std::string>& files,
                  const std::map<std::string, std::vector<const Edge*>>& included_by) {
    std::set<std::string> from;
    for (const SourceFile& file : facts_.files) {
      if (MatchesAny(never.from, file.path) && !MatchesAny(never.except, file.path)) {
        from.insert(file.path);
      }
    }
    std::map<std::string, std::pair<int, const Edge*>> way;  // Includes to go, and the first.
    std::deque<std::string> next;
    for (const std::string& file : files) {
      if (!MatchesAny(never.to, file)) continue;
      way[file] = {0, nullptr};
      next.push_back(file);
    }
    while (!next.empty() && !never.directly) {
      const std::string file = std::move(next.front());
      next.pop_front();
      const auto includers = included_by.find(file);
      if (includers == included_by.end()) continue;
      const int distance = way.at(file).first + 1;
      for (const Edge* const edge : includers->second) {
        const std::string& includer = edge->place.file;
        if (from.count(includer) > 0) continue;
        if (way.try_emplace(includer, distance, edge).second) next.push_back(includer);
      }
    }
    for (const std::string& file : from) {
      for (const Edge* const edge : EdgesOf(file)) {
        const auto target = way.find(HeaderOf(*edge));
        if (target == way.end() || HeaderOf(*edge) == file) continue;
        Violation violation;
        violation.rule = "never/" + never.name;
        violation.from = file;
        violation.place = edge->place;
        if (const Module* const module = ModuleOf(rules_, file)) {
          violation.from_module = module->name;
        }
        violation.chain.push_back({edge->place, Deed(*edge)});
        std::string reached = HeaderOf(*edge);
        for (auto at = target; at->second.second != nullptr; at = way.find(reached)) {
          const Edge& hop = *at->second.second;
          reached = HeaderOf(hop);
          violation.chain.push_back({hop.place, Deed(hop)});
        }
        if (const Module* const module = ModuleOf(rules_, reached)) {
          violation.to_module = module->name;
        }
        violation.to = reached;
        const std::size_t steps = violation.chain.size();
        violation.what =
            file + (steps == 1 ? " includes " + reached
                               : " reaches " + reached + " by " + Times(steps, "include"));
        violation.why = never.because.empty()
                            ? "the rules say that it never may, at " + RulesPlace(never.line)
                            : never.because;
        const Hop last = violation.chain.back();
        violation.advice =
            steps == 1 ? "take the include out; move what needs it to a file that may have it"
                       : "break the chain where it is easiest: a declaration instead of the "
                         "include, or the include moved from a header to its source, as at " +
                             ToString(last.place);
        violation.advice +=
            "; or except the file: \"except\" of " + never.name + " at " + RulesPlace(never.line);
        if (steps == 1) violation.chain.clear();
        Add(std::move(violation));
      }
    }
  }

  // What `from` uses of `to`, of all kinds.
  [[nodiscard]] std::vector<const ModuleEdge*> Between(const std::string& from,
                                                       const std::string& to) const {
    std::vector<const ModuleEdge*> edges;
    for (const ModuleEdge& edge : graph_.edges) {
      if (edge.from == from && edge.to == to) edges.push_back(&edge);
    }
    return edges;
  }

  void JudgeCycles() {
    const auto groups = Cycles(graph_);
    if (groups.empty()) return;
    const Cut cut = CheapestCut(graph_);
    std::map<std::string, std::set<std::string>> uses;
    for (const ModuleEdge& edge : graph_.edges) {
      if (edge.kind != EdgeKind::kEvent) uses[edge.from].insert(edge.to);
    }
    for (const std::vector<std::string>& group : groups) {
      const std::vector<std::string> circle = ShortestCircle(group, uses);
      Violation violation;
      violation.rule = "cycle";
      violation.from = Joined(group, " ");
      violation.to = "itself";
      violation.from_module = circle.front();
      violation.to_module = circle[1 % circle.size()];
      for (std::size_t i = 0; i < circle.size(); ++i) {
        const std::string& from = circle[i];
        const std::string& to = circle[(i + 1) % circle.size()];
        const Edge& use = Between(from, to).front()->uses.front();
        violation.chain.push_back({use.place, from + " " + Deed(use) + " of " + to});
      }
      violation.place = violation.chain.front().place;
      violation.what =
          "modules use each other in a circle: " + Joined(circle, " -> ") + " -> " + circle.front();
      if (group.size() > circle.size()) {
        violation.what += " (the shortest among " + std::to_string(group.size()) + ": " +
                          Joined(group, ", ") + ")";
      }
      violation.why = "none of them can be built, tested or moved without all the others";
      violation.advice = CutAdvice(group, cut);
      Add(std::move(violation));
    }
  }

  // From the smallest name on.
  static std::vector<std::string> ShortestCircle(
      const std::vector<std::string>& group,
      const std::map<std::string, std::set<std::string>>& uses) {
    const std::set<std::string> members(group.begin(), group.end());
    std::vector<std::string> shortest;
    for (const std::string& start : group) {
      std::map<std::string, std::string> came_from;
      std::deque<std::string> next = {start};
      bool closed = false;
      while (!next.empty() && !closed) {
        const std::string at = std::move(next.front());
        next.pop_front();
        for (const std::string& to : uses.at(at)) {
          if (members.count(to) == 0) continue;
          if (to == start) {
            std::vector<std::string> circle;
            for (std::string back = at; back != start; back = came_from.at(back)) {
              circle.push_back(back);
            }
            circle.push_back(start);
            std::reverse(circle.begin(), circle.end());
            if (shortest.empty() || circle.size() < shortest.size()) shortest = std::move(circle);
            closed = true;
            break;
          }
          if (came_from.try_emplace(to, at).second) next.push_back(to);
        }
      }
      if (shortest.size() == 2) break;  // There is none shorter.
    }
    return shortest;
  }

  [[nodiscard]] std::string CutAdvice(const std::vector<std::string>& group, const Cut& cut) const {
    constexpr std::size_t kMostPlaces = 3;
    std::map<std::pair<std::string, std::string>, std::vector<const Edge*>> pairs;
    for (const ModuleEdge& edge : cut.edges) {
      if (std::find(group.begin(), group.end(), edge.from) == group.end()) continue;
      for (const Edge& use : edge.uses) pairs[{edge.from, edge.to}].push_back(&use);
    }
    std::vector<std::string> parts;
    for (const auto& [pair, uses] : pairs) {
      std::vector<std::string> places;
      for (const Edge* const use : uses) {
        if (places.size() == kMostPlaces) {
          places.emplace_back("...");
          break;
        }
        places.push_back(ToString(use->place));
      }
      parts.push_back(Times(uses.size(), "use") + " of " + pair.second + " by " + pair.first +
                      " (" + Joined(places, ", ") + ")");
    }
    return std::string(cut.exact ? "the cheapest way out: " : "a cheap way out: ") + "take away " +
           Joined(parts, " and ") + "; or allow circles: \"cycles\" in " + RulesPlace(0);
  }

  void JudgeUnassigned() {
    for (const SourceFile& file : facts_.files) {
      if (ModuleOf(rules_, file.path) != nullptr) continue;
      Violation violation;
      violation.rule = "unassigned";
      violation.from = file.path;
      violation.to = "no module";
      violation.place = {file.path, 0};
      violation.what = "belongs to no module";
      violation.why = "no rule holds for it, so that a use through it is not seen";
      violation.advice =
          "add it to the \"paths\" of a module in " + RulesPlace(0) + ", or to \"ignore\"";
      Add(std::move(violation));
    }
  }

  const Rules& rules_;
  const Facts& facts_;
  const ModuleGraph& graph_;
  std::map<std::string, const Module*> modules_;
  std::map<std::tuple<std::string, std::string, std::string>, Violation> found_;
  std::unordered_map<std::string, std::vector<const Edge*>> includes_;
  std::map<std::string, std::vector<std::string>> public_files_;
};

}  // namespace

std::vector<Violation> Judge(const Rules& rules, const Facts& facts, const ModuleGraph& graph) {
  return Judgement(rules, facts, graph).Run();
}

const std::vector<RuleHelp>& RulesHelp() {
  static const std::vector<RuleHelp> help = {
      {"may-use",
       "A module uses another that its \"may_use\" does not name, by an include or by a symbol "
       "that "
       "the linker resolves; or it calls one through its seam that \"may_call\" (or \"may_use\" "
       "when "
       "there is none) does not name; or it listens to the events of one that \"may_listen_to\", "
       "when there is one, does not name.",
       "What is used directly must be changed before the other module can run anywhere else.",
       "Call the other by its generated client, move what both need to a module that both may use, "
       "or add the name to \"may_use\"."},
      {"public", "A file includes a header of another module that its \"public\" does not name.",
       "A module cannot change its inside while others build on it.",
       "Include a public header instead, or ask the owner for what is missing there."},
      {"table",
       "A module reads, writes, joins or refers to a table of another that its "
       "\"may_use_tables_of\" does not name.",
       "A table that others use can neither change nor move with its module.",
       "Ask the owner for the rows through its interface, keep a copy that its events fill, or add "
       "the module's name to \"may_use_tables_of\"."},
      {"never",
       "A file reaches, by one include or by many, what a rule of \"never\" keeps from it. Told "
       "where the files of the rule are left, with the shortest chain.",
       "The rule's own \"because\" says it.",
       "Break the chain: a declaration instead of an include, or the include moved to a source."},
      {"cycle",
       "Modules use each other in a circle, by whatever kind of use. Told once for each group, "
       "with "
       "its shortest circle.",
       "None of them can be built, tested or moved without all the others.",
       "Take away the uses that the message names: they are the fewest that leave no circle."},
      {"unassigned", "A source belongs to no module.",
       "No rule holds for it, so that a use through it is not seen.",
       "Add it to the \"paths\" of a module, or to \"ignore\"."},
      {"stale", "An entry of the baseline that nothing breaks any more.",
       "An entry that stays behind would accept the same mistake when it comes back.",
       "Take it out: seam check --prune."},
      {"growth", "The baseline has an entry that it had not in the revision that --against names.",
       "A baseline that grows unasked is no promise.",
       "Mend what the entry accepts, or say why it may grow: --allow-growth REASON."}};
  return help;
}

const RuleHelp* FindRuleHelp(std::string_view rule) {
  const std::string_view name = rule.substr(0, rule.find('/'));
  for (const RuleHelp& help : RulesHelp()) {
    if (help.name == name && (name == rule || name == "never")) return &help;
  }
  return nullptr;
}

std::string ToString(const Place& place) {
  return place.line == 0 ? place.file : place.file + ":" + std::to_string(place.line);
}

}  // namespace seam::structure
