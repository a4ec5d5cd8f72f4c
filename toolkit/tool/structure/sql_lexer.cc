#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "tool/structure/sql_tokens.h"

namespace seam::structure {

namespace {

// Cuts a range of a text into statements of tokens.
class SqlLexer {
 public:
  SqlLexer(const SqlText& sql, const SqlRange& range)
      : sql_(sql),
        at_(range.begin),
        end_(range.end),
        file_(range.file),
        mysql_(range.mysql),
        counted_(range.begin),
        line_(range.line) {
    if (range.begin == 0 && end_ >= 3 && sql.text.compare(0, 3, "\xEF\xBB\xBF") == 0) at_ = 3;
    const auto after = std::upper_bound(
        sql_.pieces.begin(), sql_.pieces.end(), range.begin,
        [](std::size_t offset, const SqlText::Piece& piece) { return offset < piece.offset; });
    piece_ = static_cast<std::size_t>(after - sql_.pieces.begin()) - 1;
  }

  // The next statement without its ';'. False at the end.
  bool Next(std::vector<SqlToken>& tokens) {
    tokens.clear();
    bool glued = false;
    while (at_ < end_) {
      const char c = sql_.text[at_];
      if (SqlBlank(c)) {
        ++at_;
        glued = false;
        continue;
      }
      if (SkipComment() || (file_ && SkipCommand(tokens))) {
        glued = false;
        continue;
      }
      if (file_ && SkipEndOfBatch()) {
        if (!tokens.empty()) return true;
        continue;
      }
      if (!delimiter_.empty() && sql_.text.compare(at_, delimiter_.size(), delimiter_) == 0) {
        at_ += delimiter_.size();
        if (!tokens.empty()) return true;
        continue;
      }
      if (c == ';') {
        ++at_;
        glued = false;
        if (tokens.empty()) continue;
        if (file_) SkipCopiedData(tokens);
        return true;
      }
      SqlToken token = Take();
      token.glued = glued;
      tokens.push_back(token);
      glued = true;
    }
    return !tokens.empty();
  }

 private:
  [[nodiscard]] char Peek(std::size_t more) const {
    return at_ + more < end_ ? sql_.text[at_ + more] : '\0';
  }

  void CountLines(std::size_t from, std::size_t to) {
    line_ +=
        static_cast<int>(std::count(sql_.text.begin() + static_cast<std::ptrdiff_t>(from),
                                    sql_.text.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
  }

  // Only forwards.
  int LineAt(std::size_t offset) {
    while (piece_ + 1 < sql_.pieces.size() && sql_.pieces[piece_ + 1].offset <= offset) {
      ++piece_;
      line_ = sql_.pieces[piece_].line;
      counted_ = sql_.pieces[piece_].offset;
    }
    if (sql_.pieces[piece_].own_lines && offset > counted_) {
      CountLines(counted_, offset);
      counted_ = offset;
    }
    return line_;
  }

  [[nodiscard]] bool FirstOfLine() const {
    std::size_t i = at_;
    while (i > 0 && (sql_.text[i - 1] == ' ' || sql_.text[i - 1] == '\t')) --i;
    return i == 0 || sql_.text[i - 1] == '\n' || sql_.text[i - 1] == '\r';
  }

  void SkipLine() {
    while (at_ < end_ && sql_.text[at_] != '\n') ++at_;
  }

  bool SkipComment() {
    const char c = sql_.text[at_];
    if (c == '-' && Peek(1) == '-') {
      SkipLine();
      return true;
    }
    // PostgreSQL has operators that begin with '#', and SQL Server names.
    if (c == '#' && (Peek(1) == ' ' || Peek(1) == '\t' || Peek(1) == '\n' || Peek(1) == '#' ||
                     (FirstOfLine() && Peek(1) != '>' && Peek(1) != '-'))) {
      SkipLine();
      return true;
    }
    if (c != '/' || Peek(1) != '*') return false;
    const std::size_t close = sql_.text.find("*/", at_ + 2);
    at_ = close == std::string::npos || close + 2 > end_ ? end_ : close + 2;
    return true;
  }

  // Lines that are for the program that reads the file.
  bool SkipCommand(std::vector<SqlToken>& tokens) {
    if (!FirstOfLine()) return false;
    const char c = sql_.text[at_];
    if (c == '\\') {
      SkipLine();
      return true;
    }
    if (c != 'd' && c != 'D') return false;
    if (SameWord(std::string_view(sql_.text).substr(at_, 10), "DELIMITER ")) {
      const std::string_view rest = std::string_view(sql_.text).substr(at_, end_ - at_);
      const std::string_view line = rest.substr(0, rest.find_first_of("\r\n"));
      delimiter_ = std::string(line.substr(10));
      while (!delimiter_.empty() && SqlBlank(delimiter_.back())) delimiter_.pop_back();
      delimiter_.erase(0, std::min(delimiter_.find_first_not_of(" \t"), delimiter_.size()));
      if (delimiter_ == ";") delimiter_.clear();
      tokens.clear();
      SkipLine();
      return true;
    }
    return false;
  }

  // A line of SQL Server's or Oracle's that ends a statement.
  bool SkipEndOfBatch() {
    if (!FirstOfLine()) return false;
    const std::size_t size = sql_.text[at_] == '/' ? 1 : 2;
    if (size == 2 && !SameWord(std::string_view(sql_.text).substr(at_, 2), "GO")) return false;
    if (Peek(size) != '\0' && Peek(size) != '\n' && Peek(size) != '\r') return false;
    at_ += size;
    return true;
  }

  void SkipCopiedData(const std::vector<SqlToken>& tokens) {
    if (!SameWord(tokens.front().text, "COPY")) return;
    bool from_stdin = false;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      from_stdin =
          from_stdin || (SameWord(tokens[i].text, "STDIN") && SameWord(tokens[i - 1].text, "FROM"));
    }
    if (!from_stdin) return;
    while (at_ < end_) {
      SkipLine();
      if (at_ < end_) ++at_;
      if (sql_.text.compare(at_, 2, "\\.") == 0) break;
    }
  }

  SqlToken Make(SqlKind kind, std::size_t begin, std::size_t size) {
    SqlToken token;
    token.kind = kind;
    token.at = begin;
    token.text = std::string_view(sql_.text).substr(begin, size);
    token.line = LineAt(begin);
    return token;
  }

  SqlToken Take() {
    const char c = sql_.text[at_];
    const std::size_t begin = at_;
    if (c == kHole) return ++at_, Make(SqlKind::kUnknown, begin, 1);
    if (c == '\'') return Quoted(SqlKind::kString, '\'', mysql_);
    if (c == '"') return Quoted(SqlKind::kName, '"', false);
    if (c == '`') return Quoted(SqlKind::kName, '`', false);
    if (c == '[') {
      if (auto name = Bracketed()) return *name;
    }
    if (c == '$') {
      if (auto token = Dollar()) return *token;
    }
    if (!file_) {
      if (auto hole = Format()) return *hole;
    }
    if (c == '?' || ((c == ':' || c == '@') && SqlLetter(Peek(1)))) {
      ++at_;
      while (SqlWordChar(Peek(0))) ++at_;
      return Make(SqlKind::kParameter, begin, at_ - begin);
    }
    if (c == ':' && Peek(1) == ':') return at_ += 2, Make(SqlKind::kSign, begin, 2);
    if (SqlLetter(c) || (c == '#' && SqlLetter(Peek(1)))) {
      ++at_;
      while (SqlWordChar(Peek(0))) ++at_;
      if (Peek(0) == '\'' && at_ == begin + 1 && (c == 'E' || c == 'e')) {
        return Quoted(SqlKind::kString, '\'', true);
      }
      return Make(SqlKind::kWord, begin, at_ - begin);
    }
    if (SqlDigit(c)) {
      while (SqlWordChar(Peek(0)) || (Peek(0) == '.' && SqlDigit(Peek(1)))) ++at_;
      return Make(SqlKind::kNumber, begin, at_ - begin);
    }
    ++at_;
    return Make(SqlKind::kSign, begin, 1);
  }

  SqlToken Quoted(SqlKind kind, char quote, bool backslashes) {
    const std::size_t begin = ++at_;
    while (at_ < end_) {
      const char c = sql_.text[at_];
      if (c == '\\' && kind == SqlKind::kString && at_ + 1 < end_) {
        // A backslash before the last quote is one in the standard, but not in MySQL.
        const char after = Peek(2);
        const bool last = after == ',' || after == ')' || after == ';' || SqlBlank(after) ||
                          after == '\0' || after == ':';
        if (backslashes || (Peek(1) == '\'' && !last) || Peek(1) == '\\') {
          at_ += 2;
          continue;
        }
      }
      if (c == quote) {
        if (Peek(1) != quote) break;
        ++at_;
      }
      ++at_;
    }
    const std::size_t size = std::min(at_, end_) - begin;
    at_ = std::min(at_ + 1, end_);
    // A name that is filled in, as "log_%s".
    if (kind == SqlKind::kName && !file_) {
      const std::string_view name = std::string_view(sql_.text).substr(begin, size);
      for (std::size_t i = 0; i < name.size(); ++i) {
        if (ConversionSize(name.substr(i)) > 0) return Make(SqlKind::kUnknown, begin, size);
      }
    }
    return Make(kind, begin, size);
  }

  // [name]; not a[1], nor ARRAY[…].
  std::optional<SqlToken> Bracketed() {
    if (at_ > 0 && (SqlWordChar(sql_.text[at_ - 1]) || sql_.text[at_ - 1] == ']' ||
                    sql_.text[at_ - 1] == ')')) {
      return std::nullopt;
    }
    std::size_t i = at_ + 1;
    if (i >= end_ || !SqlLetter(sql_.text[i])) return std::nullopt;
    while (i < end_ && (SqlWordChar(sql_.text[i]) || sql_.text[i] == ' ' || sql_.text[i] == '-')) {
      ++i;
    }
    if (i >= end_ || sql_.text[i] != ']') return std::nullopt;
    const std::size_t begin = at_ + 1;
    at_ = i + 1;
    return Make(SqlKind::kName, begin, i - begin);
  }

  // $1, $$text$$, $tag$text$tag$, ${name}.
  std::optional<SqlToken> Dollar() {
    const std::size_t begin = at_;
    if (SqlDigit(Peek(1))) {
      ++at_;
      while (SqlDigit(Peek(0))) ++at_;
      return Make(SqlKind::kParameter, begin, at_ - begin);
    }
    if (Peek(1) == '{') {
      const std::size_t size = Braces(at_ + 1);
      if (size == 0) return std::nullopt;
      at_ += 1 + size;
      return Make(SqlKind::kUnknown, begin, at_ - begin);
    }
    std::size_t i = at_ + 1;
    while (i < end_ && (SqlLetter(sql_.text[i]) || SqlDigit(sql_.text[i]))) ++i;
    if (i >= end_ || sql_.text[i] != '$') return std::nullopt;
    const std::string tag = sql_.text.substr(at_, i + 1 - at_);
    const std::size_t body = i + 1;
    // An end that is not there is looked for once, and not for ever so many tags.
    if (open_tags_.count(tag) != 0 || open_tags_.size() > 16) return std::nullopt;
    const std::size_t close = sql_.text.find(tag, body);
    if (close == std::string::npos || close + tag.size() > end_) {
      open_tags_.insert(tag);
      return std::nullopt;
    }
    at_ = close + tag.size();
    SqlToken token = Make(SqlKind::kString, body, close - body);
    return token;
  }

  // How many characters "{…}" has; 0 when it is not short.
  [[nodiscard]] std::size_t Braces(std::size_t from) const {
    const std::string_view some =
        std::string_view(sql_.text).substr(from, std::min<std::size_t>(end_ - from, 60));
    const std::size_t close = some.find_first_of("}\n'");
    return close == std::string_view::npos || some[close] != '}' ? 0 : close + 1;
  }

  // How many characters what printf and Qt fill in has; 0 when the text begins with none.
  static std::size_t ConversionSize(std::string_view text) {
    if (text.empty() || text.front() != '%') return 0;
    const std::size_t at = text.find_first_not_of("lz.*", 1);
    constexpr std::string_view kConversions = "sdiuxQqwv123456789";
    return at == std::string_view::npos || kConversions.find(text[at]) == std::string_view::npos
               ? 0
               : at + 1;
  }

  // What printf, std::format and Qt fill in.
  std::optional<SqlToken> Format() {
    const std::size_t begin = at_;
    if (sql_.text[at_] == '%') {
      const std::size_t size = ConversionSize(std::string_view(sql_.text).substr(at_, end_ - at_));
      if (size == 0) return std::nullopt;
      at_ += size;
      return Make(SqlKind::kUnknown, begin, size);
    }
    if (sql_.text[at_] == '{') {
      const std::size_t size = Braces(at_);
      if (size == 0) return std::nullopt;
      at_ += size;
      return Make(SqlKind::kUnknown, begin, at_ - begin);
    }
    return std::nullopt;
  }

  const SqlText& sql_;
  std::size_t at_;
  const std::size_t end_;
  const bool file_;
  const bool mysql_;
  std::string delimiter_;
  std::set<std::string> open_tags_;
  // Where lines have been counted up to.
  std::size_t piece_ = 0;
  std::size_t counted_;
  int line_;
};

}  // namespace

std::function<bool(std::vector<SqlToken>&)> SqlStatements(const SqlText& sql,
                                                          const SqlRange& range) {
  return [lexer = SqlLexer(sql, range)](std::vector<SqlToken>& tokens) mutable {
    return lexer.Next(tokens);
  };
}

}  // namespace seam::structure
