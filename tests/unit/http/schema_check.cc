#include "schema_check.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <regex>
#include <set>

namespace shop::http {
namespace {

using nlohmann::json;

// What a reference such as {"$ref": "#/components/schemas/Order"} leads to, and all else itself;
// null for a reference that leads nowhere.
const json* Resolve(const json& document, const json& node) {
  if (!node.is_object() || !node.contains("$ref")) return &node;
  const std::string text = node["$ref"].get<std::string>();
  if (text.rfind("#/", 0) != 0) return nullptr;
  const json::json_pointer pointer(text.substr(1));
  return document.contains(pointer) ? &document.at(pointer) : nullptr;
}

std::size_t CountCharacters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6U) != 2; }));
}

class SchemaChecker {
 public:
  explicit SchemaChecker(const json& document) : document_(document) {}

  void Check(const json& schema, const json& value, const std::string& where) {
    if (!schema.is_object()) return Complain(where, "the schema is no object");
    for (const auto& [keyword, rule] : schema.items()) {
      CheckKeyword(schema, keyword, rule, value, where);
    }
  }

  std::vector<std::string> complaints;

 private:
  void Complain(const std::string& where, const std::string& what) {
    complaints.push_back((where.empty() ? "(whole)" : where) + ": " + what);
  }

  void CheckKeyword(const json& schema, const std::string& keyword, const json& rule,
                    const json& value, const std::string& where) {
    static const std::set<std::string> kAnnotations = {"description", "title",    "default",
                                                       "example",     "examples", "deprecated"};
    if (kAnnotations.count(keyword) > 0) return;
    if (keyword == "$ref") {
      const json* target = Resolve(document_, schema);
      if (target == nullptr) return Complain(where, "$ref leads nowhere: " + rule.dump());
      return Check(*target, value, where);
    }
    if (keyword == "type") return CheckType(rule, value, where);
    if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end()) {
        Complain(where, value.dump() + " is none of " + rule.dump());
      }
      return;
    }
    if (keyword == "const") {
      if (value != rule) Complain(where, value.dump() + " is not " + rule.dump());
      return;
    }
    if (keyword == "oneOf") return CheckOneOf(rule, value, where);
    if (keyword == "properties" || keyword == "required" || keyword == "additionalProperties") {
      return CheckObject(schema, keyword, rule, value, where);
    }
    if (keyword == "items" || keyword == "minItems" || keyword == "maxItems") {
      return CheckArray(keyword, rule, value, where);
    }
    if (keyword == "minimum" || keyword == "maximum") {
      const bool wrong = value.is_number() && (keyword == "minimum" ? value < rule : value > rule);
      if (wrong) Complain(where, value.dump() + " is beyond the " + keyword + " " + rule.dump());
      return;
    }
    if (keyword == "minLength" || keyword == "maxLength" || keyword == "pattern") {
      return CheckText(keyword, rule, value, where);
    }
    if (keyword == "format") return CheckFormat(rule, value, where);
    Complain(where, "the schema has a keyword that is not known here: " + keyword);
  }

  void CheckType(const json& rule, const json& value, const std::string& where) {
    const std::string type = rule.is_string() ? rule.get<std::string>() : rule.dump();
    bool fits = false;
    if (type == "object") {
      fits = value.is_object();
    } else if (type == "array") {
      fits = value.is_array();
    } else if (type == "string") {
      fits = value.is_string();
    } else if (type == "integer") {
      fits = value.is_number_integer();
    } else if (type == "number") {
      fits = value.is_number();
    } else if (type == "boolean") {
      fits = value.is_boolean();
    } else {
      return Complain(where, "the schema has a type that is not known here: " + type);
    }
    if (!fits) Complain(where, "expected " + type + ", got " + value.type_name());
  }

  void CheckObject(const json& schema, const std::string& keyword, const json& rule,
                   const json& value, const std::string& where) {
    if (keyword == "additionalProperties" && !rule.is_boolean()) {
      return Complain(where, "the schema has additionalProperties that are no boolean");
    }
    if (!value.is_object()) return;
    const auto path = [&where](const std::string& name) {
      return where.empty() ? name : where + "." + name;
    };
    if (keyword == "properties") {
      for (const auto& [name, inner] : rule.items()) {
        if (value.contains(name)) Check(inner, value[name], path(name));
      }
    } else if (keyword == "required") {
      for (const json& name : rule) {
        if (!value.contains(name.get<std::string>())) Complain(path(name), "missing");
      }
    } else if (!rule.get<bool>()) {
      const json known = schema.value("properties", json::object());
      for (const auto& [name, ignored] : value.items()) {
        if (!known.contains(name)) Complain(path(name), "not known");
      }
    }
  }

  void CheckArray(const std::string& keyword, const json& rule, const json& value,
                  const std::string& where) {
    if (!value.is_array()) return;
    if (keyword == "items") {
      for (std::size_t i = 0; i < value.size(); ++i) {
        Check(rule, value[i], where + "[" + std::to_string(i) + "]");
      }
      return;
    }
    const auto limit = rule.get<std::size_t>();
    if (keyword == "minItems" ? value.size() < limit : value.size() > limit) {
      Complain(where, std::to_string(value.size()) + " elements break " + keyword);
    }
  }

  void CheckText(const std::string& keyword, const json& rule, const json& value,
                 const std::string& where) {
    if (!value.is_string()) return;
    const auto text = value.get<std::string>();
    if (keyword == "pattern") {
      if (!std::regex_search(text, std::regex(rule.get<std::string>()))) {
        Complain(where, value.dump() + " does not match " + rule.dump());
      }
      return;
    }
    const auto limit = rule.get<std::size_t>();
    const std::size_t size = CountCharacters(text);
    if (keyword == "minLength" ? size < limit : size > limit) {
      Complain(where, std::to_string(size) + " characters break " + keyword);
    }
  }

  void CheckFormat(const json& rule, const json& value, const std::string& where) {
    static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    static const std::regex kDateTime(
        "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        "T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
        "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])");
    const std::string format = rule.is_string() ? rule.get<std::string>() : rule.dump();
    bool fits = true;
    if (format == "uuid" || format == "date-time") {
      const std::regex& wanted = format == "uuid" ? kUuid : kDateTime;
      fits = !value.is_string() || std::regex_match(value.get<std::string>(), wanted);
    } else if (format == "int32" || format == "int64") {
      using Narrow = std::numeric_limits<std::int32_t>;
      using Wide = std::numeric_limits<std::int64_t>;
      if (value.is_number_unsigned()) {
        const auto largest = format == "int32" ? std::uint64_t{Narrow::max()}
                                               : static_cast<std::uint64_t>(Wide::max());
        fits = value.get<std::uint64_t>() <= largest;
      } else if (value.is_number_integer()) {
        fits = format == "int64" || value.get<std::int64_t>() >= Narrow::min();
      }
    } else {
      return Complain(where, "the schema has a format that is not known here: " + format);
    }
    if (!fits) Complain(where, value.dump() + " is no " + format);
  }

  void CheckOneOf(const json& rule, const json& value, const std::string& where) {
    std::size_t fitting = 0;
    for (const json& choice : rule) {
      SchemaChecker alone(document_);
      alone.Check(choice, value, where);
      fitting += alone.complaints.empty() ? 1 : 0;
    }
    if (fitting != 1) Complain(where, std::to_string(fitting) + " of oneOf fit");
  }

  const json& document_;
};

}  // namespace

std::vector<std::string> CheckSchema(const json& document, const json& schema, const json& value) {
  SchemaChecker checker(document);
  checker.Check(schema, value, "");
  return checker.complaints;
}

std::vector<std::string> CheckResponse(const json& document, std::string_view method,
                                       std::string_view path_pattern, int status,
                                       std::string_view content_type, std::string_view body) {
  const std::string what = std::string(method) + " " + std::string(path_pattern);
  const auto complaint = [&](const std::string& text) {
    return std::vector<std::string>{what + " " + std::to_string(status) + ": " + text};
  };
  const auto path = document["paths"].find(path_pattern);
  if (path == document["paths"].end()) return complaint("the path is not described");
  std::string name(method == "HEAD" ? "GET" : method);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!path->contains(name)) return complaint("the method is not described");
  const json& responses = (*path)[name]["responses"];
  if (!responses.contains(std::to_string(status))) return complaint("the status is not described");
  const json* response = Resolve(document, responses[std::to_string(status)]);
  if (response == nullptr) return complaint("the description leads nowhere");

  if (!response->contains("content")) {
    if (content_type.empty() && body.empty()) return {};
    return complaint("there should be no body");
  }
  const json& content = (*response)["content"];
  if (!content.contains(std::string(content_type))) {
    return complaint("the media type is not described: " + std::string(content_type));
  }
  if (method == "HEAD") return {};
  const json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) return complaint("the body is no JSON");
  std::vector<std::string> complaints =
      CheckSchema(document, content[std::string(content_type)]["schema"], value);
  for (std::string& text : complaints) text = complaint(text).front();
  return complaints;
}

}  // namespace shop::http
