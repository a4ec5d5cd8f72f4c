#ifndef SEAM_TOOL_STRUCTURE_SQL_TOKENS_H_
#define SEAM_TOOL_STRUCTURE_SQL_TOKENS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/structure/sql_scan.h"

// SQL as words and signs: what sql_scan.cc follows and sql_shape.cc judges.
namespace seam::structure {

enum class SqlKind { kWord, kName, kString, kNumber, kSign, kParameter, kUnknown };

struct SqlToken {
  SqlKind kind = SqlKind::kSign;
  // As written; of a quoted name and of a string what is within the quotes.
  std::string_view text{};
  std::size_t at = 0;  // Where `text` begins in the whole text.
  int line = 0;
  bool glued = false;  // No blank before it.
};

inline char SqlUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
inline char SqlLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline bool SqlBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
inline bool SqlDigit(char c) { return c >= '0' && c <= '9'; }
inline bool SqlLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
inline bool SqlWordChar(char c) { return SqlLetter(c) || SqlDigit(c) || c == '$'; }

inline bool SameWord(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (SqlUpper(text[i]) != upper[i]) return false;
  }
  return true;
}

template <std::size_t kSize>
inline bool OneOf(std::string_view text, const std::array<std::string_view, kSize>& uppers) {
  return std::any_of(uppers.begin(), uppers.end(),
                     [text](std::string_view upper) { return SameWord(text, upper); });
}

inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = SqlLower(c);
  return lower;
}

// A range of a text and how it is read.
struct SqlRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  int line = 1;        // The one that `begin` is on.
  bool file = false;   // Of a .sql file, and not of a literal.
  bool mysql = false;  // Backslashes in strings escape.
};

// Returns what gives a range's statements, one at a call and each without its ';', and false at the
// end. `sql` has to outlive it and the tokens.
[[nodiscard]] std::function<bool(std::vector<SqlToken>&)> SqlStatements(const SqlText& sql,
                                                                        const SqlRange& range);

// Whether a literal's first statement has the shape of SQL; see ReadSqlLiteral.
[[nodiscard]] bool HasShapeOfSql(const std::vector<SqlToken>& tokens, bool expected);

// Whether it is a statement without tables, after which others may follow: BEGIN.
[[nodiscard]] bool IsSqlPreface(const std::vector<SqlToken>& tokens);

// Words that are no name of a table or column where one could stand.
inline constexpr std::array<std::string_view, 69> kReserved = {
    "SELECT",  "FROM",       "WHERE",      "GROUP",  "ORDER",    "HAVING",     "LIMIT",
    "UNION",   "INTERSECT",  "EXCEPT",     "MINUS",  "WINDOW",   "FETCH",      "OFFSET",
    "FOR",     "RETURNING",  "SET",        "ON",     "USING",    "JOIN",       "INNER",
    "LEFT",    "RIGHT",      "FULL",       "OUTER",  "CROSS",    "NATURAL",    "STRAIGHT_JOIN",
    "VALUES",  "DEFAULT",    "INSERT",     "UPDATE", "DELETE",   "CREATE",     "ALTER",
    "DROP",    "TABLE",      "INTO",       "AS",     "AND",      "OR",         "NOT",
    "NULL",    "CASE",       "WHEN",       "THEN",   "ELSE",     "END",        "BEGIN",
    "LOOP",    "DO",         "IN",         "IS",     "WITH",     "EXISTS",     "IF",
    "BETWEEN", "LIKE",       "LATERAL",    "ONLY",   "DISTINCT", "ALL",        "PRIMARY",
    "FOREIGN", "REFERENCES", "CONSTRAINT", "CHECK",  "UNIQUE",   "TABLESAMPLE"};
// What follows the tables of a statement.
inline constexpr std::array<std::string_view, 31> kClauses = {
    "WHERE",       "GROUP",  "ORDER",  "HAVING",  "LIMIT",   "UNION",     "INTERSECT", "EXCEPT",
    "MINUS",       "WINDOW", "FETCH",  "OFFSET",  "FOR",     "RETURNING", "SET",       "USING",
    "ON",          "VALUES", "WITH",   "USE",     "FORCE",   "IGNORE",    "INDEXED",   "NOT",
    "TABLESAMPLE", "INTO",   "SELECT", "QUALIFY", "CONNECT", "START",     "OPTION"};
inline constexpr std::array<std::string_view, 12> kJoinWords = {
    "JOIN",  "INNER",   "LEFT",          "RIGHT", "FULL", "OUTER",
    "CROSS", "NATURAL", "STRAIGHT_JOIN", "SEMI",  "ANTI", "ASOF"};
}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_SQL_TOKENS_H_
