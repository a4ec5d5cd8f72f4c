#include "seam/sql/outline.h"

#include <algorithm>
#include <string>

#include "seam/sql/driver.h"

namespace seam::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Outline Read() {
    while (at_ < text_.size()) Step();
    if (!begun_) ThrowNotOne();
    return outline_;
  }

 private:
  [[noreturn]] void ThrowNotOne() const { ThrowMisuse(text_, "exactly one statement is expected"); }

  [[nodiscard]] char Ahead(std::size_t distance = 1) const {
    return at_ + distance < text_.size() ? text_[at_ + distance] : '\0';
  }

  void Step() {
    const char c = text_[at_];
    if (IsSpace(c)) {
      ++at_;
    } else if (c == '-' && Ahead() == '-') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '/' && Ahead() == '*') {
      SkipComment();
    } else if (c == ';') {
      if (!begun_) ThrowNotOne();
      ended_ = true;
      ++at_;
    } else {
      if (ended_) ThrowNotOne();
      Token(c);
      begun_ = true;
    }
  }

  void Token(char c) {
    if (c == '\'' || c == '"') {
      SkipQuoted(c, false);
    } else if ((c == 'e' || c == 'E') && Ahead() == '\'') {
      ++at_;
      SkipQuoted('\'', true);
    } else if (c == '$') {
      ReadDollar();
    } else if (IsLetter(c)) {
      ReadWord();
    } else {
      if (c == '(') ++depth_;
      if (c == ')') --depth_;
      ++at_;
    }
  }

  // Comments nest in PostgreSQL.
  void SkipComment() {
    int depth = 0;
    do {
      if (text_[at_] == '/' && Ahead() == '*') {
        ++depth;
        at_ += 2;
      } else if (text_[at_] == '*' && Ahead() == '/') {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
  }

  // A doubled quote ends and begins again, which is the same here.
  void SkipQuoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (escapes && text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void ReadDollar() {
    std::size_t end = at_ + 1;
    if (IsDigit(Ahead())) {
      std::size_t number = 0;
      for (; end < text_.size() && IsDigit(text_[end]) && number < 100'000; ++end) {
        number = number * 10 + static_cast<std::size_t>(text_[end] - '0');
      }
      if (number == 0 || number >= 100'000) ThrowParameter(end);
      outline_.parameters = std::max(outline_.parameters, number);
      at_ = end;
      return;
    }
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]))) ++end;
    if (end >= text_.size() || text_[end] != '$') ThrowParameter(end);
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  }

  [[noreturn]] void ThrowParameter(std::size_t end) const {
    ThrowMisuse(text_,
                "parameters are named $1, $2, …, not " + std::string(text_.substr(at_, end - at_)));
  }

  void ReadWord() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (IsLetter(text_[at_]) || IsDigit(text_[at_]) || text_[at_] == '$')) {
      ++at_;
    }
    if (depth_ != 0 || known_) return;
    const std::string_view word = text_.substr(begin, at_ - begin);
    outline_.changes =
        Is(word, "insert") || Is(word, "update") || Is(word, "delete") || Is(word, "merge");
    // After WITH, the names and queries in parentheses come first.
    known_ = outline_.changes || Is(word, "select") || Is(word, "values") || Is(word, "table") ||
             (!begun_ && !Is(word, "with"));
  }

  static bool Is(std::string_view word, std::string_view lower) {
    return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  }

  const std::string_view text_;
  Outline outline_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool begun_ = false;  // Something that is neither space nor comment was read.
  bool ended_ = false;  // So was a semicolon.
  bool known_ = false;  // What the statement does.
};

}  // namespace

Outline OutlineOf(std::string_view text) { return Reader(text).Read(); }

}  // namespace seam::sql
