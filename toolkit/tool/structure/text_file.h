#ifndef SEAM_TOOL_STRUCTURE_TEXT_FILE_H_
#define SEAM_TOOL_STRUCTURE_TEXT_FILE_H_

#include <filesystem>
#include <string>

#include "seam/core/result.h"

namespace seam::structure {

// Replaces the file as a whole. UNAVAILABLE when it cannot be written; it is as it was then.
[[nodiscard]] Result<void> WriteFile(const std::filesystem::path& file, const std::string& text);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_TEXT_FILE_H_
