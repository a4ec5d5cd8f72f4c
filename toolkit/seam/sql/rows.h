#ifndef SEAM_SQL_ROWS_H_
#define SEAM_SQL_ROWS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "seam/sql/database.h"
#include "seam/sql/driver.h"
#include "seam/sql/value.h"

namespace seam::sql {

// Inserts many rows in few statements, since each costs a message. `insert` is the statement up to
// its VALUES, "INSERT INTO item (id, stock) VALUES"; `values` has `columns` of them for each row,
// row by row. A statement has 1, 2, 4, … or 64 rows: each text takes a place among the prepared
// ones, so there are not as many texts as there are sizes. Without rows nothing is sent. Throws as
// Session::Execute does, when rows may have been inserted, and kMisuse for half a row.
inline void InsertRows(Session& session, std::string_view insert, std::size_t columns,
                       const std::vector<Value>& values) {
  constexpr std::size_t kMostRows = 64;
  if (columns == 0 || values.size() % columns != 0) ThrowMisuse(insert, "a row is not whole");
  std::size_t rows = kMostRows;
  for (std::size_t next = 0; next < values.size(); next += rows * columns) {
    while (rows * columns > values.size() - next) rows /= 2;
    std::string statement(insert);
    for (std::size_t i = 0; i < rows * columns; ++i) {
      statement += i % columns != 0 ? ", $" : i == 0 ? " ($" : "), ($";
      statement += std::to_string(i + 1);
    }
    statement += ')';
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(next);
    session.Execute(statement,
                    std::vector<Value>(first, first + static_cast<std::ptrdiff_t>(rows * columns)));
  }
}

}  // namespace seam::sql

#endif  // SEAM_SQL_ROWS_H_
