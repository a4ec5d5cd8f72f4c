#ifndef SEAM_TOOL_STRUCTURE_SQL_SCAN_H_
#define SEAM_TOOL_STRUCTURE_SQL_SCAN_H_

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tool/structure/facts.h"

// Reads which tables SQL names. It knows no dialect in full and expects no valid statement: it
// follows the few words after which a table stands, in PostgreSQL's, SQLite's, MySQL's and SQL
// Server's ways of writing them. No limit but memory; time and memory are linear in the text.
namespace seam::structure {

// What stands in a text for something that is known at run time only.
inline constexpr char kHole = '\x01';

// SQL and where its pieces stand in a file.
struct SqlText {
  // From `offset` of the text on, up to the next piece, the text stands on this line. Lines that
  // end within a piece count when `own_lines`: those of a file and of a raw string.
  struct Piece {
    std::size_t offset = 0;
    int line = 1;
    bool own_lines = false;
  };
  std::string text{};
  std::vector<Piece> pieces{};  // By offset; the first has offset 0.
};

struct SqlUse {
  int line = 0;
  std::string table{};  // As Edge::target.
  TableUse use = TableUse::kNone;
  std::string with{};
  bool creates = false;  // The statement makes the table (or view), or gives it this name.
};

struct SqlTables {
  std::vector<SqlUse> uses{};  // By place in the text.
  struct Unknown {
    int line = 0;
    std::string statement{};  // Its beginning, with "…" for what is not in the text.
  };
  std::vector<Unknown> unknown{};  // Statements whose table is not in the text.
  // Tables that last as long as a session: they are nobody's. Statements may name them in `uses`.
  std::set<std::string> temporary{};
};

// The statements of a file. Comments, psql's commands and the data after COPY … FROM stdin are
// skipped; what is in procedures counts as well.
[[nodiscard]] SqlTables ReadSqlFile(const SqlText& sql);

// The statements of a string literal, or nothing when it is not SQL: a literal is, when it begins
// with a statement in SQL's own shape. Capital keywords are enough of a sign for a statement that
// has the shape; small ones ("select a file from the list") need another: a placeholder, a
// comparison, a qualified name, `expected`.
//
// expected: the code around the literal speaks of queries.
[[nodiscard]] SqlTables ReadSqlLiteral(const SqlText& sql, bool expected);

// Whether the literal begins as a statement does, so that more may follow in the next literal.
[[nodiscard]] bool BeginsAsSql(const std::string& text);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SQL_SCAN_H_
