#ifndef SEAM_SQL_QUOTING_H_
#define SEAM_SQL_QUOTING_H_

#include <string>
#include <string_view>

#include "seam/sql/error.h"
#include "seam/wire/utf8.h"

// Names and texts as parts of PostgreSQL's statements, where parameters cannot stand.
namespace seam::sql {

// kMisuse unless PostgreSQL would keep the name as it is. `what` says whose it is.
inline void CheckName(std::string_view name, const char* what) {
  constexpr std::size_t kLongest = 63;
  if (!name.empty() && name.size() <= kLongest && name.find('\0') == std::string_view::npos &&
      wire::IsValidUtf8(name)) {
    return;
  }
  throw SqlError(ErrorKind::kMisuse, std::string("the name of a ") + what +
                                         " must be UTF-8 of 1 to 63 bytes, without NUL");
}

inline std::string Quote(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += c;
    quoted += c;
  }
  quoted += quote;
  return quoted;
}

inline std::string QuoteName(std::string_view name) { return Quote(name, '"'); }

// With backslashes, which the server may be set to take for escapes, in PostgreSQL's own form.
inline std::string QuoteText(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return Quote(text, '\'');
  std::string doubled;
  for (const char c : text) {
    if (c == '\\') doubled += c;
    doubled += c;
  }
  return "E" + Quote(doubled, '\'');
}

}  // namespace seam::sql

#endif  // SEAM_SQL_QUOTING_H_
