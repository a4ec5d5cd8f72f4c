#ifndef SEAM_TOOL_STRUCTURE_JUDGE_H_
#define SEAM_TOOL_STRUCTURE_JUDGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/rules.h"

namespace seam::structure {

// A step of the way from the file that breaks a rule to what it must not use.
struct Hop {
  Place place{};
  std::string what{};  // "includes stock/stock.h"
};

// Something that a rule refuses. What tells it from others, and stands in the baseline, is `rule`,
// `from` and `to`, none of which changes when code moves within its file.
struct Violation {
  std::string rule{};             // "may-use", ...; a rule of Rules::never is "never/NAME".
  std::string from{};             // The file; of a circle, its modules.
  std::string to{};               // The header, symbol, table and use, or module.
  Place place{};                  // The first; line 0 is the file as a whole.
  std::vector<int> more_lines{};  // The others, in the same file.
  std::string from_module{};      // Empty when there is none.
  std::string to_module{};        //
  std::string what{};             // One line.
  std::vector<Hop> chain{};       // Empty when `what` says it all.
  std::string why{};              // The rules' own reason, or what it will cost.
  std::string advice{};           // What to do.
};

// What the rules refuse, by place, rule and target; the same rule, file and target is told once.
// `graph` is that of the same rules and facts.
[[nodiscard]] std::vector<Violation> Judge(const Rules& rules, const Facts& facts,
                                           const ModuleGraph& graph);

// What a rule is about, for who asks.
struct RuleHelp {
  std::string_view name;
  std::string_view refuses;  // One sentence.
  std::string_view why;
  std::string_view advice;
};
// All of them; `never` stands for each rule of Rules::never; `stale` and `growth` are about
// the baseline.
[[nodiscard]] const std::vector<RuleHelp>& RulesHelp();
// The help of "never/NAME" is that of "never". Null when there is no such rule.
[[nodiscard]] const RuleHelp* FindRuleHelp(std::string_view rule);

// "file:line", or the file alone when the line is 0.
[[nodiscard]] std::string ToString(const Place& place);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_JUDGE_H_
