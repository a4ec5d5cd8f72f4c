#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "seam/config/config.h"
#include "seam/config/names.h"
#include "seam/config/value.h"

namespace seam::config {
namespace {

using nlohmann::ordered_json;

// The flags that every program has.
constexpr std::string_view kReservedFlags[] = {
    "help", "version", "config", "check-config", "print-config", "print-config-schema", "json"};

[[noreturn]] void Refuse(const std::string& name, const char* problem) {
  std::fprintf(stderr, "option table: %s: %s\n", name.c_str(), problem);
  std::abort();
}

bool IsPath(std::string_view path) {
  if (path.empty() || path.front() == '.' || path.back() == '.') return false;
  if (path.find("..") != std::string_view::npos) return false;
  return std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

bool IsAlias(std::string_view alias) {
  return !alias.empty() && alias.front() != '-' &&
         std::all_of(alias.begin(), alias.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsDefaultRight(const Option& option) {
  if (const auto* integer = std::get_if<Integer>(&option.type)) {
    return integer->minimum <= integer->value && integer->value <= integer->maximum;
  }
  if (const auto* word = std::get_if<Word>(&option.type)) {
    return ParseText(option, word->value).problem.empty();
  }
  return true;
}

ordered_json SchemaOf(const Option& option) {
  ordered_json schema;
  schema["description"] = option.description;
  if (const auto* text = std::get_if<Text>(&option.type)) {
    schema["type"] = "string";
    schema["default"] = text->value;
  } else if (const auto* integer = std::get_if<Integer>(&option.type)) {
    if (!integer->unit.empty()) {
      schema["description"] = option.description + " In " + integer->unit + ".";
    }
    schema["type"] = "integer";
    schema["minimum"] = integer->minimum;
    if (integer->maximum != std::numeric_limits<std::int64_t>::max()) {
      schema["maximum"] = integer->maximum;
    }
    schema["default"] = integer->value;
  } else if (const auto* boolean = std::get_if<Boolean>(&option.type)) {
    schema["type"] = "boolean";
    schema["default"] = boolean->value;
  } else if (const auto* word = std::get_if<Word>(&option.type)) {
    schema["enum"] = word->words;
    schema["default"] = word->value;
  } else {
    schema["type"] = "string";
    schema["description"] = option.description + " The name of a file of mode 0600 that holds it.";
  }
  return schema;
}

}  // namespace

OptionTable::OptionTable(Program program, std::vector<Option> options, std::vector<Rule> rules)
    : program_(std::move(program)), options_(std::move(options)), rules_(std::move(rules)) {
  std::set<std::string> paths;
  std::set<std::string> flags(std::begin(kReservedFlags), std::end(kReservedFlags));
  std::set<std::string> variables;
  for (const Option& option : options_) {
    if (!IsPath(option.path)) Refuse(option.path, "not a path of lower-case words");
    paths.insert(option.path);
    if (!flags.insert(option.path).second) Refuse(option.path, "another option has the name");
    if (!option.alias.empty()) {
      if (!IsAlias(option.alias)) Refuse(option.alias, "not an alias of lower-case letters");
      if (!flags.insert(option.alias).second) Refuse(option.alias, "another flag has the name");
    }
    if (!variables.insert(EnvironmentName(program_.environment_prefix, option.path)).second) {
      Refuse(option.path, "another option has the same environment variable");
    }
    if (option.description.empty()) Refuse(option.path, "it has no description");
    if (!IsDefaultRight(option)) Refuse(option.path, "its default is out of its range");
  }
  for (const std::string& path : paths) {
    const auto next = paths.upper_bound(path + ".");
    if (next != paths.end() && next->compare(0, path.size() + 1, path + ".") == 0) {
      Refuse(path, "an option cannot hold other options");
    }
  }
  for (const Rule& rule : rules_) {
    if (paths.count(rule.path) == 0) Refuse(rule.path, "a rule blames an option that is not there");
    if (!rule.complaint) Refuse(rule.path, "a rule has no function");
  }
}

std::string OptionTable::Schema() const {
  ordered_json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Configuration of " + program_.name;
  schema["type"] = "object";
  schema["additionalProperties"] = false;
  schema["properties"]["$schema"]["type"] = "string";
  for (const Option& option : options_) {
    ordered_json* section = &schema;
    std::size_t begin = 0;
    for (std::size_t dot = option.path.find('.'); dot != std::string::npos;
         begin = dot + 1, dot = option.path.find('.', begin)) {
      section = &(*section)["properties"][option.path.substr(begin, dot - begin)];
      (*section)["type"] = "object";
      (*section)["additionalProperties"] = false;
    }
    (*section)["properties"][option.path.substr(begin)] = SchemaOf(option);
  }
  return schema.dump(2) + "\n";
}

}  // namespace seam::config
