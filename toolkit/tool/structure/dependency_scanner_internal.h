#ifndef SEAM_TOOL_STRUCTURE_DEPENDENCY_SCANNER_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_DEPENDENCY_SCANNER_INTERNAL_H_

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/compile_commands_internal.h"

namespace seam::structure {

// The newest clang-scan-deps in the folders of `path`, which is as the environment's PATH.
[[nodiscard]] std::optional<std::filesystem::path> FindDependencyScanner(std::string_view path);

// Asks clang which files the preprocessor reads for each of the commands: all of them, absolute, in
// the order in which they are first read; nothing for a command on which clang failed. A header
// that is missing does not make it fail. The answer is `commands.size()` long. DEADLINE_EXCEEDED
// when it takes longer than `limit`; UNAVAILABLE when the scanner cannot be run.
[[nodiscard]] Result<std::vector<std::vector<std::string>>> ScanDependencies(
    const std::filesystem::path& scanner, const std::vector<CompileCommand>& commands,
    std::chrono::milliseconds limit);

// The names in a rule for make, as compilers write it: the target first.
[[nodiscard]] std::vector<std::string> ParseMakeRule(std::string_view rule);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_DEPENDENCY_SCANNER_INTERNAL_H_
