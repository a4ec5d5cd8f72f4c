#ifndef SEAM_TOOL_STRUCTURE_BASELINE_H_
#define SEAM_TOOL_STRUCTURE_BASELINE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/judge.h"

namespace seam::structure {

// What breaks a rule and is accepted for now, by whom and why.
struct Accepted {
  std::string rule{};
  std::string from{};
  std::string to{};
  std::string owner{};
  std::string reason{};
  int line = 0;  // Where it stands in the file; 0 before it is written.
};

// A baseline: a JSON object a line, by rule, from and to. It has no line numbers, so that it stays
// as it is when code moves. Two branches that add to it merge line by line (merge=union in
// .gitattributes): entries in disorder and those that stand twice are taken as they are.
struct Baseline {
  std::vector<Accepted> entries{};  // In order, each rule, from and to once.
};

// `name` is the file's, for messages. INVALID_ARGUMENT with file, line and what is expected.
[[nodiscard]] Result<Baseline> ParseBaseline(const std::string& name, std::string_view text);

// No entries when there is no such file.
[[nodiscard]] Result<Baseline> ReadBaseline(const std::filesystem::path& file);

// The text of the file, in order.
[[nodiscard]] std::string ToText(const Baseline& baseline);

// Which kinds of use were looked for. An entry about another kind is not stale when nothing matches
// it.
struct Seen {
  bool symbols = true;
  bool tables = true;
};

// What a baseline makes of violations.
struct Verdict {
  std::vector<Violation> fresh{};     // Not accepted.
  std::vector<Violation> accepted{};  // With the entry at the same place of `by`.
  std::vector<Accepted> by{};
  std::vector<Accepted> stale{};  // What no violation matches.
  int unjudged = 0;               // Entries about what was not looked for.
};
[[nodiscard]] Verdict Compare(const Baseline& baseline, std::vector<Violation> violations,
                              const Seen& seen);

// Entries that are in one and not in the other, whoever accepted them.
struct Growth {
  std::vector<Accepted> added{};
  std::vector<Accepted> taken{};
};
[[nodiscard]] Growth CompareBaselines(const Baseline& before, const Baseline& now);

// The baseline as it was in a revision of the git repository that holds the file; empty when it was
// not there yet. INVALID_ARGUMENT when there is no such revision, UNAVAILABLE when there is no git
// or no repository.
[[nodiscard]] Result<Baseline> BaselineAt(const std::filesystem::path& file,
                                          const std::string& revision);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_BASELINE_H_
