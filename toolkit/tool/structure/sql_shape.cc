#include "tool/structure/sql_tokens.h"

namespace seam::structure {

namespace {

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
    if (token.kind == SqlKind::kName || token.kind == SqlKind::kUnknown) return true;
    return token.kind == SqlKind::kWord && !OneOf(token.text, kReserved);
  }
  // After the name that begins here.
  [[nodiscard]] std::size_t AfterName(std::size_t i) const {
    while (Has(i)) {
      ++i;
      while (Has(i) && tokens_[i].glued &&
             (tokens_[i].kind == SqlKind::kUnknown || tokens_[i - 1].kind == SqlKind::kUnknown) &&
             tokens_[i].kind != SqlKind::kSign) {
        ++i;
      }
      if (!IsSign(i, '.')) break;
      ++i;
    }
    return i;
  }
  [[nodiscard]] bool IsHole(std::size_t i) const {
    return Has(i) && tokens_[i].kind == SqlKind::kUnknown;
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
      sign = sign || token.kind == SqlKind::kParameter || token.kind == SqlKind::kUnknown ||
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

}  // namespace

bool HasShapeOfSql(const std::vector<SqlToken>& tokens, bool expected) {
  return SqlJudge(tokens, expected).IsSql();
}

bool IsSqlPreface(const std::vector<SqlToken>& tokens) {
  return SqlJudge(tokens, false).IsPreface();
}

}  // namespace seam::structure
