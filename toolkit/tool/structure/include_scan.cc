#include "tool/structure/include_scan_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seam::structure {
namespace {

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What is known of an #if's condition without any macro: `0`, `1`, `true`, `false`, and these
// together with `!`, `&&`, `||` and parentheses. Nothing where a macro decides.
class Condition {
 public:
  explicit Condition(std::string_view text) : text_(text) {}

  std::optional<bool> Value() {
    const std::optional<bool> value = Or(0);
    SkipBlanks();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  static constexpr int kDeepest = 64;  // Nobody writes more by hand; more would cost stack.

  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Take(std::string_view token) {
    SkipBlanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  std::optional<bool> Or(int depth) {
    std::optional<bool> value = And(depth);
    while (Take("||")) {
      const std::optional<bool> right = And(depth);
      if (value == true || right == true) {
        value = true;
      } else if (!value || !right) {
        value.reset();
      }
    }
    return value;
  }

  std::optional<bool> And(int depth) {
    std::optional<bool> value = Operand(depth);
    while (Take("&&")) {
      const std::optional<bool> right = Operand(depth);
      if (value == false || right == false) {
        value = false;
      } else if (!value || !right) {
        value.reset();
      }
    }
    return value;
  }

  // An operand up to `&&`, `||`, the closing parenthesis or the end.
  std::optional<bool> Operand(int depth) {
    const std::optional<bool> value = Primary(depth);
    SkipBlanks();
    const std::string_view rest = text_.substr(at_);
    if (rest.empty() || rest.front() == ')' || rest.substr(0, 2) == "&&" ||
        rest.substr(0, 2) == "||") {
      return value;
    }
    SkipUnknown();
    return std::nullopt;
  }

  std::optional<bool> Primary(int depth) {
    bool negated = false;
    while (Take("!")) negated = !negated;
    std::optional<bool> value;
    const std::size_t begin = at_;
    if (depth < kDeepest && Take("(")) {
      value = Or(depth + 1);
      if (!Take(")")) {
        at_ = begin;
        SkipUnknown();
        return std::nullopt;
      }
    } else {
      while (at_ < text_.size() && IsWordByte(text_[at_])) ++at_;
      value = Literal(text_.substr(begin, at_ - begin));
    }
    if (value && negated) value = !*value;
    return value;
  }

  static std::optional<bool> Literal(std::string_view word) {
    if (word == "true") return true;
    if (word == "false") return false;
    while (!word.empty() && std::string_view("uUlL").find(word.back()) != std::string_view::npos) {
      word.remove_suffix(1);
    }
    if (word.empty() || !std::all_of(word.begin(), word.end(), IsDigit)) return std::nullopt;
    return word.find_first_not_of('0') != std::string_view::npos;
  }

  // Goes on to the next `&&`, `||` or `)` of this depth.
  void SkipUnknown() {
    int open = 0;
    for (; at_ < text_.size(); ++at_) {
      const std::string_view two = text_.substr(at_, 2);
      if (text_[at_] == '(') ++open;
      if (open == 0 && (text_[at_] == ')' || two == "&&" || two == "||")) return;
      if (text_[at_] == ')') --open;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class SourceScan {
 public:
  explicit SourceScan(std::string_view text) : text_(text) {}

  ScannedSource Run() {
    while (at_ < text_.size()) Step();
    found_.lines = line_ - 1 + (text_.empty() || line_begin_ == text_.size() ? 0 : 1);
    found_.generated = SaysGenerated();
    return std::move(found_);
  }

 private:
  // What an #if chain leaves out.
  struct Chain {
    bool left_out_around = false;  // The chain stands in text that is left out.
    bool taken = false;            // A side before is certainly taken.
    bool left_out = false;         // This side.
  };

  bool LeftOut() const {
    return !chains_.empty() && (chains_.back().left_out_around || chains_.back().left_out);
  }

  char At(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  // Whether a line ends here; a carriage return without a line feed ends one as well.
  bool AtLineEnd(std::size_t at) const { return At(at) == '\n' || At(at) == '\r'; }

  void TakeLineEnd() {
    at_ += At(at_) == '\r' && At(at_ + 1) == '\n' ? 2 : 1;
    ++line_;
    line_begin_ = at_;
  }

  // Takes a backslash that joins a line with the next; compilers allow blanks behind it.
  bool TakeJoint() {
    std::size_t end = at_ + 1;
    while (At(end) == ' ' || At(end) == '\t') ++end;
    if (end >= text_.size() || !AtLineEnd(end)) return false;
    at_ = end;
    TakeLineEnd();
    return true;
  }

  // Takes a comment, if one begins here.
  bool TakeComment() {
    if (At(at_ + 1) == '/') {
      at_ += 2;
      while (at_ < text_.size() && !AtLineEnd(at_)) {
        if (text_[at_] != '\\' || !TakeJoint()) ++at_;
      }
      return true;
    }
    if (At(at_ + 1) != '*') return false;
    at_ += 2;
    while (at_ < text_.size() && !(text_[at_] == '*' && At(at_ + 1) == '/')) {
      if (AtLineEnd(at_)) {
        TakeLineEnd();
      } else {
        ++at_;
      }
    }
    at_ = std::min(at_ + 2, text_.size());
    return true;
  }

  // Takes blanks, comments and joints: what may stand between two tokens of a directive.
  void TakeBlanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\v' || c == '\f') {
        ++at_;
      } else if (!(c == '\\' && TakeJoint()) && !(c == '/' && TakeComment())) {
        return;
      }
    }
  }

  std::string_view TakeWord() {
    const std::size_t begin = at_;
    const bool number = IsDigit(At(at_));
    while (at_ < text_.size() &&
           (IsWordByte(text_[at_]) || (number && text_[at_] == '\'' && IsWordByte(At(at_ + 1))))) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  // Takes a literal up to its closing quote; one without any ends with its line.
  void TakeLiteral(char quote) {
    ++at_;
    while (at_ < text_.size() && !AtLineEnd(at_)) {
      if (text_[at_] == '\\') {
        if (!TakeJoint()) at_ = std::min(at_ + 2, text_.size());
      } else if (text_[at_++] == quote) {
        return;
      }
    }
  }

  // Takes a raw string, whose opening quote is here.
  void TakeRawString() {
    constexpr std::size_t kLongestDelimiter = 16;
    std::size_t open = at_ + 1;
    while (open - at_ <= kLongestDelimiter + 1 && open < text_.size() && text_[open] != '(' &&
           std::string_view(" )\\\t\v\f\r\n\"").find(text_[open]) == std::string_view::npos) {
      ++open;
    }
    if (At(open) != '(') return TakeLiteral('"');
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t found = text_.find(close, open);
    const std::size_t end = found == std::string_view::npos ? text_.size() : found + close.size();
    while (at_ < end) {
      if (AtLineEnd(at_)) {
        TakeLineEnd();
      } else {
        ++at_;
      }
    }
  }

  void Step() {
    const char c = text_[at_];
    switch (c) {
      case '\n':
      case '\r':
        TakeLineEnd();
        begins_ = true;
        return;
      case ' ':
      case '\t':
      case '\v':
      case '\f': ++at_; return;
      case '\\':
        if (TakeJoint()) return;
        break;
      case '/':
        if (TakeComment()) return;
        break;
      case '"':
      case '\'': begins_ = false; return TakeLiteral(c);
      case '#':
        if (!std::exchange(begins_, false)) break;
        ++at_;
        return TakeDirective();
      case '%':  // `%:` is another spelling of `#`.
        if (At(at_ + 1) != ':' || !std::exchange(begins_, false)) break;
        at_ += 2;
        return TakeDirective();
      default:
        if (IsWordByte(c)) return TakeText();
        break;
    }
    begins_ = false;
    ++at_;
  }

  // A word of the program: the prefix of a raw string, the begin of an import, or nothing of
  // interest.
  void TakeText() {
    const bool begins = std::exchange(begins_, false);
    const std::string_view word = TakeWord();
    if (At(at_) == '"' && word.back() == 'R') {
      if (word == "R" || word == "u8R" || word == "uR" || word == "UR" || word == "LR") {
        TakeRawString();
      }
    } else if (begins && !LeftOut() && (word == "import" || word == "module" || word == "export")) {
      TakeModuleLine(word);
    }
  }

  // `import x;`, `import <x>;` or `module x;`, with `export` before or not. Anything else that
  // begins with these words is left alone: they are names as well.
  void TakeModuleLine(std::string_view word) {
    const int line = line_;
    const bool exported = word == "export";
    if (exported) {
      TakeBlanks();
      word = TakeWord();
      if (word != "import") return;  // `export module x;` brings nothing in.
    }
    TakeBlanks();
    const char c = At(at_);
    if (word == "import" && (c == '"' || c == '<')) {
      const std::optional<std::string> name = TakeHeaderName();
      TakeBlanks();
      if (name && At(at_) == ';') {
        Add(line, c == '"' ? IncludeLine::Form::kQuoted : IncludeLine::Form::kAngled, *name);
      }
      return;
    }
    const std::size_t begin = at_;
    while (IsWordByte(At(at_)) || At(at_) == '.' || At(at_) == ':') ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    TakeBlanks();
    // `module :private;` begins a part of this very file.
    if (name.empty() || At(at_) != ';' || name.find("::") != std::string_view::npos ||
        (word == "module" && name.front() == ':')) {
      return;
    }
    Add(line, IncludeLine::Form::kModule, name);
  }

  // What stands between quotes or angles here; nothing when they are not closed in this line.
  std::optional<std::string> TakeHeaderName() {
    const char close = At(at_) == '<' ? '>' : '"';
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != close && !AtLineEnd(at_)) ++at_;
    if (At(at_) != close) return std::nullopt;
    return std::string(text_.substr(begin, at_++ - begin));
  }

  void TakeDirective() {
    const int line = line_;
    TakeBlanks();
    const std::string_view word = TakeWord();
    if (word == "include" || word == "import" || word == "include_next") {
      if (!LeftOut()) TakeInclude(line, word == "include_next");
    } else if (word == "if") {
      Open(Condition(TakeRestOfLine()).Value());
    } else if (word == "ifdef" || word == "ifndef") {
      Open(std::nullopt);
    } else if (word == "elif") {
      NextSide(Condition(TakeRestOfLine()).Value());
    } else if (word == "elifdef" || word == "elifndef") {
      NextSide(std::nullopt);
    } else if (word == "else") {
      NextSide(true);
    } else if (word == "endif") {
      if (!chains_.empty()) chains_.pop_back();
    }
  }

  void TakeInclude(int line, bool next) {
    TakeBlanks();
    const char c = At(at_);
    if (c == '"' || c == '<') {
      const std::optional<std::string> name = TakeHeaderName();
      if (!name || name->empty()) return;
      Add(line, c == '"' ? IncludeLine::Form::kQuoted : IncludeLine::Form::kAngled, *name);
      found_.includes.back().next = next;
    } else if (IsWordByte(c)) {
      std::string macro = TakeRestOfLine();
      while (!macro.empty() && macro.back() == ' ') macro.pop_back();
      Add(line, IncludeLine::Form::kComputed, macro);
    }
  }

  // The rest of the line, joined with those that continue it, with a blank for each comment.
  std::string TakeRestOfLine() {
    std::string rest;
    while (at_ < text_.size() && !AtLineEnd(at_)) {
      if (text_[at_] == '\\' && TakeJoint()) continue;
      if (text_[at_] == '/' && TakeComment()) {
        rest += ' ';
      } else {
        rest += text_[at_++];
      }
    }
    return rest;
  }

  void Open(std::optional<bool> value) {
    chains_.push_back({LeftOut(), value == true, value == false});
  }

  void NextSide(std::optional<bool> value) {
    if (chains_.empty()) return;
    Chain& chain = chains_.back();
    chain.left_out = chain.taken || value == false;
    chain.taken = chain.taken || value == true;
  }

  void Add(int line, IncludeLine::Form form, std::string_view name) {
    found_.includes.push_back({line, form, false, std::string(name)});
  }

  bool SaysGenerated() const {
    constexpr std::size_t kHead = 2048;
    constexpr int kHeadLines = 20;
    std::string head(text_.substr(0, kHead));
    std::size_t end = 0;
    for (int line = 0; line < kHeadLines && end < head.size(); ++line) {
      end = std::min(head.find('\n', end), head.size()) + 1;
    }
    if (end < head.size()) head.resize(end);
    for (char& c : head) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    constexpr std::array<std::string_view, 3> kSigns = {"generated by", "do not edit",
                                                        "@generated"};
    return std::any_of(kSigns.begin(), kSigns.end(),
                       [&](std::string_view sign) { return head.find(sign) != head.npos; });
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  int line_ = 1;
  bool begins_ = true;  // Nothing but blanks and comments stands before in this line.
  std::vector<Chain> chains_;
  ScannedSource found_;
};

}  // namespace

ScannedSource ScanIncludes(std::string_view text) { return SourceScan(text).Run(); }

}  // namespace seam::structure
