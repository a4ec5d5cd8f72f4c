#ifndef SEAM_TOOL_STRUCTURE_COMPILE_COMMANDS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_COMPILE_COMMANDS_INTERNAL_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"

namespace seam::structure {

// The folders in which a compiler looks for included files. Absolute paths, in the order of use.
struct SearchPath {
  std::vector<std::string> quoted{};  // -iquote: for quoted names only.
  std::vector<std::string> all{};     // -I, then -isystem, then -idirafter.

  friend bool operator<(const SearchPath& a, const SearchPath& b) {
    return a.quoted != b.quoted ? a.quoted < b.quoted : a.all < b.all;
  }
};

// How a source is compiled.
struct CompileCommand {
  std::string directory{};  // Where the compiler is run; absolute, as are `file` and `output`.
  std::string file{};
  std::string output{};  // The object file; empty when the command makes none.
  bool cpp = true;       // Whether the compiler is one for C++.
  SearchPath search{};
  std::vector<std::string> forced{};  // -include and -imacros: as spelled.
  // The options that decide what the preprocessor does, as clang understands them.
  std::vector<std::string> preprocessing{};
};

// Reads what CMake, Meson, Bear and others write: a list of objects with `directory`, `file` and
// `arguments` or `command`. A relative directory is one from the folder of `file`. NOT_FOUND when
// there is no such file; INVALID_ARGUMENT when it is something else, with the place.
[[nodiscard]] Result<std::vector<CompileCommand>> ReadCompileCommands(
    const std::filesystem::path& file);

// The words of a shell command, with quotes and backslashes as a shell reads them.
[[nodiscard]] std::vector<std::string> SplitCommand(std::string_view command);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_COMPILE_COMMANDS_INTERNAL_H_
