#ifndef SEAM_TOOL_STRUCTURE_INCLUDE_EDGES_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_INCLUDE_EDGES_INTERNAL_H_

#include <functional>
#include <string>
#include <vector>

#include "tool/structure/compile_commands_internal.h"
#include "tool/structure/facts.h"
#include "tool/structure/include_scan_internal.h"
#include "tool/structure/source_tree_internal.h"
#include "tool/structure/symbols_internal.h"

namespace seam::structure {

// The commands that compile a file of the project, or one that CMake joined from several
// (CMAKE_UNITY_BUILD). Generated sources are left away: nobody wrote what they include. Commands
// for files that are not there are told in `unseen`.
[[nodiscard]] std::vector<CompileCommand> CommandsOfProject(const SourceTree& tree,
                                                            std::vector<CompileCommand> commands,
                                                            std::vector<Unseen>& unseen);

struct IncludeQuestion {
  const SourceTree& tree;
  const std::vector<CompileCommand>& commands;
  // What clang's scanner read for each command, or nothing where it failed; an empty list when it
  // was not asked.
  const std::vector<std::vector<std::string>>& scanned;
  bool objects = false;  // Whether IncludeAnswer::objects is wanted.
  // Returns what is in a file of the project, by its path relative to the root, or of a build
  // folder, by its absolute path. Called once a file.
  std::function<ScannedSource(const std::string& path)> scan{};
};

struct IncludeAnswer {
  std::vector<Edge> edges{};      // In no order.
  std::vector<Object> objects{};  // What the commands make, in their order.
  std::vector<Unseen> unseen{};
};

// Finds the file that each include means.
//
// A file that the compiler reads is looked at as the compiler does: in the folder of the including
// file, then in those of the command; a header with the commands of all sources that include it.
// Where clang's scanner was asked, an include counts when one of the sources that read it takes it.
// What a source reads without an include that says so (-include, #include MACRO) is an edge of the
// source at line 0. Files in a build folder are looked through: who includes a generated header
// includes what that includes, and a source that CMake joined from others stands for them.
//
// A file that no command reads is looked at by the names of the project's files: beside it, from
// the root, then wherever one path of the project ends as the include does.
[[nodiscard]] IncludeAnswer ResolveIncludes(const IncludeQuestion& question);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_INCLUDE_EDGES_INTERNAL_H_
