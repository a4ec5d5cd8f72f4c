#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tool/structure/near_paths_internal.h"
#include "tool/structure/sql_scan.h"
#include "tool/structure/tables_internal.h"

namespace seam::structure {

namespace {

bool IsCodeLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsCodeDigit(char c) { return c >= '0' && c <= '9'; }

// Text that is put together by one expression, or by several statements on one variable.
struct SqlChain {
  SqlText sql{};
  std::string owner{};    // The variable that it is given to, if it is one.
  bool adds = false;      // To what the variable has already.
  bool constant = false;  // The variable's declaration says so.
  bool expected = false;  // The code around it speaks of queries.
  int depth = 0;          // Of braces.

  void Append(const SqlText& more) {
    const std::size_t size = sql.text.size();
    for (auto piece : more.pieces) {
      piece.offset += size;
      sql.pieces.push_back(piece);
    }
    sql.text += more.text;
  }
  void AppendHole(int line) {
    sql.pieces.push_back({sql.text.size(), line, false});
    sql.text += kHole;
  }
};

// Finds the string literals of a source and joins those that make one text.
//
// It knows tokens and brackets, and no more of the language: `"a" "b"`, `"a" MACRO "b"`,
// `"a" + x + "b"`, `out << "a" << x << "b"`, `s = "a"; s += "b";`, and a name for a literal that
// the same file gives. What is not text leaves a hole.
class LiteralReader {
 public:
  LiteralReader(std::string_view text, SqlTables& out) : text_(text), out_(out) {
    frames_.emplace_back();
  }

  void Read() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    bool first_of_line = true;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        ++at_;
        first_of_line = true;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
        ++at_;
      } else if (c == '\\' && SkipJoin()) {
        continue;
      } else if (c == '/' && (Peek(1) == '/' || Peek(1) == '*')) {
        SkipComment();
      } else if (c == '#' && first_of_line) {
        Directive();
      } else {
        first_of_line = false;
        Token();
      }
    }
    CloseAll();
    FlushOpen(-1);
  }

 private:
  // Deeper brackets are read as if they were not there.
  static constexpr std::size_t kDeepest = 1000;

  enum class After { kNothing, kText, kMacro, kConnected, kOperand };

  // What is between two brackets, or in the file.
  struct Frame {
    char bracket = '\0';
    std::string callee{};
    After after = After::kNothing;
    std::optional<SqlChain> chain{};
    int chains = 0;      // That have begun in it.
    bool other = false;  // Something else stands in it.
    // What the next chain is given to.
    std::string path{};      // The name that was read last: "a", "a.b", "a->b", "a::b".
    bool path_open = false;  // A '.' or its like was read behind it.
    std::string owner{};
    bool adds = false;
    bool constant = false;
    bool ended = false;   // A chain has ended in this statement.
    std::string words{};  // The names of this statement, for what they say of queries.
    // A name in a chain, which may be a literal's.
    std::string pending{};
    int pending_line = 0;
  };

  [[nodiscard]] char Peek(std::size_t more) const {
    return at_ + more < text_.size() ? text_[at_ + more] : '\0';
  }
  Frame& Top() { return frames_.back(); }

  bool SkipJoin() {
    std::size_t i = at_ + 1;
    if (i < text_.size() && text_[i] == '\r') ++i;
    if (i < text_.size() && text_[i] != '\n') return false;
    at_ = i + 1;
    ++line_;
    return true;
  }

  void SkipComment() {
    if (Peek(1) == '/') {
      while (at_ < text_.size() && text_[at_] != '\n') {
        if (text_[at_] == '\\' && SkipJoin()) continue;
        ++at_;
      }
      return;
    }
    const std::size_t close = text_.find("*/", at_ + 2);
    const std::size_t end = close == std::string_view::npos ? text_.size() : close + 2;
    CountLines(at_, end);
    at_ = end;
  }

  void CountLines(std::size_t from, std::size_t to) {
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(from),
                                         text_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
  }

  // A #define's text is read by itself; other directives have none.
  void Directive() {
    ++at_;
    while (Peek(0) == ' ' || Peek(0) == '\t') ++at_;
    const std::string_view word = TakeIdentifier();
    const bool define = word == "define";
    std::string name;
    if (define) {
      while (Peek(0) == ' ' || Peek(0) == '\t') ++at_;
      name = std::string(TakeIdentifier());
      // One with parameters has no text of its own.
      if (Peek(0) == '(') name.clear();
    }
    std::vector<Frame> outside;
    outside.swap(frames_);
    const std::size_t deeper_outside = std::exchange(deeper_, 0);
    frames_.emplace_back();
    Top().owner = name;
    Top().constant = true;
    NoteWord(name);
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_];
      if (c == '\\' && SkipJoin()) continue;
      if (c == '/' && (Peek(1) == '/' || Peek(1) == '*')) {
        SkipComment();
      } else if (define && c != ' ' && c != '\t' && c != '\r') {
        Token();
      } else {
        ++at_;
      }
    }
    CloseAll();
    frames_.swap(outside);
    deeper_ = deeper_outside;
  }

  std::string_view TakeIdentifier() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (IsCodeLetter(text_[at_]) || IsCodeDigit(text_[at_]))) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void Token() {
    const char c = text_[at_];
    if (c == '"') {
      Literal();
    } else if (c == '\'') {
      SkipCharacter();
      Operand();
    } else if (IsCodeDigit(c)) {
      while (at_ < text_.size() &&
             (IsCodeLetter(text_[at_]) || IsCodeDigit(text_[at_]) || text_[at_] == '.' ||
              (text_[at_] == '\'' && (IsCodeDigit(Peek(1)) || IsCodeLetter(Peek(1)))))) {
        ++at_;
      }
      Operand();
    } else if (IsCodeLetter(c)) {
      const std::string_view name = TakeIdentifier();
      if (Peek(0) == '"') {
        if (name == "R" || name == "LR" || name == "uR" || name == "UR" || name == "u8R") {
          return RawLiteral();
        }
        if (name == "L" || name == "u" || name == "U" || name == "u8") return Literal();
      }
      if (Peek(0) == '\'' && (name == "L" || name == "u" || name == "U" || name == "u8")) {
        SkipCharacter();
        return Operand();
      }
      Identifier(name);
    } else {
      Sign(c);
    }
  }

  void SkipCharacter() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '\'' && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' && Peek(1) != '\n' ? 2 : 1;
    }
    if (Peek(0) == '\'') ++at_;
  }

  void Literal() {
    SqlText sql;
    sql.pieces.push_back({0, line_, false});
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
      if (text_[at_] != '\\') {
        sql.text += text_[at_++];
        continue;
      }
      if (SkipJoin()) {
        sql.pieces.push_back({sql.text.size(), line_, false});
        continue;
      }
      Escape(sql.text);
    }
    if (Peek(0) == '"') ++at_;
    Suffix();
    Text(sql);
  }

  void Escape(std::string& out) {
    const char c = Peek(1);
    at_ = std::min(at_ + 2, text_.size());
    int value = 0;
    switch (c) {
      case 'n': out += '\n'; return;
      case 't': out += '\t'; return;
      case 'r': out += '\r'; return;
      case 'a':
      case 'b':
      case 'f':
      case 'v': out += ' '; return;
      case 'x':
        while (at_ < text_.size() && std::isxdigit(static_cast<unsigned char>(text_[at_])) != 0) {
          const char digit = text_[at_++];
          value = value * 16 + (IsCodeDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
          value &= 0xff;
        }
        break;
      case 'u':
      case 'U': {
        // A letter like others.
        for (int i = 0; i < (c == 'u' ? 4 : 8) && at_ < text_.size() &&
                        std::isxdigit(static_cast<unsigned char>(text_[at_])) != 0;
             ++i) {
          ++at_;
        }
        out += '\xC3';
        return;
      }
      default:
        if (c < '0' || c > '7') {
          out += c;
          return;
        }
        value = c - '0';
        for (int i = 0; i < 2 && Peek(0) >= '0' && Peek(0) <= '7'; ++i) {
          value = (value * 8 + (text_[at_++] - '0')) & 0xff;
        }
    }
    // Not what stands for a hole, nor an end.
    out += value < ' ' ? ' ' : static_cast<char>(value);
  }

  // ""s and its like; "%"PRIu64 is a macro.
  void Suffix() {
    if (Peek(0) == '_') {
      TakeIdentifier();
      return;
    }
    if (Peek(0) != 's') return;
    const std::size_t size = Peek(1) == 'v' ? 2 : 1;
    if (!IsCodeLetter(Peek(size)) && !IsCodeDigit(Peek(size))) at_ += size;
  }

  void RawLiteral() {
    const std::size_t open = text_.find('(', at_ + 1);
    if (open == std::string_view::npos || open - at_ > 17) return Literal();
    std::string close = ")";
    close += text_.substr(at_ + 1, open - at_ - 1);
    close += '"';
    const std::size_t end = text_.find(close, open + 1);
    const std::size_t stop = end == std::string_view::npos ? text_.size() : end;
    SqlText sql;
    sql.pieces.push_back({0, line_, true});
    sql.text = std::string(text_.substr(open + 1, stop - open - 1));
    std::replace(sql.text.begin(), sql.text.end(), kHole, ' ');
    CountLines(at_, stop);
    at_ = std::min(stop + close.size(), text_.size());
    Suffix();
    Text(sql);
  }

  static bool SpeaksOfQueries(const std::string& words) {
    std::string lower = words;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    constexpr std::array<std::string_view, 12> kWords = {
        "sql",     "query",  "queries", "stmt", "statement", "exec",
        "prepare", "cursor", "db",      "conn", "session",   "transaction"};
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
      return lower.find(word) != std::string::npos;
    });
  }

  void NoteWord(std::string_view word) {
    std::string& words = Top().words;
    if (words.size() > 200) return;
    words += word;
    words += ' ';
  }

  void Text(const SqlText& sql) {
    Resolve(false);
    Frame& frame = Top();
    if (!frame.chain) {
      frame.chain.emplace();
      ++frame.chains;
      frame.chain->owner = frame.owner;
      frame.chain->adds = frame.adds;
      frame.chain->constant = frame.constant;
      frame.chain->depth = braces_;
      std::string words = frame.words + frame.path + ' ' + frame.callee;
      if (frames_.size() > 1) {
        const Frame& parent = frames_[frames_.size() - 2];
        // std::string(…), and the braces of a list.
        if (frame.bracket != '{' || frame.callee.empty() == false) words += ' ' + parent.words;
        if (IsStringType(frame.callee)) words += parent.callee;
        // s.append("…")
        if (frame.owner.empty() && EndsWith(frame.callee, ".append")) {
          frame.chain->owner = frame.callee.substr(0, frame.callee.size() - 7);
          frame.chain->adds = true;
        } else if (frame.owner.empty() && frame.chains == 1 && !parent.path.empty() &&
                   frame.callee == parent.path) {
          // std::string sql("…"), too: what follows may add to it.
          frame.chain->owner = frame.callee;
        }
      }
      frame.chain->expected = SpeaksOfQueries(words);
    }
    frame.chain->Append(sql);
    frame.after = After::kText;
  }

  static bool EndsWith(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
  }

  void Identifier(std::string_view name) {
    Frame& frame = Top();
    if (frame.chain) {
      if (frame.after == After::kText || frame.after == After::kConnected ||
          frame.after == After::kMacro) {
        Resolve(false);
        // A::b is b.
        Top().pending = std::string(name);
        Top().pending_line = line_;
        frame.after = frame.after == After::kConnected ? After::kOperand : After::kMacro;
      } else if (!frame.pending.empty() && frame.path_open) {
        frame.pending = std::string(name);
      }
      frame.path_open = false;
      return;
    }
    frame.other = true;
    if (name == "const" || name == "constexpr" || name == "return") {
      frame.constant = frame.constant || name != "return";
      return;
    }
    if (frame.path_open) {
      if (frame.path.size() < 200) frame.path += name;
    } else {
      if (!frame.path.empty()) NoteWord(frame.path);
      frame.path = std::string(name);
    }
    frame.path_open = false;
  }

  // Something in a chain that is no text.
  void Operand() {
    Frame& frame = Top();
    if (!frame.chain) {
      frame.other = true;
      return;
    }
    Resolve(false);
    if (frame.after == After::kConnected) {
      frame.chain->AppendHole(line_);
      frame.after = After::kOperand;
    }
  }

  // Puts a name that was read in a chain into it: as the text that it has, or as a hole.
  // called: brackets follow it.
  void Resolve(bool called) {
    Frame& frame = Top();
    if (frame.pending.empty()) return;
    const auto constant = constants_.find(frame.pending);
    if (frame.chain) {
      if (!called && constant != constants_.end()) {
        // Where the text is used counts, not where it was given a name.
        frame.chain->sql.pieces.push_back(
            {frame.chain->sql.text.size(), frame.pending_line, false});
        frame.chain->sql.text += constant->second;
      } else {
        frame.chain->AppendHole(frame.pending_line);
      }
    }
    frame.pending.clear();
  }

  void Open(char bracket) {
    Frame& frame = Top();
    if (frame.chain) {
      const std::string name = frame.pending;
      Resolve(true);
      if (frame.after == After::kText && bracket == '{') EndChain();
      Frame inner;
      inner.bracket = bracket;
      inner.callee = name;
      Push(inner);
      return;
    }
    Frame inner;
    inner.bracket = bracket;
    inner.callee = frame.path;
    if (bracket == '{' && frame.path == "=") inner.callee.clear();
    if (!frame.path.empty()) NoteWord(frame.path);
    frame.other = true;
    frame.path_open = false;
    // `= {"…"}`, `std::string s("…")` and the like give what is in the brackets.
    if (bracket == '{') {
      inner.owner.clear();
    } else if (!frame.owner.empty() && (IsStringType(frame.path) || frame.path.empty())) {
      inner.owner = frame.owner;
      inner.adds = frame.adds;
      inner.constant = frame.constant;
    }
    Push(inner);
  }

  void Push(Frame& inner) {
    if (frames_.size() >= kDeepest) {
      ++deeper_;
      return;
    }
    if (inner.bracket == '{') ++braces_;
    frames_.push_back(std::move(inner));
  }

  static bool IsStringType(const std::string& callee) {
    constexpr std::array<std::string_view, 14> kTypes = {
        "string",  "string_view",    "wstring",       "basic_string", "String", "QString",
        "CString", "QStringLiteral", "QLatin1String", "_T",           "TEXT",   "wxT",
        "L",       "u8string"};
    const std::size_t last = callee.find_last_of(':');
    const std::string_view name =
        std::string_view(callee).substr(last == std::string::npos ? 0 : last + 1);
    return std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
  }
  static bool JoinsArguments(const std::string& callee) {
    return EndsWith(callee, "StrCat") || EndsWith(callee, "StrAppend") ||
           EndsWith(callee, "concat") || EndsWith(callee, "Concat");
  }

  void CloseAll() {
    deeper_ = 0;
    while (frames_.size() > 1) Close();
    EndChain();
  }

  void Close() {
    if (deeper_ > 0) {
      --deeper_;
      return;
    }
    Resolve(false);
    Frame inner = std::move(frames_.back());
    frames_.pop_back();
    if (inner.bracket == '{') {
      --braces_;
      FlushOpen(braces_);
    }
    Frame& frame = Top();
    const bool text = inner.chain && inner.chains == 1 && !inner.other &&
                      (inner.bracket == '(' || inner.bracket == '{') &&
                      (inner.callee.empty() || IsStringType(inner.callee)) &&
                      (inner.bracket == '(' || IsStringType(inner.callee));
    if (text &&
        (!frame.chain || frame.after == After::kConnected || frame.after == After::kOperand)) {
      if (frame.chain) {
        // The name of the type had become a hole.
        if (frame.after == After::kOperand && !frame.chain->sql.text.empty() &&
            frame.chain->sql.text.back() == kHole) {
          frame.chain->sql.text.pop_back();
          frame.chain->sql.pieces.pop_back();
        }
        frame.chain->Append(inner.chain->sql);
        frame.chain->expected = frame.chain->expected || inner.chain->expected;
      } else {
        frame.chain = std::move(inner.chain);
        if (frame.chain->owner.empty()) {
          frame.chain->owner = frame.owner;
          frame.chain->adds = frame.adds;
        }
        ++frame.chains;
      }
      frame.after = After::kText;
      return;
    }
    if (inner.chain) Finish(std::move(*inner.chain));
    if (frame.chain && frame.after == After::kConnected) {
      frame.chain->AppendHole(line_);
      frame.after = After::kOperand;
    }
    if (inner.bracket == '{' && !frame.chain) EndStatement();
  }

  void EndStatement() {
    EndChain();
    Frame& frame = Top();
    // `sql += x;`
    if (frame.adds && !frame.ended && !frame.owner.empty()) {
      if (SqlChain* open = FindOpen(frame.owner)) open->AppendHole(line_);
    }
    frame.path.clear();
    frame.path_open = false;
    frame.owner.clear();
    frame.adds = false;
    frame.constant = false;
    frame.ended = false;
    frame.words.clear();
  }

  void EndChain() {
    Resolve(false);
    Frame& frame = Top();
    frame.after = After::kNothing;
    if (!frame.chain) return;
    frame.ended = true;
    SqlChain chain = std::move(*frame.chain);
    frame.chain.reset();
    Finish(std::move(chain));
  }

  void Sign(char c) {
    Frame& frame = Top();
    switch (c) {
      case '(':
      case '[':
      case '{':
        ++at_;
        if (c == '{' && frame.chain && frame.after == After::kText) EndChain();
        Open(c);
        return;
      case ')':
      case ']':
      case '}':
        ++at_;
        // What is not closed in between was never open: code between #if and #else.
        if (frames_.size() > 1) Close();
        return;
      case ';':
        ++at_;
        EndStatement();
        return;
      case '+':
        if (Peek(1) == '=') {
          at_ += 2;
          EndChain();
          Give(true);
          return;
        }
        if (Peek(1) == '+') {
          at_ += 2;
          return;
        }
        ++at_;
        Connect();
        return;
      case '<':
        if (Peek(1) == '<') {
          at_ += 2;
          if (frame.chain) {
            Connect();
          } else if (!frame.adds) {
            Give(true);
          }
          return;
        }
        break;
      case '=':
        if (Peek(1) == '=') {
          at_ += 2;
          EndChain();
          return;
        }
        ++at_;
        EndChain();
        Give(false);
        return;
      case ',':
        ++at_;
        if (frame.chain && JoinsArguments(frame.callee)) return Connect();
        EndChain();
        frame.path.clear();
        frame.path_open = false;
        frame.other = true;
        return;
      case '.':
        ++at_;
        PathGoesOn(".");
        return;
      case ':':
        if (Peek(1) == ':') {
          at_ += 2;
          PathGoesOn("::");
          return;
        }
        break;
      case '-':
        if (Peek(1) == '>') {
          at_ += 2;
          PathGoesOn(".");
          return;
        }
        break;
      case '*':
      case '&':
      case '!':
      case '~':
        ++at_;
        if (c == '&' && Peek(0) == '&') {
          ++at_;
          EndChain();
        }
        return;
      default: break;
    }
    ++at_;
    frame.other = true;
    EndChain();
    if (c == '?' || c == ':') frame.path.clear();
  }

  void PathGoesOn(std::string_view by) {
    Frame& frame = Top();
    if (!frame.chain) {
      if (frame.path.size() < 200) frame.path += by;
      frame.path_open = true;
      return;
    }
    // A member of something: not known. A name in a namespace may be.
    if (by != "::") {
      if (frame.after == After::kText) frame.after = After::kOperand;
      Resolve(true);
    } else {
      frame.path_open = true;
    }
  }

  void Connect() {
    Frame& frame = Top();
    Resolve(false);
    if (frame.chain) {
      frame.after = After::kConnected;
    } else {
      frame.other = true;
    }
  }

  void Give(bool adds) {
    Frame& frame = Top();
    // `s = s + "…"`: the last name before the sign is the variable.
    frame.owner = frame.path;
    frame.adds = adds;
    if (!frame.path.empty()) NoteWord(frame.path);
    frame.path.clear();
    frame.path_open = false;
    frame.other = true;
  }

  // A chain that is complete as far as its own statement goes.
  void Finish(SqlChain chain) {
    if (chain.constant && !chain.adds && !chain.owner.empty() && chain.sql.text.size() <= 2000 &&
        chain.sql.text.find(kHole) == std::string::npos) {
      constants_[chain.owner] = chain.sql.text;
    }
    if (chain.owner.empty() || chain.constant) return Emit(chain);
    if (SqlChain* open = FindOpen(chain.owner)) {
      const bool begins = BeginsAsSql(chain.sql.text) && !BeginsAsSql(open->sql.text);
      if (chain.adds && !begins && open->sql.text.size() < 1000000) {
        open->Append(chain.sql);
        return;
      }
      Emit(*open);
      open->owner.clear();
    }
    open_.push_back(std::move(chain));
  }

  // Of the last few variables: text is put together in one place.
  SqlChain* FindOpen(const std::string& owner) {
    const std::size_t first = open_.size() > 16 ? open_.size() - 16 : 0;
    for (std::size_t i = open_.size(); i > first; --i) {
      if (open_[i - 1].owner == owner) return &open_[i - 1];
    }
    return nullptr;
  }

  // What is deeper in braces is complete.
  void FlushOpen(int depth) {
    while (!open_.empty() && open_.back().depth > depth) {
      if (!open_.back().owner.empty()) Emit(open_.back());
      open_.pop_back();
    }
  }

  void Emit(const SqlChain& chain) {
    if (chain.sql.pieces.empty()) return;
    SqlTables tables = ReadSqlLiteral(chain.sql, chain.expected);
    out_.uses.insert(out_.uses.end(), tables.uses.begin(), tables.uses.end());
    out_.unknown.insert(out_.unknown.end(), tables.unknown.begin(), tables.unknown.end());
    out_.temporary.insert(tables.temporary.begin(), tables.temporary.end());
  }

  const std::string_view text_;
  SqlTables& out_;
  std::size_t at_ = 0;
  int line_ = 1;
  int braces_ = 0;
  std::vector<Frame> frames_;
  std::size_t deeper_ = 0;  // Brackets that are open and have no frame.
  std::vector<SqlChain> open_;
  std::unordered_map<std::string, std::string> constants_;
};

bool IsSqlFile(const std::string& path) {
  if (path.size() < 4) return false;
  std::string end = path.substr(path.size() - 4);
  for (char& c : end) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return end == ".sql";
}

std::string BareTableName(const std::string& table) {
  const std::size_t dot = table.rfind('.');
  return dot == std::string::npos ? table : table.substr(dot + 1);
}

}  // namespace

void ReadTables(const std::string& path, std::string_view text, Facts& facts) {
  SqlTables tables;
  const bool file = IsSqlFile(path);
  if (file) {
    SqlText sql;
    sql.text = std::string(text);
    std::replace(sql.text.begin(), sql.text.end(), kHole, ' ');
    sql.pieces.push_back({0, 1, true});
    tables = ReadSqlFile(sql);
  } else {
    LiteralReader(text, tables).Read();
  }
  std::stable_sort(tables.uses.begin(), tables.uses.end(), [](const SqlUse& a, const SqlUse& b) {
    return std::tie(a.line, a.table, a.use, a.with, a.creates) <
           std::tie(b.line, b.table, b.use, b.with, b.creates);
  });
  const SqlUse* before = nullptr;
  for (const SqlUse& use : tables.uses) {
    if (tables.temporary.count(use.table) != 0) continue;
    // A dump says the same thousands of times, one below the other; a line may say it twice.
    const bool again = before != nullptr && before->table == use.table && before->use == use.use &&
                       before->with == use.with && before->creates == use.creates &&
                       (file || before->line == use.line);
    before = &use;
    if (again) continue;
    Edge edge;
    edge.kind = EdgeKind::kTable;
    edge.place = {path, use.line};
    edge.target = use.table;
    if (use.creates) edge.target_file = path;
    edge.use = use.use;
    edge.with = use.with;
    facts.edges.push_back(std::move(edge));
  }
  std::stable_sort(
      tables.unknown.begin(), tables.unknown.end(),
      [](const SqlTables::Unknown& a, const SqlTables::Unknown& b) { return a.line < b.line; });
  for (const SqlTables::Unknown& unknown : tables.unknown) {
    facts.unseen.push_back({path + ':' + std::to_string(unknown.line) + ": \"" + unknown.statement +
                                "\": which table is meant is known at run time only",
                            "write the name of the table into the text of the statement"});
  }
}

void ResolveTables(Facts& facts) {
  // By the name without a schema: the names with it, and the files that make them.
  std::map<std::string, std::map<std::string, std::set<std::string>>> makers;
  for (const Edge& edge : facts.edges) {
    if (edge.kind == EdgeKind::kTable && edge.use == TableUse::kCreate &&
        edge.target_file == edge.place.file) {
      makers[BareTableName(edge.target)][edge.target].insert(edge.place.file);
    }
  }
  for (Edge& edge : facts.edges) {
    if (edge.kind != EdgeKind::kTable || !edge.target_file.empty()) continue;
    const auto named = makers.find(BareTableName(edge.target));
    if (named == makers.end()) continue;
    const bool schema = edge.target.find('.') != std::string::npos;
    std::set<std::string> files;
    const auto exact = named->second.find(edge.target);
    if (exact != named->second.end()) {
      files = exact->second;
    } else {
      // Two schemas are two tables.
      for (const auto& [name, made_by] : named->second) {
        if (schema && name.find('.') != std::string::npos) continue;
        files.insert(made_by.begin(), made_by.end());
      }
    }
    // By how near: the file itself, no test's, shared folders; then by path.
    std::tuple<bool, bool, std::size_t> most;
    for (const std::string& file : files) {
      const std::tuple near(file == edge.place.file, !IsTestPath(file),
                            SharedFolders(file, edge.place.file));
      if (edge.target_file.empty() || near > most) {
        edge.target_file = file;
        most = near;
      }
    }
  }
}

}  // namespace seam::structure
