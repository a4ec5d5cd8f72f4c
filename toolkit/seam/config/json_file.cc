#include "seam/config/json_file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "seam/config/json_text_internal.h"
#include "seam/config/names.h"
#include "seam/config/value.h"

namespace seam::config {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{1024} * 1024;

// Receives the parser's events and compares them with the table.
class FileReader final : public nlohmann::json_sax<json> {
 public:
  FileReader(const OptionTable& table, std::string name, std::string_view text,
             std::map<std::string, Configuration::Setting, std::less<>>& settings,
             std::vector<std::string>& problems)
      : table_(table), text_(std::move(name), text), settings_(settings), problems_(problems) {
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

  void Read() { text_.Parse(*this); }

  bool null() override { return Scalar(json(nullptr)); }
  bool boolean(bool value) override { return Scalar(json(value)); }
  bool number_integer(number_integer_t value) override { return Scalar(json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return Scalar(json(value)); }
  bool string(string_t& value) override { return Scalar(json(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none.

  bool start_object(std::size_t) override {
    const char* begin = text_.TokenBegin();
    text_.EndToken();
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
    text_.EndToken();
    if (refused_depth_ == 0) {
      objects_.pop_back();
      LeaveKey();
      return true;
    }
    return end_array();
  }

  bool start_array(std::size_t) override {
    const char* begin = text_.TokenBegin();
    text_.EndToken();
    if (StartsInRefused()) return true;
    Refuse(begin, "an array");
    refused_depth_ = 1;
    return true;
  }

  bool end_array() override {
    text_.EndToken();
    if (--refused_depth_ == 0) LeaveKey();
    return true;
  }

  bool key(string_t& key) override {
    const char* begin = text_.TokenBegin();
    text_.EndToken();
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
    problems_.push_back(text_.Complaint(error));
    return false;
  }

 private:
  struct Object {
    std::string path;
    std::set<std::string> keys;
  };

  bool Scalar(const json& value) {
    const char* begin = text_.TokenBegin();
    text_.EndToken();
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
      settings_[path_] = {std::move(parsed.value), text_.Where(begin)};
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

  void Report(const char* at, const std::string& problem) {
    problems_.push_back(text_.Where(at) + ": " + problem);
  }

  const OptionTable& table_;
  JsonText text_;
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
