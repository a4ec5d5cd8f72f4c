#ifndef SEAM_TOOL_STRUCTURE_OBJECT_FILE_H_
#define SEAM_TOOL_STRUCTURE_OBJECT_FILE_H_

#include <filesystem>
#include <functional>
#include <string_view>

namespace seam::structure {

enum class SymbolKind {
  kNeeded,   // Another object defines it.
  kDefined,  // For all objects.
  kWeak,     // For all objects that have no better definition: inline code, instantiations.
  kLocal,    // A function for this object alone.
};

enum class ObjectRead {
  kDone,
  kMissing,
  kLinkTime,  // It has the compiler's code for link time optimisation, and no symbols of it.
  kOther,     // No object file in ELF, or a broken one.
};

// Calls `seen` for each symbol of an object file in ELF, of 32 or 64 bits and either byte order. Of
// the file only the tables of symbols are read.
ObjectRead ReadObject(const std::filesystem::path& file,
                      const std::function<void(std::string_view name, SymbolKind kind)>& seen);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_OBJECT_FILE_H_
