#ifndef SEAM_TOOL_STRUCTURE_SYMBOLS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_SYMBOLS_INTERNAL_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tool/structure/facts.h"

namespace seam::structure {

// An object file and the source that it was compiled from.
struct Object {
  std::filesystem::path file{};
  std::string source{};  // Relative to the root.
  // The files of the project that the source includes, however far away, with itself: where the
  // names that it uses stand.
  std::vector<std::string> reads{};
};

// Adds an edge for each function or variable that one of the objects needs and another defines, at
// the first place in the source, or in what it reads, where its name stands; those whose name
// stands nowhere come out of others' inline code and are left out. Objects that are missing, older
// than their source or unreadable are told in Facts::unseen. `text` returns a file of the project.
void ReadSymbols(const std::vector<Object>& objects,
                 const std::function<const std::string&(const std::string& path)>& text,
                 Facts& facts);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SYMBOLS_INTERNAL_H_
