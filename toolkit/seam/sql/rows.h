#ifndef SEAM_SQL_ROWS_H_
#define SEAM_SQL_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "seam/sql/database.h"
#include "seam/sql/driver.h"
#include "seam/sql/value.h"

namespace seam::sql {

namespace internal {

// Calls run(text, values) for statements of 1, 2, 4, … or 64 rows: each text takes a place among
// the prepared ones, so there are not as many texts as there are sizes.
template <class Run>
void ForRows(std::string_view insert, std::size_t columns, const std::vector<Value>& values,
             std::string_view ending, Run&& run) {
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
    statement += ending;
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(next);
    run(statement, std::vector<Value>(first, first + static_cast<std::ptrdiff_t>(rows * columns)));
  }
}

}  // namespace internal

// Inserts many rows in few statements, since each costs a message. `insert` is the statement up to
// its VALUES, "INSERT INTO item (id, stock) VALUES"; `values` has `columns` of them for each row,
// row by row. Without rows nothing is sent. Throws as Session::Execute does, when rows may have
// been inserted, and kMisuse for half a row.
inline void InsertRows(Session& session, std::string_view insert, std::size_t columns,
                       const std::vector<Value>& values) {
  internal::ForRows(insert, columns, values, {},
                    [&](const std::string& statement, const std::vector<Value>& some) {
                      session.Execute(statement, some);
                    });
}

// The same with what stands behind the rows, " ON CONFLICT … RETURNING id", and on_row(const Row&)
// for each that it returns.
template <class OnRow>
void InsertRows(Session& session, std::string_view insert, std::size_t columns,
                const std::vector<Value>& values, std::string_view ending, OnRow&& on_row) {
  internal::ForRows(insert, columns, values, ending,
                    [&](const std::string& statement, const std::vector<Value>& some) {
                      session.Query(statement, some, on_row);
                    });
}

// Executes a statement for many values, "DELETE FROM item WHERE id IN", whose list in brackets
// stands at its end, and returns how many rows were changed. `first` are the parameters $1, … that
// stand before the list. The same number of texts.
inline std::int64_t ExecuteIn(Session& session, std::string_view beginning,
                              const std::vector<Value>& first, const std::vector<Value>& list) {
  constexpr std::size_t kMost = 64;
  std::int64_t changed = 0;
  std::size_t size = kMost;
  for (std::size_t next = 0; next < list.size(); next += size) {
    while (size > list.size() - next) size /= 2;
    std::string statement(beginning);
    std::vector<Value> values = first;
    for (std::size_t i = 0; i < size; ++i) {
      values.push_back(list[next + i]);
      statement += (i == 0 ? " ($" : ", $") + std::to_string(values.size());
    }
    statement += ')';
    changed += session.Execute(statement, values);
  }
  return changed;
}

}  // namespace seam::sql

#endif  // SEAM_SQL_ROWS_H_
