#ifndef SEAM_TOOL_STRUCTURE_SOURCE_TREE_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_SOURCE_TREE_INTERNAL_H_

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/facts.h"

namespace seam::structure {

// What is below a project's root, without what is ignored, hidden folders, build folders and
// node_modules. Paths are relative to the root, with '/'.
struct SourceTree {
  std::filesystem::path root{};        // Absolute, without symbolic links.
  std::vector<std::string> sources{};  // C, C++ and SQL, by path.
  std::vector<std::string> others{};   // All other files, by path: an include may name any.
  // Symbolic links, and what they lead to when that is in the root. They are not followed: what
  // they lead to is read where it is.
  std::map<std::string, std::string> links{};
  std::vector<std::string> build_folders{};  // By path.
  std::vector<Unseen> unseen{};
};

// INVALID_ARGUMENT in the sense of ReadProject is the caller's business: `root` is a folder.
[[nodiscard]] SourceTree WalkSources(const std::filesystem::path& root,
                                     const std::vector<std::string>& ignore);

// By its extension.
[[nodiscard]] bool IsSourcePath(std::string_view path);

// The text of a file, in UTF-8 when it begins with a mark that says it is UTF-16, else as it is.
// When it cannot be read, or is larger than `kLargestSource`, empty with the reason in `problem`.
constexpr std::size_t kLargestSource = std::size_t{32} << 20U;
[[nodiscard]] std::optional<std::string> ReadSourceText(const std::filesystem::path& file,
                                                        std::string& problem);

// `path` relative to the directory `folder`, joined by text alone: without "." and "..", with '/'.
// An absolute `path` stays.
[[nodiscard]] std::string JoinPath(std::string_view folder, std::string_view path);

// The folder of a path; empty for a name alone.
[[nodiscard]] std::string_view FolderOf(std::string_view path);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SOURCE_TREE_INTERNAL_H_
