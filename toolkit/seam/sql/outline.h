#ifndef SEAM_SQL_OUTLINE_H_
#define SEAM_SQL_OUTLINE_H_

#include <cstddef>
#include <string_view>

namespace seam::sql {

// What a driver has to know of a statement's text that libpq does not tell.
struct Outline {
  std::size_t parameters = 0;  // The highest n of its $n.
  bool changes = false;        // It is an INSERT, UPDATE, DELETE or MERGE, a WITH before it or not.
};

// Reads over strings, quoted names and comments as PostgreSQL does. Throws kMisuse unless the text
// is exactly one statement whose parameters are named $1, $2, …
[[nodiscard]] Outline OutlineOf(std::string_view text);

}  // namespace seam::sql

#endif  // SEAM_SQL_OUTLINE_H_
