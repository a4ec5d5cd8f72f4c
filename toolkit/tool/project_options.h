#ifndef SEAM_TOOL_PROJECT_OPTIONS_H_
#define SEAM_TOOL_PROJECT_OPTIONS_H_

#include <CLI/App.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "seam/core/result.h"
#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/rules.h"

// What the verbs that read a project have in common.
namespace seam::tool {

// The rules file's name in a project's root.
inline constexpr char kRulesFile[] = "seam-rules.json";

// Which project is read, and how; see ReadOptions for what the members mean.
struct ProjectOptions {
  std::string root = ".";
  std::optional<std::string> rules;  // ROOT/seam-rules.json when not given.
  std::optional<std::string> compile_commands;
  std::string scanner = "auto";  // auto, always, never.
  bool no_symbols = false;
  bool no_tables = false;
  // A folder below $XDG_CACHE_HOME or ~/.cache when not given.
  std::optional<std::string> cache;
  bool no_cache = false;
};

// Adds [ROOT], --rules, --compile-commands, --scanner, --no-symbols, --no-tables, --cache and
// --no-cache to a verb. `options` must live until the arguments were parsed.
void AddProjectOptions(CLI::App& verb, ProjectOptions& options);

// A project that was read.
struct Project {
  std::filesystem::path root{};
  structure::Rules rules{};  // Their `file` is empty when they were guessed, for want of any.
  structure::Facts facts{};
  structure::ModuleGraph graph{};
};

// Reads the rules, the project and how its modules use each other. Says on a terminal's stderr that
// it is at work when it takes longer than a second. INVALID_ARGUMENT, with a message for the user:
// no such folder, mistakes in the rules, a rules file that was named and is not there; UNAVAILABLE
// as ReadProject().
[[nodiscard]] Result<Project> LoadProject(const ProjectOptions& options);

}  // namespace seam::tool

#endif  // SEAM_TOOL_PROJECT_OPTIONS_H_
