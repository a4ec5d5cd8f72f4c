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

// Adds an edge for each function or variable that one of the objects needs and another's source
// defines, at the first place in the source, or in the nearest file that it reads, where its name
// stands; those whose name stands nowhere come out of others' inline code and are left out.
// target_file is the source that defines it. Where several define it: the one that is linked into
// the same target, else the one that is no test's; else it is counted in Facts::unseen.
//
// Weak definitions count where nothing else defines the symbol and one source alone has it: an
// explicit instantiation. Inline code is in every object that uses it and makes no edge.
//
// Objects that are missing, unreadable or older than their source are told in Facts::unseen; the
// last ones are used all the same: what their source no longer names has no place and is left out.
// `text` returns a file of the project; empty when it cannot be read. `root` is where sources are.
void ReadSymbols(const std::filesystem::path& root, const std::vector<Object>& objects,
                 const std::function<const std::string&(const std::string& path)>& text,
                 Facts& facts);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SYMBOLS_INTERNAL_H_
