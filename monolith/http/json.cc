#include "http/json.h"

#include <cstddef>
#include <limits>
#include <utility>

namespace shop::http {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 8;

// Follows the parser through the text, to know in which field it is.
class Position {
 public:
  // What the parser calls; throws a FieldError to refuse the text.
  bool operator()(json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (levels_.size() == kDeepest) {
          throw FieldError{Path(), "nested deeper than " + std::to_string(kDeepest) + " levels"};
        }
        levels_.emplace_back();
        levels_.back().is_array = event == json::parse_event_t::array_start;
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        levels_.pop_back();
        CountElement();
        break;
      case json::parse_event_t::key: {
        Level& level = levels_.back();
        level.key = parsed.get<std::string>();
        if (!level.keys.insert(level.key).second) throw FieldError{Path(), "given twice"};
        break;
      }
      case json::parse_event_t::value: CountElement(); break;
    }
    return true;
  }

  // The field that was begun last: "price.currency", "lines[2].quantity".
  [[nodiscard]] std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.is_array) path += "[" + std::to_string(level.elements) + "]";
      if (!level.key.empty()) path += (path.empty() ? "" : ".") + level.key;
    }
    return path;
  }

 private:
  void CountElement() {
    if (!levels_.empty() && levels_.back().is_array) ++levels_.back().elements;
  }

  struct Level {
    bool is_array = false;
    std::size_t elements = 0;  // That have ended.
    std::string key;
    std::set<std::string> keys;
  };
  std::vector<Level> levels_;
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: …": what stands after the tag,
// without the text itself, which may hold anything.
std::string WithoutTag(const json::exception& error) {
  const std::string what = error.what();
  const auto tag_end = what.find("] ");
  const auto begin = tag_end == std::string::npos ? 0 : tag_end + 2;
  return what.substr(begin, what.find("; last read", begin) - begin);
}

// Of a body that is wrong throughout so much is told, and names that it has made up are cut: an
// answer must not become larger than what asked for it.
constexpr std::size_t kMostErrors = 20;
constexpr std::size_t kLongestName = 100;

}  // namespace

std::optional<json> ParseObject(std::string_view text, std::vector<FieldError>& errors) {
  Position position;
  try {
    json parsed = json::parse(text, [&position](int, json::parse_event_t event, json& value) {
      return position(event, value);
    });
    if (parsed.is_object()) return parsed;
    errors.push_back({"", "expected a JSON object, got a JSON " + std::string(parsed.type_name())});
  } catch (const FieldError& error) {
    errors.push_back(error);
  } catch (const json::out_of_range&) {
    errors.push_back({position.Path(), "the number is too large"});
  } catch (const json::exception& error) {
    // Of a value that is wrong its field is to blame; of what stands between values none is.
    const std::string what = WithoutTag(error);
    const bool of_value = what.find("while parsing value") != std::string::npos;
    errors.push_back({of_value ? position.Path() : "", what});
  }
  return std::nullopt;
}

ObjectReader::ObjectReader(const json& object, std::vector<FieldError>& errors, std::string prefix)
    : object_(&object), errors_(&errors), prefix_(std::move(prefix)) {}

std::string ObjectReader::RequiredText(std::string_view name) {
  if (!object_->contains(name)) Refuse(name, "missing");
  return OptionalText(name);
}

std::string ObjectReader::OptionalText(std::string_view name) {
  const json* value = Find(name);
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  Refuse(name, "expected a string, got " + std::string(value->type_name()));
  return "";
}

std::int64_t ObjectReader::RequiredInteger(std::string_view name) {
  if (!object_->contains(name)) Refuse(name, "missing");
  return OptionalInteger(name).value_or(0);
}

std::optional<std::int64_t> ObjectReader::OptionalInteger(std::string_view name) {
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  constexpr auto kSmallest = std::numeric_limits<std::int64_t>::min();
  constexpr double kBeyond = -static_cast<double>(kSmallest);  // One more than the largest.
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  // What fits into no integer the parser reads as floating point.
  const double rough = value->is_number_float() ? value->get<double>() : 0;
  if (rough >= kBeyond || (value->is_number_unsigned() &&
                           value->get<std::uint64_t>() > static_cast<std::uint64_t>(kLargest))) {
    Refuse(name, "the number is larger than " + std::to_string(kLargest));
    return std::nullopt;
  }
  if (rough <= -kBeyond) {
    Refuse(name, "the number is smaller than " + std::to_string(kSmallest));
    return std::nullopt;
  }
  if (!value->is_number_integer()) {
    Refuse(name, value->is_number_float()
                     ? "expected an integer, got a number with a fraction or an exponent"
                     : "expected an integer, got " + std::string(value->type_name()));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::optional<ObjectReader> ObjectReader::RequiredObject(std::string_view name) {
  if (!object_->contains(name)) Refuse(name, "missing");
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) {
    Refuse(name, "expected an object, got " + std::string(value->type_name()));
    return std::nullopt;
  }
  return ObjectReader(*value, *errors_, prefix_ + std::string(name) + ".");
}

std::vector<ObjectReader> ObjectReader::RequiredObjects(std::string_view name) {
  if (!object_->contains(name)) Refuse(name, "missing");
  const json* value = Find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    Refuse(name, "expected an array, got " + std::string(value->type_name()));
    return {};
  }
  std::vector<ObjectReader> readers;
  for (std::size_t i = 0; i < value->size(); ++i) {
    const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
    if ((*value)[i].is_object()) {
      readers.emplace_back((*value)[i], *errors_, prefix_ + element + ".");
    } else {
      Refuse(element, "expected an object, got " + std::string((*value)[i].type_name()));
    }
  }
  return readers;
}

void ObjectReader::RefuseOthers() {
  for (const auto& item : object_->items()) {
    if (known_.count(item.key()) == 0) Refuse(item.key(), "not known");
  }
}

const json* ObjectReader::Find(std::string_view name) {
  known_.emplace(name);
  const auto found = object_->find(name);
  return found == object_->end() ? nullptr : &*found;
}

void ObjectReader::Refuse(std::string_view name, std::string detail) {
  if (errors_->size() < kMostErrors) {
    errors_->push_back({prefix_ + std::string(name.substr(0, kLongestName)), std::move(detail)});
  } else if (errors_->size() == kMostErrors) {
    errors_->push_back({"", "and more"});
  }
}

}  // namespace shop::http
