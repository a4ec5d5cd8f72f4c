#ifndef SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_

#include <string>
#include <string_view>

#include "tool/structure/facts.h"

namespace seam::structure {

// Adds an edge for each table that the SQL in a file names: in the string literals of a C or C++
// source, or in the statements of a .sql file. `path` is the file's, relative to the root, and
// tells by its extension which it is. Statements that are put together from pieces at run time are
// told in Facts::unseen when a piece of them is SQL whose table is not in the text. `text` is UTF-8
// or bytes of which those of ASCII mean what they mean there.
//
// A statement that brings tables together has an edge of kind kJoin for each that it reads, and of
// kind kWrite for each that it changes. The edge of a statement that makes a table has the file
// itself as its target_file; others have none yet.
void ReadTables(const std::string& path, std::string_view text, Facts& facts);

// Fills in target_file of the edges to tables, when all files have been read: of the files that
// make the table the edge's own; else one that is no test's, which makes tables of others for
// itself; else the one that shares the most folders with the edge's own; else the first by path.
// A name without a schema also means the table of that name in a schema, and the other way round.
void ResolveTables(Facts& facts);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_TABLES_INTERNAL_H_
