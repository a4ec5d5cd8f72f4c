#include "tool/structure/sql_scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "tool/structure/sql_tokens.h"

namespace seam::structure {

namespace {

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
        if (any && !(token.glued && (token.kind == SqlKind::kUnknown || !known))) break;
        if (token.kind == SqlKind::kUnknown ||
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
        const bool function = IsSign(i_, '(') && !(Token(begin).kind == SqlKind::kUnknown);
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
      const auto next =
          SqlStatements(sql_, {token.at, token.at + token.text.size(), token.line, file_, mysql_});
      SqlReader reader(sql_, file_, mysql_, out_);
      reader.depth_of_bodies_ = depth_of_bodies_ + 1;
      std::vector<SqlToken> tokens;
      while (next(tokens)) reader.Read(tokens);
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
      if (token.kind == SqlKind::kUnknown) {
        text += "…";
        continue;
      }
      std::size_t size = std::min<std::size_t>(token.text.size(), 40);
      // Not within a character of several bytes.
      while (size > 0 && size < token.text.size() &&
             (static_cast<unsigned char>(token.text[size]) & 0xc0U) == 0x80U) {
        --size;
      }
      for (const char c : token.text.substr(0, size)) {
        if (c == kHole) {
          text += "…";
        } else {
          text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        }
      }
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

bool IsMySql(const std::string& text) { return text.find('`') != std::string::npos; }

void SortByPlace(SqlTables& tables) {
  std::stable_sort(tables.uses.begin(), tables.uses.end(),
                   [](const SqlUse& a, const SqlUse& b) { return a.line < b.line; });
}

}  // namespace

SqlTables ReadSqlFile(const SqlText& sql) {
  SqlTables tables;
  const bool mysql = IsMySql(sql.text);
  const auto next = SqlStatements(sql, {0, sql.text.size(), sql.pieces.front().line, true, mysql});
  SqlReader reader(sql, true, mysql, tables);
  std::vector<SqlToken> tokens;
  while (next(tokens)) reader.Read(tokens);
  SortByPlace(tables);
  return tables;
}

SqlTables ReadSqlLiteral(const SqlText& sql, bool expected) {
  SqlTables tables;
  if (!BeginsAsSql(sql.text)) return tables;
  const bool mysql = IsMySql(sql.text);
  const auto next = SqlStatements(sql, {0, sql.text.size(), sql.pieces.front().line, false, mysql});
  SqlReader reader(sql, false, mysql, tables);
  std::vector<SqlToken> tokens;
  bool accepted = false;
  while (next(tokens)) {
    if (!accepted && !HasShapeOfSql(tokens, expected)) {
      if (IsSqlPreface(tokens)) continue;
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
