#include "tool/structure/sql_scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace seam::structure {

namespace {

enum class SqlKind { kWord, kName, kString, kNumber, kSign, kParameter, kHole };

struct SqlToken {
  SqlKind kind = SqlKind::kSign;
  // As written; of a quoted name and of a string what is within the quotes.
  std::string_view text{};
  std::size_t at = 0;  // Where `text` begins in the whole text.
  int line = 0;
  bool glued = false;  // No blank before it.
};

char SqlUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char SqlLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool SqlBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool SqlDigit(char c) { return c >= '0' && c <= '9'; }
bool SqlLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool SqlWordChar(char c) { return SqlLetter(c) || SqlDigit(c) || c == '$'; }

bool SameWord(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (SqlUpper(text[i]) != upper[i]) return false;
  }
  return true;
}

template <std::size_t kSize>
bool OneOf(std::string_view text, const std::array<std::string_view, kSize>& uppers) {
  return std::any_of(uppers.begin(), uppers.end(),
                     [text](std::string_view upper) { return SameWord(text, upper); });
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = SqlLower(c);
  return lower;
}

// Cuts a range of a text into statements of tokens.
class SqlLexer {
 public:
  // line: the one that `begin` is on.
  SqlLexer(const SqlText& sql, std::size_t begin, std::size_t end, int line, bool file, bool mysql)
      : sql_(sql), at_(begin), end_(end), file_(file), mysql_(mysql), counted_(begin), line_(line) {
    if (begin == 0 && end_ >= 3 && sql.text.compare(0, 3, "\xEF\xBB\xBF") == 0) at_ = 3;
    const auto after = std::upper_bound(
        sql_.pieces.begin(), sql_.pieces.end(), begin,
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
    if (c == kHole) return ++at_, Make(SqlKind::kHole, begin, 1);
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
      return Make(SqlKind::kHole, begin, at_ - begin);
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

  // What printf, std::format and Qt fill in.
  std::optional<SqlToken> Format() {
    const std::size_t begin = at_;
    if (sql_.text[at_] == '%') {
      std::size_t i = 1;
      while (Peek(i) == 'l' || Peek(i) == 'z' || Peek(i) == '.' || Peek(i) == '*') ++i;
      constexpr std::string_view kConversions = "sdiuxQqwv123456789";
      if (Peek(i) == '\0' || kConversions.find(Peek(i)) == std::string_view::npos) {
        return std::nullopt;
      }
      at_ += i + 1;
      return Make(SqlKind::kHole, begin, at_ - begin);
    }
    if (sql_.text[at_] == '{') {
      const std::size_t size = Braces(at_);
      if (size == 0) return std::nullopt;
      at_ += size;
      return Make(SqlKind::kHole, begin, at_ - begin);
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

// Words that are no name of a table or column where one could stand.
constexpr std::array<std::string_view, 69> kReserved = {
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
constexpr std::array<std::string_view, 31> kClauses = {
    "WHERE",       "GROUP",  "ORDER",  "HAVING",  "LIMIT",   "UNION",     "INTERSECT", "EXCEPT",
    "MINUS",       "WINDOW", "FETCH",  "OFFSET",  "FOR",     "RETURNING", "SET",       "USING",
    "ON",          "VALUES", "WITH",   "USE",     "FORCE",   "IGNORE",    "INDEXED",   "NOT",
    "TABLESAMPLE", "INTO",   "SELECT", "QUALIFY", "CONNECT", "START",     "OPTION"};
constexpr std::array<std::string_view, 12> kJoinWords = {
    "JOIN",  "INNER",   "LEFT",          "RIGHT", "FULL", "OUTER",
    "CROSS", "NATURAL", "STRAIGHT_JOIN", "SEMI",  "ANTI", "ASOF"};
// Tables that every database has, and rows that triggers see.
constexpr std::array<std::string_view, 8> kNoTables = {"DUAL",  "NEW",    "OLD",      "EXCLUDED",
                                                       "STDIN", "STDOUT", "INSERTED", "DELETED"};
constexpr std::array<std::string_view, 7> kSystemSchemas = {
    "INFORMATION_SCHEMA", "PG_CATALOG", "PERFORMANCE_SCHEMA", "SYS", "MYSQL", "PG_TOAST", "TEMP"};

bool IsSystemTable(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
  if (dot != std::string::npos) {
    const std::string schema = name.substr(0, dot);
    if (OneOf(schema, kSystemSchemas)) return true;
  }
  // The prefixes are kept for the database itself by PostgreSQL and SQLite.
  return last.rfind("sqlite_", 0) == 0 || last.rfind("pragma_", 0) == 0 ||
         last.rfind("pg_", 0) == 0 || OneOf(last, kNoTables);
}

// Follows the statements in some tokens and collects what they say of tables.
class SqlReader {
 public:
  // Deeper parentheses are read as if they were not there.
  static constexpr int kDeepest = 200;

  SqlReader(const SqlText& sql, bool file, bool mysql, SqlTables& out)
      : sql_(sql), file_(file), mysql_(mysql), out_(out) {}

  void Read(const std::vector<SqlToken>& tokens) {
    tokens_ = &tokens;
    i_ = 0;
    while (!AtEnd()) {
      const std::size_t before = i_;
      Statement();
      Finish();
      if (i_ == before) ++i_;
    }
    if (depth_of_bodies_ < 3) Bodies();
  }

 private:
  struct Named {
    std::string name{};
    int line = 0;
    TableUse use = TableUse::kNone;
    bool creates = false;
    std::string with{};
  };
  struct Name {
    std::string text{};
    int line = 0;
    bool known = false;
  };

  [[nodiscard]] bool AtEnd() const { return i_ >= tokens_->size(); }
  [[nodiscard]] bool Has(std::size_t i) const { return i < tokens_->size(); }
  [[nodiscard]] const SqlToken& Token(std::size_t i) const { return (*tokens_)[i]; }
  [[nodiscard]] bool IsWord(std::size_t i, std::string_view upper) const {
    return Has(i) && Token(i).kind == SqlKind::kWord && SameWord(Token(i).text, upper);
  }
  template <std::size_t kSize>
  [[nodiscard]] bool IsOneOf(std::size_t i,
                             const std::array<std::string_view, kSize>& uppers) const {
    return Has(i) && Token(i).kind == SqlKind::kWord && OneOf(Token(i).text, uppers);
  }
  [[nodiscard]] bool IsSign(std::size_t i, char sign) const {
    return Has(i) && Token(i).kind == SqlKind::kSign && Token(i).text.front() == sign;
  }
  bool Skip(std::string_view upper) {
    if (!IsWord(i_, upper)) return false;
    ++i_;
    return true;
  }
  template <std::size_t kSize>
  void SkipAll(const std::array<std::string_view, kSize>& uppers) {
    while (IsOneOf(i_, uppers)) ++i_;
  }
  void SkipIfExists() {
    if (!IsWord(i_, "IF")) return;
    ++i_;
    Skip("NOT");
    Skip("EXISTS");
  }

  // A name of up to so many parts. A hole beside a part makes it unknown; one that stands for the
  // schema does not. None: `i_` stays.
  std::optional<Name> TakeName() {
    Name name;
    std::string before;
    const std::size_t begin = i_;
    while (!AtEnd()) {
      bool known = true;
      bool any = false;
      std::string part;
      while (!AtEnd()) {
        const SqlToken& token = Token(i_);
        if (any && !(token.glued && (token.kind == SqlKind::kHole || !known))) break;
        if (token.kind == SqlKind::kHole ||
            (token.kind == SqlKind::kParameter && token.text.front() == ':')) {
          known = false;
        } else if (token.kind == SqlKind::kName ||
                   (token.kind == SqlKind::kWord &&
                    (!before.empty() || !OneOf(token.text, kReserved))) ||
                   (any && token.kind == SqlKind::kNumber)) {
          part = LowerCase(token.text);
          if (token.text.find(kHole) != std::string_view::npos) known = false;
        } else {
          break;
        }
        any = true;
        name.line = token.line;
        ++i_;
      }
      if (!any) break;
      name.known = known;
      name.text = before.empty() || before == "?" ? part : before + "." + part;
      if (!IsSign(i_, '.')) break;
      before = known ? part : "?";
      ++i_;
      if (IsSign(i_, '.')) ++i_;  // SQL Server's database..table
    }
    if (i_ == begin) return std::nullopt;
    return name;
  }

  void Add(const Name& name, TableUse use, bool creates = false, std::string with = {}) {
    if (!name.known) {
      if (!unknown_) unknown_ = name.line;
      return;
    }
    const bool hidden = std::any_of(hidden_.rbegin(), hidden_.rend(),
                                    [&](const std::string& each) { return each == name.text; });
    if (hidden || IsSystemTable(name.text) || name.text.empty()) return;
    named_.push_back({name.text, name.line, use, creates, std::move(with)});
  }

  // Adds the next name, if one is there. A place at the end of the text, where one should stand, is
  // one for a name that is not in the text.
  std::optional<Name> Expect(TableUse use, bool creates = false) {
    auto name = TakeName();
    if (name) {
      Add(*name, use, creates);
    } else if (AtEnd() && !file_ && i_ > 0) {
      unknown_ = Token(i_ - 1).line;
    }
    return name;
  }

  // From after '(' to after ')'.
  void Parentheses() {
    if (++depth_ > kDeepest) {
      --depth_;
      return;
    }
    Block(true);
    --depth_;
    if (IsSign(i_, ')')) ++i_;
  }

  void SkipParentheses() {
    if (!IsSign(i_, '(')) return;
    ++i_;
    Parentheses();
  }

  // A statement or an expression, up to its ')' or its end. The names that WITH gives count within.
  void Block(bool nested) {
    const std::size_t hidden = hidden_.size();
    bool reads = false;
    if (CtesAt(i_)) Ctes();
    if (nested && (VerbAt(i_) && !IsWord(i_, "SELECT"))) {
      Verb();
    }
    if (IsWord(i_, "PERFORM")) {
      reads = true;
      ++i_;
    }
    if (!nested && VerbAt(i_) && !IsWord(i_, "SELECT")) {
      Verb();
    } else {
      Rest(nested, reads, false);
    }
    hidden_.resize(hidden);
  }

  [[nodiscard]] bool CtesAt(std::size_t i) const {
    if (!IsWord(i, "WITH")) return false;
    if (IsWord(i + 1, "RECURSIVE")) return true;
    if (!Has(i + 2) || Token(i + 1).kind == SqlKind::kSign) return false;
    std::size_t after = i + 2;
    if (IsSign(after, '(')) {
      // Names of columns, and not for ever.
      const std::size_t far = after + 1000;
      while (Has(after) && after < far && !IsSign(after, ')')) ++after;
      ++after;
    }
    return IsWord(after, "AS") && (IsSign(after + 1, '(') || IsWord(after + 1, "NOT") ||
                                   IsWord(after + 1, "MATERIALIZED"));
  }

  void Ctes() {
    ++i_;
    const bool recursive = Skip("RECURSIVE");
    while (!AtEnd()) {
      const auto name = TakeName();
      if (!name) return;
      if (IsSign(i_, '(')) SkipParentheses();
      if (!Skip("AS")) return;
      Skip("NOT");
      Skip("MATERIALIZED");
      // Within itself the name means the table, unless it is recursive.
      if (recursive) hidden_.push_back(name->text);
      SkipParentheses();
      if (!recursive) hidden_.push_back(name->text);
      if (!IsSign(i_, ',')) return;
      ++i_;
    }
  }

  // Whether a statement begins here, and no other use of the word.
  [[nodiscard]] bool VerbAt(std::size_t i) const {
    if (!Has(i) || Token(i).kind != SqlKind::kWord) return false;
    const bool more = Has(i + 1);
    if (IsWord(i, "SELECT") || IsWord(i, "PERFORM")) return true;
    if (IsWord(i, "INSERT")) {
      return more && !IsSign(i + 1, '(') && !IsWord(i + 1, "VALUES") && !IsWord(i + 1, "ON") &&
             !IsWord(i + 1, "OF") && !IsSign(i + 1, ',') &&
             (IsWord(i + 1, "INTO") || !IsWord(i + 1, "OR") || IsWord(i + 3, "INTO"));
    }
    if (IsWord(i, "REPLACE") || IsWord(i, "MERGE")) {
      return IsWord(i + 1, "INTO") || (IsWord(i, "REPLACE") && IsWord(i + 2, "INTO"));
    }
    if (IsWord(i, "DELETE")) {
      if (IsWord(i + 1, "FROM")) return true;
      return more && Token(i + 1).kind == SqlKind::kWord && !OneOf(Token(i + 1).text, kReserved) &&
             !IsWord(i + 1, "OF");
    }
    if (IsWord(i, "UPDATE")) {
      return more && !IsWord(i + 1, "SET") && !IsWord(i + 1, "OF") && !IsWord(i + 1, "ON") &&
             !IsSign(i + 1, ',') && !IsSign(i + 1, ')') &&
             (!IsWord(i + 1, "OR") || IsWord(i + 3, "SET") || IsWord(i + 4, "SET"));
    }
    return false;
  }

  // The verb at `i_` and all of its statement.
  void Verb() {
    const std::size_t verb = i_;
    if (IsWord(verb, "SELECT")) return Rest(depth_ > 0, false, false);
    if (IsWord(verb, "PERFORM")) {
      ++i_;
      return Rest(depth_ > 0, true, false);
    }
    ++i_;
    if (IsWord(verb, "INSERT") || IsWord(verb, "REPLACE")) {
      Insert();
    } else if (IsWord(verb, "MERGE")) {
      Skip("INTO");
      Expect(TableUse::kWrite);
      Rest(depth_ > 0, false, true);
    } else if (IsWord(verb, "UPDATE")) {
      Update();
    } else if (IsWord(verb, "DELETE")) {
      Delete();
    }
  }

  void Insert() {
    constexpr std::array<std::string_view, 10> kModifiers = {
        "OR",      "ROLLBACK", "ABORT",        "FAIL",      "IGNORE",
        "REPLACE", "DELAYED",  "LOW_PRIORITY", "OVERWRITE", "HIGH_PRIORITY"};
    SkipAll(kModifiers);
    Skip("INTO");
    Skip("TABLE");
    Expect(TableUse::kWrite);
    if (Skip("AS")) TakeName();
    if (IsSign(i_, '(')) SkipParentheses();
    Rest(depth_ > 0, false, false);
  }

  void Update() {
    constexpr std::array<std::string_view, 8> kModifiers = {
        "OR", "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE", "LOW_PRIORITY", "ONLY"};
    SkipAll(kModifiers);
    TableList(TableUse::kWrite, TableUse::kRead);
    Rest(depth_ > 0, true, false);
  }

  void Delete() {
    constexpr std::array<std::string_view, 3> kModifiers = {"LOW_PRIORITY", "QUICK", "IGNORE"};
    SkipAll(kModifiers);
    std::vector<Name> targets;  // MySQL and SQL Server: DELETE a, b FROM …
    while (!IsWord(i_, "FROM")) {
      auto name = TakeName();
      if (!name) break;
      targets.push_back(*name);
      if (IsSign(i_, '.')) ++i_;
      if (IsSign(i_, '*')) ++i_;
      if (!IsSign(i_, ',')) break;
      ++i_;
    }
    if (!Skip("FROM")) {
      for (const Name& target : targets) Add(target, TableUse::kWrite);
      return Rest(depth_ > 0, false, true);
    }
    TableList(targets.empty() ? TableUse::kWrite : TableUse::kRead, TableUse::kRead);
    for (const Name& target : targets) written_.push_back(target.text);
    Rest(depth_ > 0, false, true);
  }

  // Tables with commas and joins between them. Stops at what follows them.
  void TableList(TableUse first, TableUse others) {
    TableUse use = first;
    while (!AtEnd() || !file_) {
      constexpr std::array<std::string_view, 3> kBefore = {"ONLY", "LATERAL", "TABLE"};
      SkipAll(kBefore);
      if (IsSign(i_, '(')) {
        ++i_;
        if (IsWord(i_, "SELECT") || IsWord(i_, "WITH") || IsWord(i_, "VALUES") || VerbAt(i_)) {
          Parentheses();
        } else if (depth_ < kDeepest) {
          ++depth_;
          TableList(use, others);
          --depth_;
          // Whatever is left in there.
          Rest(true, false, false);
          if (IsSign(i_, ')')) ++i_;
        }
      } else {
        const std::size_t begin = i_;
        auto name = TakeName();
        if (!name) {
          if (AtEnd() && !file_ && i_ > 0) unknown_ = Token(i_ - 1).line;
          return;
        }
        const bool function = IsSign(i_, '(') && !(Token(begin).kind == SqlKind::kHole);
        if (function) {
          SkipParentheses();
        } else {
          Add(*name, use);
        }
        Alias(function ? std::nullopt : name);
        use = others;
        if (!NextTable()) return;
        continue;
      }
      Alias(std::nullopt);
      use = others;
      if (!NextTable()) return;
    }
  }

  // The other name of a table, and what may be said of how it is read.
  void Alias(const std::optional<Name>& name) {
    if (IsSign(i_, '*')) ++i_;
    const bool as = Skip("AS");
    if (Has(i_) &&
        (Token(i_).kind == SqlKind::kName ||
         (Token(i_).kind == SqlKind::kWord && !OneOf(Token(i_).text, kReserved) &&
          !OneOf(Token(i_).text, kJoinWords) && (as || !OneOf(Token(i_).text, kClauses))))) {
      if (name && name->known) aliases_[LowerCase(Token(i_).text)] = name->text;
      ++i_;
    }
    if (IsSign(i_, '(')) SkipParentheses();
    while (true) {
      if ((IsWord(i_, "WITH") || IsWord(i_, "PARTITION")) && IsSign(i_ + 1, '(')) {
        ++i_;
        SkipParentheses();
      } else if (IsWord(i_, "TABLESAMPLE")) {
        i_ += 2;
        SkipParentheses();
      } else if (IsWord(i_, "INDEXED") && IsWord(i_ + 1, "BY")) {
        i_ += 3;
      } else if (IsWord(i_, "NOT") && IsWord(i_ + 1, "INDEXED")) {
        i_ += 2;
      } else if ((IsWord(i_, "USE") || IsWord(i_, "FORCE") || IsWord(i_, "IGNORE")) &&
                 (IsWord(i_ + 1, "INDEX") || IsWord(i_ + 1, "KEY"))) {
        while (!AtEnd() && !IsSign(i_, '(') && !IsSign(i_, ')')) ++i_;
        SkipParentheses();
      } else {
        return;
      }
      i_ = std::min(i_, tokens_->size());
    }
  }

  // Moves to the next table of the list, over the condition of a join. False when there is none.
  bool NextTable() {
    while (!AtEnd()) {
      if (IsSign(i_, ',')) {
        ++i_;
        return true;
      }
      if (IsOneOf(i_, kJoinWords) || (IsWord(i_, "APPLY"))) {
        while (IsOneOf(i_, kJoinWords) && !IsWord(i_, "JOIN") && !IsWord(i_, "STRAIGHT_JOIN")) {
          ++i_;
        }
        if (!IsWord(i_, "JOIN") && !IsWord(i_, "STRAIGHT_JOIN") && !IsWord(i_, "APPLY")) {
          return false;
        }
        ++i_;
        return true;
      }
      if (IsWord(i_, "ON")) {
        ++i_;
        Condition();
        continue;
      }
      if (IsWord(i_, "USING") && IsSign(i_ + 1, '(')) {
        ++i_;
        SkipParentheses();
        if (IsWord(i_, "AS")) i_ = std::min(i_ + 2, tokens_->size());
        continue;
      }
      return false;
    }
    return false;
  }

  void Condition() {
    constexpr std::array<std::string_view, 17> kAfter = {
        "WHERE", "GROUP",     "ORDER",  "HAVING", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "WINDOW",
        "FETCH", "RETURNING", "OFFSET", "SET",    "ON",    "FOR",   "USING",     "WHEN"};
    int cases = 0;
    while (!AtEnd() && !IsSign(i_, ')') && !IsSign(i_, ',')) {
      if (IsWord(i_, "CASE")) ++cases;
      if (IsWord(i_, "END")) --cases;
      // LEFT(…) and RIGHT(…) are functions as well.
      if (IsOneOf(i_, kJoinWords) && !IsSign(i_ + 1, '(')) return;
      if (cases <= 0 && IsOneOf(i_, kAfter)) return;
      if (IsSign(i_, '(')) {
        SkipParentheses();
      } else {
        ++i_;
      }
    }
  }

  // The rest of a statement, or of what is within parentheses.
  // reads: FROM is followed by tables. SELECT makes it so; without it FROM is that of
  // EXTRACT(… FROM …) and its like.
  // uses: USING is followed by tables.
  void Rest(bool nested, bool reads, bool uses) {
    while (!AtEnd()) {
      if (IsSign(i_, '(')) {
        SkipParentheses();
        continue;
      }
      if (IsSign(i_, ')')) {
        if (nested) return;
        ++i_;
        continue;
      }
      if (Token(i_).kind != SqlKind::kWord) {
        ++i_;
        continue;
      }
      if (IsWord(i_, "SELECT")) {
        reads = true;
        ++i_;
      } else if (CtesAt(i_)) {
        Ctes();
      } else if (IsWord(i_, "FROM")) {
        const bool distinct =
            i_ > 1 && IsWord(i_ - 1, "DISTINCT") && (IsWord(i_ - 2, "IS") || IsWord(i_ - 2, "NOT"));
        ++i_;
        if (reads && !distinct) TableList(TableUse::kRead, TableUse::kRead);
      } else if (IsWord(i_, "JOIN") && reads) {
        ++i_;
        TableList(TableUse::kRead, TableUse::kRead);
      } else if (IsWord(i_, "USING")) {
        ++i_;
        if (uses && !IsSign(i_, '(')) {
          TableList(TableUse::kRead, TableUse::kRead);
        } else if (uses) {
          SkipParentheses();
          Alias(std::nullopt);
        }
      } else if (IsWord(i_, "INTO") && reads) {
        ++i_;
        TakeName();
      } else if (IsWord(i_, "REFERENCES")) {
        ++i_;
        auto name = TakeName();
        if (name && !keyed_.empty() && name->text != keyed_) {
          Add(*name, TableUse::kForeignKey, false, keyed_);
        }
      } else if (!keyed_.empty() && (IsWord(i_, "INHERITS") || IsWord(i_, "LIKE")) &&
                 (IsSign(i_ - 1, '(') || IsSign(i_ - 1, ')') || IsSign(i_ + 1, '('))) {
        ++i_;
        const bool parentheses = IsSign(i_, '(');
        if (parentheses) ++i_;
        if (Has(i_) && Token(i_).kind != SqlKind::kString) {
          if (auto name = TakeName()) Add(*name, TableUse::kRead);
        }
        if (parentheses && IsSign(i_, ')')) ++i_;
      } else if (!nested && NewStatementAt(i_)) {
        ++i_;
        return;
      } else {
        ++i_;
      }
    }
  }

  // Words of procedures after which a statement may stand.
  [[nodiscard]] bool NewStatementAt(std::size_t i) const {
    constexpr std::array<std::string_view, 9> kBoundaries = {
        "THEN", "ELSE", "LOOP", "BEGIN", "DO", "INSTEAD", "ALSO", "QUERY", "ATOMIC"};
    return IsOneOf(i, kBoundaries) && VerbAt(i + 1);
  }

  // The statement at `i_`.
  void Statement() {
    if (IsWord(i_, "EXPLAIN")) {
      ++i_;
      if (IsSign(i_, '(')) SkipParentheses();
      constexpr std::array<std::string_view, 4> kHow = {"ANALYZE", "VERBOSE", "QUERY", "PLAN"};
      SkipAll(kHow);
    }
    constexpr std::array<std::string_view, 6> kNothing = {"GRANT",  "REVOKE",   "COMMENT",
                                                          "PRAGMA", "DESCRIBE", "SHOW"};
    if (IsOneOf(i_, kNothing)) {
      i_ = tokens_->size();
    } else if (VerbAt(i_)) {
      Verb();
    } else if (IsWord(i_, "WITH") || IsSign(i_, '(') || IsWord(i_, "VALUES")) {
      Block(false);
    } else if (IsWord(i_, "CREATE")) {
      Create();
    } else if (IsWord(i_, "ALTER")) {
      Alter();
    } else if (IsWord(i_, "DROP")) {
      Drop();
    } else if (IsWord(i_, "TRUNCATE") || IsWord(i_, "LOCK")) {
      Names();
    } else if (IsWord(i_, "COPY")) {
      Copy();
    } else if (IsWord(i_, "LOAD")) {
      while (!AtEnd() && !IsWord(i_, "INTO")) ++i_;
      if (Skip("INTO")) {
        Skip("TABLE");
        Expect(TableUse::kWrite);
      }
      i_ = tokens_->size();
    } else {
      Procedural();
    }
  }

  // Up to a statement within IF … THEN, FOR … IN, DECLARE … CURSOR FOR, END.
  void Procedural() {
    ++i_;
    while (!AtEnd()) {
      if (VerbAt(i_) && !IsWord(i_ - 1, "OF") && !IsWord(i_ - 1, "OR") && !IsWord(i_ - 1, "ON")) {
        return;
      }
      if (IsSign(i_, '(')) {
        SkipParentheses();
      } else {
        ++i_;
      }
    }
  }

  void Names() {
    const TableUse use = IsWord(i_, "TRUNCATE") ? TableUse::kWrite : TableUse::kRead;
    ++i_;
    constexpr std::array<std::string_view, 3> kBefore = {"TABLE", "TABLES", "ONLY"};
    SkipAll(kBefore);
    while (Expect(use)) {
      // MySQL: LOCK TABLES a AS x READ, b WRITE
      while (!AtEnd() && !IsSign(i_, ',')) ++i_;
      if (!IsSign(i_, ',')) break;
      ++i_;
    }
    i_ = tokens_->size();
  }

  void Copy() {
    ++i_;
    if (IsSign(i_, '(')) {
      SkipParentheses();
    } else if (auto name = TakeName()) {
      if (IsSign(i_, '(')) SkipParentheses();
      Add(*name, IsWord(i_, "TO") ? TableUse::kRead : TableUse::kWrite);
    }
    i_ = tokens_->size();
  }

  void Alter() {
    ++i_;
    Skip("FOREIGN");
    if (!Skip("TABLE")) {
      i_ = tokens_->size();
      return;
    }
    SkipIfExists();
    Skip("ONLY");
    const auto name = Expect(TableUse::kCreate);
    if (!name) return;
    keyed_ = name->text;
    if (IsWord(i_, "RENAME") && (IsWord(i_ + 1, "TO") || IsWord(i_ + 1, "AS"))) {
      i_ += 2;
      Expect(TableUse::kCreate, true);
    }
    Rest(false, false, false);
  }

  void Drop() {
    ++i_;
    Skip("MATERIALIZED");
    Skip("TEMPORARY");
    Skip("FOREIGN");
    if (Skip("TABLE") || Skip("VIEW")) {
      SkipIfExists();
      while (Expect(TableUse::kCreate) && IsSign(i_, ',')) ++i_;
    } else if (IsWord(i_, "TRIGGER") || IsWord(i_, "INDEX") || IsWord(i_, "RULE") ||
               IsWord(i_, "POLICY")) {
      while (!AtEnd() && !IsWord(i_, "ON")) ++i_;
      if (Skip("ON")) Expect(TableUse::kCreate);
    }
    i_ = tokens_->size();
  }

  void Create() {
    ++i_;
    bool temporary = false;
    constexpr std::array<std::string_view, 24> kBefore = {
        "OR",        "REPLACE",     "GLOBAL", "LOCAL",        "UNLOGGED",   "FOREIGN",
        "EXTERNAL",  "VIRTUAL",     "UNIQUE", "CLUSTERED",    "FULLTEXT",   "SPATIAL",
        "RECURSIVE", "EDITIONABLE", "FORCE",  "MATERIALIZED", "CONSTRAINT", "ALGORITHM",
        "UNDEFINED", "MERGE",       "SQL",    "SECURITY",     "INVOKER",    "TEMPTABLE"};
    while (IsOneOf(i_, kBefore) || IsWord(i_, "TEMP") || IsWord(i_, "TEMPORARY") ||
           IsSign(i_, '=')) {
      temporary = temporary || IsWord(i_, "TEMP") || IsWord(i_, "TEMPORARY");
      ++i_;
    }
    // MySQL's dumps: CREATE DEFINER=`a`@`b` TRIGGER.
    if (IsWord(i_, "DEFINER")) {
      while (!AtEnd() && !IsWord(i_, "TRIGGER") && !IsWord(i_, "VIEW")) ++i_;
    }
    if (IsWord(i_, "TABLE") || IsWord(i_, "VIEW")) {
      const bool table = IsWord(i_, "TABLE");
      ++i_;
      SkipIfExists();
      auto name = TakeName();
      if (!name) return;
      if (temporary || name->text.rfind('#', 0) == 0) {
        out_.temporary.insert(name->text);
      } else {
        Add(*name, TableUse::kCreate, true);
        if (table && name->known) keyed_ = name->text;
      }
      if (IsWord(i_, "PARTITION") && IsWord(i_ + 1, "OF")) {
        i_ += 2;
        Expect(TableUse::kRead);
      } else if (Skip("LIKE")) {
        Expect(TableUse::kRead);
      }
      Rest(false, false, false);
      return;
    }
    if (IsWord(i_, "INDEX") || IsWord(i_, "TRIGGER") || IsWord(i_, "POLICY") ||
        IsWord(i_, "STATISTICS") || IsWord(i_, "RULE")) {
      const bool rule = IsWord(i_, "RULE");
      while (!AtEnd() && !IsWord(i_, rule ? "TO" : "ON")) ++i_;
      if (!AtEnd()) {
        ++i_;
        Skip("ONLY");
        Expect(TableUse::kCreate);
      }
    }
    Rest(false, false, false);
  }

  // Functions' bodies: in dollars, or in quotes after AS.
  void Bodies() {
    for (std::size_t i = 0; i < tokens_->size(); ++i) {
      const SqlToken& token = Token(i);
      if (token.kind != SqlKind::kString || token.text.size() < 12) continue;
      const char quote = token.at > 0 ? sql_.text[token.at - 1] : '\0';
      if (quote != '$' && (i == 0 || !IsWord(i - 1, "AS"))) continue;
      if (!IsWord(0, "CREATE") && !IsWord(0, "DO")) continue;
      SqlLexer lexer(sql_, token.at, token.at + token.text.size(), token.line, file_, mysql_);
      SqlReader reader(sql_, file_, mysql_, out_);
      reader.depth_of_bodies_ = depth_of_bodies_ + 1;
      std::vector<SqlToken> tokens;
      while (lexer.Next(tokens)) reader.Read(tokens);
    }
  }

  // Says what one statement was found to do.
  void Finish() {
    for (Named& named : named_) {
      const auto alias = aliases_.find(named.name);
      if (named.use == TableUse::kWrite && alias != aliases_.end()) named.name = alias->second;
    }
    for (const std::string& written : written_) {
      const auto alias = aliases_.find(written);
      const std::string& table = alias == aliases_.end() ? written : alias->second;
      for (Named& named : named_) {
        if (named.name == table) named.use = TableUse::kWrite;
      }
    }
    std::vector<std::string> rows;  // Whose rows the statement has before it.
    std::set<std::string> seen;
    std::set<std::string> changed;
    for (const Named& named : named_) {
      if (named.use == TableUse::kWrite) changed.insert(named.name);
      if ((named.use == TableUse::kRead || named.use == TableUse::kWrite) &&
          seen.insert(named.name).second) {
        rows.push_back(named.name);
      }
    }
    std::set<std::pair<std::string, TableUse>> told;
    for (Named& named : named_) {
      // Who changes a table may read it.
      if (named.use == TableUse::kRead && changed.count(named.name) != 0) continue;
      if (named.use == TableUse::kRead && rows.size() > 1) {
        named.use = TableUse::kJoin;
        int others = 0;
        for (const std::string& other : rows) {
          if (other == named.name) continue;
          // Enough to be understood; a statement may have hundreds.
          if (++others > 3) break;
          named.with += (named.with.empty() ? "" : ", ") + other;
        }
      }
      if (!told.insert({named.name + '\n' + named.with, named.use}).second) continue;
      out_.uses.push_back({named.line, named.name, named.use, named.with, named.creates});
    }
    if (unknown_) out_.unknown.push_back({*unknown_, Beginning()});
    named_.clear();
    aliases_.clear();
    written_.clear();
    hidden_.clear();
    unknown_.reset();
    keyed_.clear();
  }

  [[nodiscard]] std::string Beginning() const {
    std::string text;
    for (const SqlToken& token : *tokens_) {
      if (text.size() > 60) {
        text += " …";
        break;
      }
      if (!text.empty() && !token.glued) text += ' ';
      text += token.kind == SqlKind::kHole ? "…" : std::string(token.text.substr(0, 40));
    }
    return text;
  }

  const SqlText& sql_;
  const bool file_;
  const bool mysql_;
  SqlTables& out_;
  int depth_of_bodies_ = 0;
  // Of the statements that are read.
  const std::vector<SqlToken>* tokens_ = nullptr;
  std::size_t i_ = 0;
  int depth_ = 0;
  // Of one statement.
  std::vector<Named> named_;
  std::map<std::string, std::string> aliases_;
  std::vector<std::string> written_;
  std::vector<std::string> hidden_;
  std::optional<int> unknown_;
  std::string keyed_;
};

// Judges whether the tokens of a literal are SQL.
class SqlJudge {
 public:
  SqlJudge(const std::vector<SqlToken>& tokens, bool expected)
      : tokens_(tokens), expected_(expected) {}

  [[nodiscard]] bool IsSql() const {
    std::size_t i = 0;
    while (IsSign(i, '(')) ++i;
    if (Is(i, "EXPLAIN")) {
      ++i;
      while (Is(i, "ANALYZE") || Is(i, "VERBOSE") || Is(i, "QUERY") || Is(i, "PLAN")) ++i;
    }
    if (i >= tokens_.size() || tokens_[i].kind != SqlKind::kWord) return false;
    if (Is(i, "SELECT")) return Select(i);
    if (Is(i, "WITH")) return With(i);
    if (Is(i, "INSERT") || Is(i, "REPLACE")) return Insert(i);
    if (Is(i, "UPDATE")) return Update(i);
    if (Is(i, "DELETE")) return Delete(i);
    if (Is(i, "CREATE")) return Create(i);
    if (Is(i, "ALTER")) return Alter(i);
    if (Is(i, "DROP")) return Drop(i);
    if (Is(i, "MERGE")) {
      return Is(i + 1, "INTO") && Named(i + 2) && !IsArticle(i + 2) && Within(i + 3, "USING", 3);
    }
    if (Is(i, "TRUNCATE")) {
      return (Is(i + 1, "TABLE") ? Named(i + 2) && Sign(i, i + 3)
                                 : Named(i + 1) && Sign(i, i + 2)) &&
             tokens_.size() < i + 9;
    }
    if (Is(i, "LOCK")) {
      return (Is(i + 1, "TABLE") || Is(i + 1, "TABLES")) && Named(i + 2) && Sign(i, i + 3);
    }
    if (Is(i, "COPY")) return Copy(i);
    if (Is(i, "LOAD")) return Is(i + 1, "DATA") && Within(i + 2, "TABLE", 12);
    if (Is(i, "DO")) return i + 1 < tokens_.size() && tokens_[i + 1].kind == SqlKind::kString;
    return false;
  }

  // A statement that names no table, after which others may follow.
  [[nodiscard]] bool IsPreface() const {
    constexpr std::array<std::string_view, 10> kPrefaces = {
        "BEGIN",   "START", "PRAGMA",  "SET",    "SAVEPOINT",
        "RELEASE", "USE",   "ANALYZE", "VACUUM", "COMMIT"};
    return !tokens_.empty() && tokens_.front().kind == SqlKind::kWord &&
           OneOf(tokens_.front().text, kPrefaces) && tokens_.size() < 12;
  }

 private:
  [[nodiscard]] bool Has(std::size_t i) const { return i < tokens_.size(); }
  [[nodiscard]] bool Is(std::size_t i, std::string_view upper) const {
    return Has(i) && tokens_[i].kind == SqlKind::kWord && SameWord(tokens_[i].text, upper);
  }
  [[nodiscard]] bool IsSign(std::size_t i, char sign) const {
    return Has(i) && tokens_[i].kind == SqlKind::kSign && tokens_[i].text.front() == sign;
  }
  [[nodiscard]] bool Capital(std::size_t i) const {
    return Has(i) && std::none_of(tokens_[i].text.begin(), tokens_[i].text.end(),
                                  [](char c) { return c >= 'a' && c <= 'z'; });
  }
  [[nodiscard]] bool IsArticle(std::size_t i) const {
    constexpr std::array<std::string_view, 24> kArticles = {
        "THE", "AN",    "THIS", "THAT", "THESE", "THOSE", "YOUR",  "ITS",
        "OUR", "MY",    "ANY",  "EACH", "EVERY", "SOME",  "WHICH", "OF",
        "TO",  "OTHER", "IT",   "ONE",  "MORE",  "THEIR", "HIS",   "ITSELF"};
    if (!Has(i) || tokens_[i].kind != SqlKind::kWord) return false;
    if (OneOf(tokens_[i].text, kArticles)) return true;
    // "a file"; `a` by itself is a column.
    return SameWord(tokens_[i].text, "A") && Has(i + 1) && tokens_[i + 1].kind == SqlKind::kWord &&
           !OneOf(tokens_[i + 1].text, kReserved) && !OneOf(tokens_[i + 1].text, kClauses);
  }
  // A name may begin here.
  [[nodiscard]] bool Named(std::size_t i) const {
    if (!Has(i)) return false;
    const SqlToken& token = tokens_[i];
    if (token.kind == SqlKind::kName || token.kind == SqlKind::kHole) return true;
    return token.kind == SqlKind::kWord && !OneOf(token.text, kReserved);
  }
  // After the name that begins here.
  [[nodiscard]] std::size_t AfterName(std::size_t i) const {
    while (Has(i)) {
      ++i;
      while (Has(i) && tokens_[i].glued &&
             (tokens_[i].kind == SqlKind::kHole || tokens_[i - 1].kind == SqlKind::kHole) &&
             tokens_[i].kind != SqlKind::kSign) {
        ++i;
      }
      if (!IsSign(i, '.')) break;
      ++i;
    }
    return i;
  }
  [[nodiscard]] bool IsHole(std::size_t i) const {
    return Has(i) && tokens_[i].kind == SqlKind::kHole;
  }
  [[nodiscard]] bool Within(std::size_t i, std::string_view upper, std::size_t tokens) const {
    for (std::size_t end = i + tokens; i < end; ++i) {
      if (Is(i, upper)) return true;
    }
    return false;
  }
  [[nodiscard]] bool EndsAt(std::size_t i) const { return !Has(i) || IsSign(i, ')'); }

  // For statements whose shape says little: capital letters (the keyword's, and what stands before
  // `after` as well where it is one), or the code around it.
  [[nodiscard]] bool Sign(std::size_t i, std::size_t after) const {
    if (Is(after - 1, "THE") || IsArticle(after - 1)) return false;
    return expected_ || (Capital(i) && tokens_[i].text.size() > 1);
  }

  // Whether what follows a table is what follows tables.
  [[nodiscard]] bool TableEndsAt(std::size_t i) const {
    if (EndsAt(i) || IsSign(i, ',') || IsSign(i, '(') || IsHole(i) || IsSign(i, '*')) return true;
    if (!Has(i)) return true;
    const SqlToken& token = tokens_[i];
    if (token.kind == SqlKind::kName) return true;
    if (token.kind != SqlKind::kWord) return false;
    if (OneOf(token.text, kClauses) || OneOf(token.text, kJoinWords)) return true;
    const std::size_t after = Is(i, "AS") ? i + 2 : i + 1;
    if (EndsAt(after) || IsSign(after, ',') || IsSign(after, '(') || IsHole(after)) return true;
    return Has(after) && tokens_[after].kind == SqlKind::kWord &&
           (OneOf(tokens_[after].text, kClauses) || OneOf(tokens_[after].text, kJoinWords));
  }

  [[nodiscard]] bool Select(std::size_t i) const {
    constexpr std::array<std::string_view, 34> kWithin = {"DISTINCT",
                                                          "ALL",
                                                          "TOP",
                                                          "AS",
                                                          "CASE",
                                                          "WHEN",
                                                          "THEN",
                                                          "ELSE",
                                                          "END",
                                                          "AND",
                                                          "OR",
                                                          "NOT",
                                                          "NULL",
                                                          "IS",
                                                          "IN",
                                                          "LIKE",
                                                          "BETWEEN",
                                                          "OVER",
                                                          "FILTER",
                                                          "DESC",
                                                          "ASC",
                                                          "COLLATE",
                                                          "INTERVAL",
                                                          "CAST",
                                                          "EXISTS",
                                                          "INTO",
                                                          "BY",
                                                          "SQL_CALC_FOUND_ROWS",
                                                          "STRAIGHT_JOIN",
                                                          "ORDER",
                                                          "PARTITION",
                                                          "WHERE",
                                                          "ON",
                                                          "AT"};
    std::size_t from = i + 1;
    int depth = 0;
    int words = 0;
    bool articles = false;
    bool sign = false;
    for (; Has(from); ++from) {
      const SqlToken& token = tokens_[from];
      if (IsSign(from, '(')) ++depth;
      if (IsSign(from, ')')) --depth;
      if (depth < 0) break;
      if (depth == 0 && Is(from, "FROM")) break;
      const bool plain = depth == 0 && token.kind == SqlKind::kWord && !OneOf(token.text, kWithin);
      words = plain ? words + 1 : 0;
      if (words > 2) return false;
      articles = articles || IsArticle(from);
      sign = sign || token.kind == SqlKind::kParameter || token.kind == SqlKind::kHole ||
             (token.kind == SqlKind::kSign && token.glued && IsSign(from, '.') && Has(from + 1) &&
              tokens_[from + 1].glued) ||
             (IsSign(from, '(') && token.glued) || IsSign(from, '*') ||
             (plain && token.text.find('_') != std::string_view::npos);
    }
    if (!Is(from, "FROM")) return Capital(i);
    if (from == i + 1) return false;
    const std::size_t table = from + 1;
    if (Has(table) && !IsSign(table, '(')) {
      if (Is(table, "ONLY") || Is(table, "LATERAL")) return Capital(i);
      if (!Named(table) || !TableEndsAt(AfterName(table))) return false;
    }
    if (Capital(i) && Capital(from)) return true;
    // "Select %s from %s": a hole says nothing by itself.
    if (articles || IsArticle(table)) return false;
    if (expected_) return true;
    if (IsHole(i + 1) || !Has(table)) return false;
    return (sign && !IsHole(table)) || SignFrom(table);
  }

  // Whether something stands there that does not stand in English.
  [[nodiscard]] bool SignFrom(std::size_t i) const {
    for (; Has(i); ++i) {
      const SqlToken& token = tokens_[i];
      if (token.kind == SqlKind::kParameter) return true;
      if (token.kind == SqlKind::kSign && Has(i + 1) &&
          (token.text.front() == '=' || token.text.front() == '<' || token.text.front() == '>')) {
        return true;
      }
      if ((Is(i, "ORDER") || Is(i, "GROUP")) && Is(i + 1, "BY")) return true;
      if (Is(i, "LIMIT") && Has(i + 1) && tokens_[i + 1].kind == SqlKind::kNumber) return true;
      if (Is(i, "IS") && (Is(i + 1, "NULL") || Is(i + 2, "NULL"))) return true;
      if (token.kind == SqlKind::kWord && token.text.find('_') != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool With(std::size_t i) const {
    ++i;
    if (Is(i, "RECURSIVE")) ++i;
    if (!Named(i)) return false;
    i = AfterName(i);
    if (IsSign(i, '(')) {
      while (Has(i) && !IsSign(i, ')')) ++i;
      ++i;
    }
    if (!Is(i, "AS")) return false;
    ++i;
    if (Is(i, "NOT")) ++i;
    if (Is(i, "MATERIALIZED")) ++i;
    return IsSign(i, '(') && (!Has(i + 1) || IsHole(i + 1) || Is(i + 1, "SELECT") ||
                              Is(i + 1, "INSERT") || Is(i + 1, "UPDATE") || Is(i + 1, "DELETE") ||
                              Is(i + 1, "VALUES") || Is(i + 1, "WITH") || IsSign(i + 1, '('));
  }

  [[nodiscard]] bool Insert(std::size_t i) const {
    std::size_t into = i + 1;
    while (Has(into) && into < i + 4 && !Is(into, "INTO")) ++into;
    if (!Is(into, "INTO")) return false;
    if (!Has(into + 1)) return Capital(i) && Capital(into);
    const std::size_t name = Is(into + 1, "TABLE") ? into + 2 : into + 1;
    if (!Named(name)) return false;
    std::size_t after = AfterName(name);
    const bool capital = Capital(i) && Capital(into);
    if (Is(after, "AS")) after += 2;
    if (Is(after, "VALUES") || Is(after, "SELECT") || Is(after, "DEFAULT") || Is(after, "SET") ||
        Is(after, "WITH") || Is(after, "OVERRIDING")) {
      return capital || !IsArticle(name);
    }
    if (IsSign(after, '(')) {
      if (capital || expected_) return true;
      std::size_t close = after;
      while (Has(close) && !IsSign(close, ')')) ++close;
      return Is(close + 1, "VALUES") || Is(close + 1, "SELECT");
    }
    return (capital || expected_) && (!Has(after) || IsHole(after)) && !IsArticle(name);
  }

  [[nodiscard]] bool Update(std::size_t i) const {
    std::size_t set = i + 1;
    while (Has(set) && !Is(set, "SET")) {
      if (set > i + 60) return false;
      ++set;
    }
    // "UPDATE " + table
    if (!Has(set)) return Capital(i) && IsHole(i + 1) && tokens_.size() == i + 2 && expected_;
    std::size_t name = i + 1;
    constexpr std::array<std::string_view, 8> kModifiers = {
        "OR", "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE", "LOW_PRIORITY", "ONLY"};
    while (Has(name) && tokens_[name].kind == SqlKind::kWord &&
           OneOf(tokens_[name].text, kModifiers)) {
      ++name;
    }
    if (!Named(name) || !TableEndsAt(AfterName(name))) return false;
    const bool capital = Capital(i) && Capital(set);
    if (!Has(set + 1) || IsHole(set + 1)) return capital || (expected_ && !IsArticle(name));
    if (IsSign(set + 1, '(')) return true;
    if (!Named(set + 1)) return false;
    const std::size_t after = AfterName(set + 1);
    return IsSign(after, '=') || IsHole(after) || (IsSign(after, '+') && IsSign(after + 1, '=')) ||
           (capital && !Has(after)) || IsSign(after, '[');
  }

  [[nodiscard]] bool Delete(std::size_t i) const {
    std::size_t from = i + 1;
    while (Has(from) && from < i + 6 && !Is(from, "FROM")) ++from;
    if (!Is(from, "FROM")) return false;
    const bool capital = Capital(i) && Capital(from);
    if (!Has(from + 1)) return capital;
    const std::size_t name = Is(from + 1, "ONLY") ? from + 2 : from + 1;
    if (!Named(name) || !TableEndsAt(AfterName(name)) || Is(name, "THE")) return false;
    if (capital) return true;
    return !IsArticle(name) && !IsArticle(i + 1) &&
           (expected_ || (!IsHole(name) && SignFrom(from)));
  }

  [[nodiscard]] bool Create(std::size_t i) const {
    constexpr std::array<std::string_view, 18> kBefore = {
        "OR",       "REPLACE",      "GLOBAL",    "LOCAL",      "TEMP",      "TEMPORARY",
        "UNLOGGED", "FOREIGN",      "VIRTUAL",   "UNIQUE",     "CLUSTERED", "FULLTEXT",
        "EXTERNAL", "MATERIALIZED", "RECURSIVE", "CONSTRAINT", "SPATIAL",   "NONCLUSTERED"};
    std::size_t kind = i + 1;
    while (Has(kind) && tokens_[kind].kind == SqlKind::kWord &&
           OneOf(tokens_[kind].text, kBefore)) {
      ++kind;
    }
    if (!Has(kind) || tokens_[kind].kind != SqlKind::kWord) return false;
    std::size_t name = kind + 1;
    const bool exists = Is(name, "IF") && Is(name + 1, "NOT") && Is(name + 2, "EXISTS");
    if (exists) name += 3;
    const bool capital = Capital(i) && Capital(kind);
    if (Is(kind, "TABLE") || Is(kind, "VIEW")) {
      if (!Has(name)) return capital && (exists || expected_);
      if (!Named(name)) return false;
      if (IsArticle(name) && !capital) return false;
      const std::size_t after = AfterName(name);
      if (!Has(after)) return exists || (capital && expected_);
      if (Is(after, "AS") || Is(after, "LIKE") || Is(after, "USING") || Is(after, "PARTITION")) {
        return capital || exists || Is(after + 1, "SELECT") || expected_;
      }
      if (IsHole(after)) return capital || exists;
      if (!IsSign(after, '(')) return false;
      return capital || exists || expected_ ||
             (Has(after + 2) && tokens_[after + 2].kind == SqlKind::kWord && Has(after + 3));
    }
    if (Is(kind, "INDEX") || Is(kind, "TRIGGER") || Is(kind, "RULE") || Is(kind, "POLICY")) {
      if (!Within(kind + 1, Is(kind, "RULE") ? "TO" : "ON", 24)) return false;
      if (capital) return true;
      std::size_t on = kind + 1;
      while (!Is(on, "ON") && Has(on)) ++on;
      return Named(on + 1) && (IsSign(AfterName(on + 1), '(') || Is(kind, "TRIGGER")) &&
             !IsArticle(on + 1);
    }
    return (Is(kind, "FUNCTION") || Is(kind, "PROCEDURE")) && Named(name) &&
           IsSign(AfterName(name), '(');
  }

  [[nodiscard]] bool Alter(std::size_t i) const {
    constexpr std::array<std::string_view, 17> kActions = {
        "ADD",    "DROP",     "RENAME", "ALTER",   "SET",     "OWNER",
        "ENABLE", "DISABLE",  "MODIFY", "CHANGE",  "INHERIT", "ATTACH",
        "DETACH", "VALIDATE", "ENGINE", "CONVERT", "REPLICA"};
    if (!Is(i + 1, "TABLE")) return false;
    std::size_t name = i + 2;
    if (Is(name, "IF")) name += 2;
    if (Is(name, "ONLY")) ++name;
    if (!Has(name)) return Capital(i) && expected_;
    if (!Named(name)) return false;
    const std::size_t after = AfterName(name);
    if (!Has(after) || IsHole(after)) return Capital(i) && (expected_ || IsHole(after));
    return tokens_[after].kind == SqlKind::kWord && OneOf(tokens_[after].text, kActions) &&
           !IsArticle(name);
  }

  [[nodiscard]] bool Drop(std::size_t i) const {
    std::size_t kind = i + 1;
    if (Is(kind, "MATERIALIZED") || Is(kind, "TEMPORARY")) ++kind;
    if (!Is(kind, "TABLE") && !Is(kind, "VIEW") && !Is(kind, "TRIGGER")) return false;
    std::size_t name = kind + 1;
    const bool exists = Is(name, "IF") && Is(name + 1, "EXISTS");
    if (exists) name += 2;
    if (!Has(name)) return Capital(i) && (exists || expected_);
    if (!Named(name)) return false;
    const std::size_t after = AfterName(name);
    const bool shape = !Has(after) || IsSign(after, ',') || IsHole(after) || Is(after, "CASCADE") ||
                       Is(after, "RESTRICT") || Is(after, "ON");
    return shape && !IsArticle(name) && (exists || (Capital(i) && Capital(kind)) || expected_);
  }

  [[nodiscard]] bool Copy(std::size_t i) const {
    if (IsSign(i + 1, '(')) return Is(i + 2, "SELECT") || Is(i + 2, "WITH");
    if (!Named(i + 1) || !Capital(i)) return false;
    std::size_t after = AfterName(i + 1);
    if (IsSign(after, '(')) {
      while (Has(after) && !IsSign(after, ')')) ++after;
      ++after;
    }
    if (!Is(after, "FROM") && !Is(after, "TO")) return false;
    return Is(after + 1, "STDIN") || Is(after + 1, "STDOUT") || Is(after + 1, "PROGRAM") ||
           (Has(after + 1) && tokens_[after + 1].kind == SqlKind::kString);
  }

  const std::vector<SqlToken>& tokens_;
  const bool expected_;
};

bool IsMySql(const std::string& text) { return text.find('`') != std::string::npos; }

void SortByPlace(SqlTables& tables) {
  std::stable_sort(tables.uses.begin(), tables.uses.end(),
                   [](const SqlUse& a, const SqlUse& b) { return a.line < b.line; });
}

}  // namespace

SqlTables ReadSqlFile(const SqlText& sql) {
  SqlTables tables;
  const bool mysql = IsMySql(sql.text);
  SqlLexer lexer(sql, 0, sql.text.size(), sql.pieces.front().line, true, mysql);
  SqlReader reader(sql, true, mysql, tables);
  std::vector<SqlToken> tokens;
  while (lexer.Next(tokens)) reader.Read(tokens);
  SortByPlace(tables);
  return tables;
}

SqlTables ReadSqlLiteral(const SqlText& sql, bool expected) {
  SqlTables tables;
  if (!BeginsAsSql(sql.text)) return tables;
  const bool mysql = IsMySql(sql.text);
  SqlLexer lexer(sql, 0, sql.text.size(), sql.pieces.front().line, false, mysql);
  SqlReader reader(sql, false, mysql, tables);
  std::vector<SqlToken> tokens;
  bool accepted = false;
  while (lexer.Next(tokens)) {
    const SqlJudge judge(tokens, expected);
    if (!accepted && !judge.IsSql()) {
      if (judge.IsPreface()) continue;
      break;
    }
    accepted = true;
    reader.Read(tokens);
  }
  SortByPlace(tables);
  return tables;
}

bool BeginsAsSql(const std::string& text) {
  constexpr std::array<std::string_view, 24> kFirst = {
      "SELECT",  "INSERT", "UPDATE",   "DELETE",    "CREATE", "ALTER",   "DROP",    "WITH",
      "REPLACE", "MERGE",  "TRUNCATE", "LOCK",      "COPY",   "LOAD",    "EXPLAIN", "BEGIN",
      "START",   "PRAGMA", "SET",      "SAVEPOINT", "USE",    "RELEASE", "DO",      "COMMIT"};
  std::size_t i = 0;
  while (i < text.size()) {
    if (SqlBlank(text[i]) || text[i] == '(' || text[i] == ';') {
      ++i;
    } else if (text.compare(i, 2, "--") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      const std::size_t close = text.find("*/", i + 2);
      i = close == std::string::npos ? text.size() : close + 2;
    } else {
      break;
    }
  }
  std::size_t end = i;
  while (end < text.size() && SqlLetter(text[end])) ++end;
  return OneOf(std::string_view(text).substr(i, end - i), kFirst);
}

}  // namespace seam::structure
