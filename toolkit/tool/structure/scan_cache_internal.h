#ifndef SEAM_TOOL_STRUCTURE_SCAN_CACHE_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_SCAN_CACHE_INTERNAL_H_

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/compile_commands_internal.h"

namespace seam::structure {

// As ScanDependencies(), but asks clang only about the commands whose answer may have changed since
// it was written to `file`, and writes it anew. What clang read for a command counts as long as the
// command, the scanner and all the files that were read are the same, by size and time of change,
// and `names` is: it stands for the names of the project's files, since a new one may be found
// before those that were.
//
// What was known in time is written even when there was too little of it: the next run goes on.
// Several programs may do this with one file at a time. One that cannot be read or written is only
// a loss of time. With an empty `file`, this is ScanDependencies().
[[nodiscard]] Result<std::vector<std::vector<std::string>>> ScanChangedDependencies(
    const std::filesystem::path& scanner, const std::vector<CompileCommand>& commands,
    std::chrono::milliseconds limit, const std::filesystem::path& file, std::string_view names);

// A number for a text that is the same everywhere and in every run, as 16 digits.
[[nodiscard]] std::string Fingerprint(std::string_view text);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SCAN_CACHE_INTERNAL_H_
