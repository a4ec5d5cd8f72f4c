#ifndef SEAM_CONFIG_JSON_TEXT_INTERNAL_H_
#define SEAM_CONFIG_JSON_TEXT_INTERNAL_H_

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace seam::config {

// A JSON text that is read by events, and where in it each of them is: the library tells the place
// of a mistake alone. Not thread-safe; the text must outlive it.
class JsonText {
 public:
  // `name` is the file's, for messages.
  JsonText(std::string name, std::string_view text)
      : name_(std::move(name)), text_(text), position_(text.data()), token_end_(text.data()) {}
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // Gives the events to `sax`, until it returns false.
  void Parse(nlohmann::json_sax<nlohmann::json>& sax, bool comments = false) {
    const char* const begin = text_.data();
    nlohmann::json::sax_parse(CountingIterator(begin, &position_),
                              CountingIterator(begin + text_.size(), &position_), &sax,
                              nlohmann::json::input_format_t::json, true, comments);
  }

  // Where the token of the current event begins: the first character after the last event that is
  // neither blank, comment nor punctuation. The parser itself may have read one character further.
  [[nodiscard]] const char* TokenBegin() const {
    constexpr std::string_view kBetweenTokens = " \t\r\n,:]}";
    const char* const end = position_ - 1;
    const char* at = token_end_;
    while (at < end) {
      if (kBetweenTokens.find(*at) != std::string_view::npos) {
        ++at;
      } else if (*at == '/' && at[1] == '/') {
        at = std::find(at, end, '\n');
      } else if (*at == '/' && at[1] == '*') {
        constexpr std::string_view kClose = "*/";
        at = std::search(at + 2, end, kClose.begin(), kClose.end());
        if (at != end) at += kClose.size();
      } else {
        break;
      }
    }
    return at;
  }
  // To be called in each event, after TokenBegin().
  void EndToken() { token_end_ = position_; }

  // "FILE:LINE:COLUMN". Lines and columns count from 1; a column is a character, not a byte.
  [[nodiscard]] std::string Where(const char* at) const {
    const std::string_view before = text_.substr(0, static_cast<std::size_t>(at - text_.data()));
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0.
    const auto column =
        1 + std::count_if(in_line.begin(), in_line.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // Not inside a UTF-8 sequence.
        });
    return name_ + ":" + std::to_string(Line(at)) + ":" + std::to_string(column);
  }
  [[nodiscard]] int Line(const char* at) const {
    const std::string_view before = text_.substr(0, static_cast<std::size_t>(at - text_.data()));
    return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  }

  // "FILE:LINE:COLUMN: what" for the parser's own complaint.
  [[nodiscard]] std::string Complaint(const nlohmann::detail::exception& error) const {
    // https://json.nlohmann.me/home/exceptions/#jsonexceptionout_of_range406
    constexpr int kNumberOverflow = 406;
    // "[json.exception.…] parse error at line 1, column 2: <what we want>; last read: '…'; …".
    std::string what = error.what();
    if (const auto column = what.find(", column "); column != std::string::npos) {
      what.erase(0, what.find(": ", column) + 2);
    } else if (const auto bracket = what.find("] "); bracket != std::string::npos) {
      what.erase(0, bracket + 2);
    }
    if (const auto last_read = what.find("; last read: '"); last_read != std::string::npos) {
      const auto quote = what.rfind('\'', what.find("; expected ", last_read));
      what.erase(last_read, quote + 1 - last_read);
    }
    const bool at_end = position_ == text_.data() + text_.size();
    const bool whole_token = error.id == kNumberOverflow;
    return Where(whole_token ? TokenBegin() : at_end ? position_ : position_ - 1) + ": " + what;
  }

 private:
  // Walks over a text and tells at any moment how far its reader has come. The reader keeps copies,
  // so the position lives outside.
  class CountingIterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, const char** position) : at_(at), position_(position) {}

    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
      *position_ = ++at_;
      return *this;
    }
    CountingIterator operator++(int) {
      CountingIterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
      return a.at_ == b.at_;
    }
    friend bool operator!=(const CountingIterator& a, const CountingIterator& b) {
      return !(a == b);
    }

   private:
    const char* at_;
    const char** position_;
  };

  const std::string name_;
  const std::string_view text_;
  const char* position_;   // What the parser reads next.
  const char* token_end_;  // `position_` at the last event.
};

}  // namespace seam::config

#endif  // SEAM_CONFIG_JSON_TEXT_INTERNAL_H_
