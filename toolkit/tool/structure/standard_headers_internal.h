#ifndef SEAM_TOOL_STRUCTURE_STANDARD_HEADERS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_STANDARD_HEADERS_INTERNAL_H_

#include <string_view>

namespace seam::structure {

// Whether a name is a header of C, C++ or POSIX: then a file of that name deep in a project is not
// what an include of it means.
[[nodiscard]] bool IsStandardHeader(std::string_view name);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_STANDARD_HEADERS_INTERNAL_H_
