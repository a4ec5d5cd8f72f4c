#include "seam/config/json_file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "seam/config/names.h"
#include "seam/config/value.h"

namespace seam::config {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{1024} * 1024;

// https://json.nlohmann.me/home/exceptions/#jsonexceptionout_of_range406
constexpr int kNumberOverflow = 406;

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
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** position_;
};

// Receives the parser's events and compares them with the table.
class FileReader final : public nlohmann::json_sax<json> {
 public:
  FileReader(const OptionTable& table, std::string name, std::string_view text,
             std::map<std::string, Configuration::Setting, std::less<>>& settings,
             std::vector<std::string>& problems)
      : table_(table),
        name_(std::move(name)),
        text_(text),
        position_(text.data()),
        token_end_(text.data()),
        settings_(settings),
        problems_(problems) {
    for (const Option& option : table_.options()) {
      names_.push_back(option.path);
      for (std::size_t dot = option.path.find('.'); dot != std::string::npos;
           dot = option.path.find('.', dot + 1)) {
        if (sections_.insert(option.path.substr(0, dot)).second) {
          names_.push_back(option.path.substr(0, dot));
        }
      }
    }
  }

  void Read() {
    const char* const begin = text_.data();
    json::sax_parse(CountingIterator(begin, &position_),
                    CountingIterator(begin + text_.size(), &position_), this);
  }

  bool null() override { return Scalar(json(nullptr)); }
  bool boolean(bool value) override { return Scalar(json(value)); }
  bool number_integer(number_integer_t value) override { return Scalar(json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return Scalar(json(value)); }
  bool string(string_t& value) override { return Scalar(json(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none.

  bool start_object(std::size_t) override {
    const char* begin = TokenBegin();
    EndToken();
    if (StartsInRefused()) return true;
    if (!path_.empty() && sections_.count(path_) == 0) {
      Refuse(begin, "an object");
      refused_depth_ = 1;
    } else {
      objects_.push_back({path_, {}});
    }
    return true;
  }

  bool end_object() override {
    EndToken();
    if (refused_depth_ == 0) {
      objects_.pop_back();
      LeaveKey();
      return true;
    }
    return end_array();
  }

  bool start_array(std::size_t) override {
    const char* begin = TokenBegin();
    EndToken();
    if (StartsInRefused()) return true;
    Refuse(begin, "an array");
    refused_depth_ = 1;
    return true;
  }

  bool end_array() override {
    EndToken();
    if (--refused_depth_ == 0) LeaveKey();
    return true;
  }

  bool key(string_t& key) override {
    const char* begin = TokenBegin();
    EndToken();
    if (refused_depth_ > 0) return true;
    Object& object = objects_.back();
    path_ = object.path.empty() ? key : object.path + "." + key;
    if (!object.keys.insert(key).second) {
      Report(begin, "duplicate key " + Quote(path_));
      refused_key_ = true;
    } else if (path_ == "$schema") {
      refused_key_ = true;  // Allowed, and not ours.
    } else if (key.find('.') != std::string::npos) {
      Report(begin, "unknown key " + Quote(path_) + "; write a nested object instead of a dot");
      refused_key_ = true;
    } else if (std::find(names_.begin(), names_.end(), path_) == names_.end()) {
      Report(begin, "unknown key " + Quote(path_) + SuggestName(path_, names_));
      refused_key_ = true;
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
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
    Report(whole_token ? TokenBegin() : at_end ? position_ : position_ - 1, what);
    return false;
  }

 private:
  struct Object {
    std::string path;
    std::set<std::string> keys;
  };

  // Where the token of the current event begins: the first character after the last event that is
  // neither blank nor punctuation. The parser itself may have read one character further.
  [[nodiscard]] const char* TokenBegin() const {
    constexpr std::string_view kBetweenTokens = " \t\r\n,:]}";
    const char* at = token_end_;
    while (at < position_ - 1 && kBetweenTokens.find(*at) != std::string_view::npos) ++at;
    return at;
  }
  void EndToken() { token_end_ = position_; }

  bool Scalar(const json& value) {
    const char* begin = TokenBegin();
    EndToken();
    if (refused_depth_ > 0) return true;
    if (refused_key_) {
      refused_key_ = false;
      LeaveKey();
      return true;
    }
    const Option* option = FindOption();
    if (option == nullptr) {
      Refuse(begin, value.is_null() ? "null" : "a " + std::string(value.type_name()));
    } else if (Parsed parsed = ParseJson(*option, value); !parsed.problem.empty()) {
      Report(begin, path_ + ": " + parsed.problem);
    } else {
      settings_[path_] = {std::move(parsed.value), Where(begin)};
    }
    LeaveKey();
    return true;
  }

  // The value of the current path is of no use whatever it is.
  void Refuse(const char* begin, const std::string& got) {
    const Option* option = FindOption();
    const std::string expected = option == nullptr ? "an object" : Expected(*option);
    Report(begin, (path_.empty() ? "" : path_ + ": ") + "expected " + expected + ", got " + got);
  }

  // Whether the object or array that starts belongs to a refused value; counts it, if so.
  bool StartsInRefused() {
    if (refused_depth_ == 0 && !refused_key_) return false;
    refused_key_ = false;
    ++refused_depth_;
    return true;
  }

  // Back from a key's value to the object that holds the key.
  void LeaveKey() { path_ = objects_.empty() ? "" : objects_.back().path; }

  [[nodiscard]] const Option* FindOption() const {
    for (const Option& option : table_.options()) {
      if (option.path == path_) return &option;
    }
    return nullptr;
  }

  [[nodiscard]] std::string Where(const char* at) const {
    const std::string_view before = text_.substr(0, static_cast<std::size_t>(at - text_.data()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0.
    const auto column =
        1 + std::count_if(in_line.begin(), in_line.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // Not inside a UTF-8 sequence.
        });
    return name_ + ":" + std::to_string(line) + ":" + std::to_string(column);
  }

  void Report(const char* at, const std::string& problem) {
    problems_.push_back(Where(at) + ": " + problem);
  }

  const OptionTable& table_;
  const std::string name_;
  const std::string_view text_;
  const char* position_;   // What the parser reads next.
  const char* token_end_;  // `position_` at the last event.
  std::map<std::string, Configuration::Setting, std::less<>>& settings_;
  std::vector<std::string>& problems_;

  std::vector<std::string> names_;  // Of options and of the sections that hold them.
  std::set<std::string> sections_;  // The sections alone.
  std::vector<Object> objects_;     // The open objects, without refused ones.
  std::string path_;                // Of the value that is read now.
  bool refused_key_ = false;        // The value that follows is of no interest.
  std::size_t refused_depth_ = 0;   // How many objects and arrays of a refused value are open.
};

}  // namespace

void ReadJsonFile(const OptionTable& table, const std::string& name,
                  std::map<std::string, Configuration::Setting, std::less<>>& settings,
                  std::vector<std::string>& problems) {
  std::ifstream file(name, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(kLargestFile + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    problems.push_back(name + ": cannot read the file: " + std::generic_category().message(errno));
    return;
  }
  if (text.size() > kLargestFile) {
    problems.push_back(name + ": the file is larger than " + std::to_string(kLargestFile) +
                       " bytes");
    return;
  }
  FileReader(table, name, text, settings, problems).Read();
}

}  // namespace seam::config
