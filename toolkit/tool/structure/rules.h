#ifndef SEAM_TOOL_STRUCTURE_RULES_H_
#define SEAM_TOOL_STRUCTURE_RULES_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/facts.h"

namespace seam::structure {

// A module, as the rules file names it.
//
// Paths, here and below, are patterns relative to the root: `*` is any characters but '/', `**` any
// characters, `?` one. A pattern that ends in '/' means all below that folder.
struct Module {
  std::string name{};
  int line = 0;                      // Where it stands in the rules file.
  std::vector<std::string> paths{};  // Its files. The first module, in the file's order, that has a
                                     // pattern for a path has the file.
  // What others may include of it; everything when not given.
  std::optional<std::vector<std::string>> public_paths{};
  // Names of modules, as patterns, that it may use by include and by symbol; any when not given.
  std::optional<std::vector<std::string>> may_use{};
  // Names of modules, as patterns, that it may call through their seams; those of `may_use` when
  // not given.
  std::optional<std::vector<std::string>> may_call{};
  // Names of modules, as patterns, whose events it may listen to; any when not given.
  std::optional<std::vector<std::string>> may_listen_to{};
  // Names of modules, as patterns, of which it may include what is not public: a module's tests.
  std::vector<std::string> may_use_private_of{};
  // Its tables, as patterns. A table that no module claims belongs to the one whose sources create
  // it.
  std::vector<std::string> tables{};
  std::vector<std::string> may_use_tables_of{};  // Names of modules, as patterns.
  std::string owner{};                           // A person or a team, for messages.
  std::string because{};                         // Why its rules are as they are, for messages.
};

// What must not be reached from somewhere, by however many includes.
struct Never {
  std::string name{};  // Unique; the baseline names the rule by it.
  int line = 0;
  std::vector<std::string> from{};    // Files.
  std::vector<std::string> except{};  // Not these of `from`.
  std::vector<std::string>
      to{};               // Files of the project, or headers from outside as they are spelled.
  bool directly = false;  // Only by an include of its own.
  std::string because{};
};

struct Rules {
  std::filesystem::path file{};  // Where they were read; empty when they were guessed.
  std::vector<Module> modules{};
  std::vector<Never> never{};
  std::vector<std::string> ignore{};  // Files that are not looked at.
  bool cycles = false;                // Whether modules may use each other in a circle.
  bool unassigned = false;            // Whether a source may belong to no module.
};

// Reads a rules file: JSON, with comments allowed. INVALID_ARGUMENT with file, line and what is
// expected: not JSON, an unknown key, a wrong type, a name that stands twice or that no module has.
// NOT_FOUND when there is no such file.
[[nodiscard]] Result<Rules> ReadRules(const std::filesystem::path& file);

// The keys of a rules file, of a module in it, and of a rule of "never".
struct RulesKeys {
  std::vector<std::string> file{};
  std::vector<std::string> module{};
  std::vector<std::string> never{};
};
[[nodiscard]] const RulesKeys& KeysOfRules();

// Rules for a project that has none: a module a folder, the one where the sources fork. Everything
// is allowed.
[[nodiscard]] Rules GuessRules(const std::vector<SourceFile>& files);

// The rules file that describes what is there now: every module may use what it uses. A start for
// whoever has none.
[[nodiscard]] std::string WriteRules(const Rules& rules, const Facts& facts);

// Whether `text` is one of `pattern`.
[[nodiscard]] bool Matches(std::string_view pattern, std::string_view text);
[[nodiscard]] bool MatchesAny(const std::vector<std::string>& patterns, std::string_view text);

// The module that has the file; null when none has. The pointer is into `rules`.
[[nodiscard]] const Module* ModuleOf(const Rules& rules, std::string_view path);

// Whether a folder of that name stands beside what a project is about: tests, examples.
[[nodiscard]] bool IsBeside(std::string_view folder);

// Of a module, in messages: "stock's", "orders'".
[[nodiscard]] std::string Possessive(std::string_view module);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_RULES_H_
