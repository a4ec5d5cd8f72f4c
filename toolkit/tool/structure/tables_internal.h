#ifndef SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_

#include <string>
#include <string_view>

#include "tool/structure/facts.h"

namespace seam::structure {

// Adds an edge for each table that the SQL in a file names: in the string literals of a C or C++
// source, or in the statements of a .sql file. `path` is the file's, relative to the root, and
// tells by its extension which it is. Statements that are put together from pieces at run time are
// told in Facts::unseen when a piece of them is SQL whose table is not in the text.
void ReadTables(const std::string& path, std::string_view text, Facts& facts);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_
