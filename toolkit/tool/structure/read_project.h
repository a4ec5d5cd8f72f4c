#ifndef SEAM_TOOL_STRUCTURE_READ_PROJECT_H_
#define SEAM_TOOL_STRUCTURE_READ_PROJECT_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/facts.h"

namespace seam::structure {

// How a project is read.
struct ReadOptions {
  std::filesystem::path root{};
  // The compiler's commands; looked for in the root and its build folders when not given, where
  // those count that know most of its sources. Without any, includes are resolved by the names of
  // the project's files.
  std::optional<std::filesystem::path> compile_commands{};
  std::vector<std::string> ignore{};  // Patterns of rules.h.
  // Whether clang's dependency scanner is asked which includes are taken: when it is there, always,
  // or never.
  enum class Scanner { kWhereThere, kAlways, kNever } scanner = Scanner::kWhereThere;
  bool symbols = true;  // Whether the object files, where they are built, are read.
  bool tables = true;   // Whether SQL text is read.
  // Where what was read of unchanged files is kept; nowhere when empty.
  std::filesystem::path cache{};
};

// Reads the sources, what the compiler and the linker know of them, and their SQL. What cannot be
// read is told in Facts::unseen and does not fail the rest. INVALID_ARGUMENT when the root is no
// folder or the given compile_commands is none; UNAVAILABLE when kAlways is asked and there is no
// scanner.
[[nodiscard]] Result<Facts> ReadProject(const ReadOptions& options);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_READ_PROJECT_H_
