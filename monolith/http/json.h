#ifndef HTTP_JSON_H_
#define HTTP_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.h"

namespace shop::http {

// Reads `text` as one JSON object and nothing else. Refused, with the field where it was met: bad
// syntax, text that is not UTF-8, a key given twice, numbers too large for any type, and nesting
// deeper than 8. Nothing is returned then, and the reason is added to `errors`.
[[nodiscard]] std::optional<nlohmann::json> ParseObject(std::string_view text,
                                                        std::vector<FieldError>& errors);

// Takes the fields out of an object one by one and adds what is wrong to `errors`: a missing field,
// one of another type, and, at the end, one that nobody asked for. A field with an error reads as
// empty. Nothing is converted: "1" and 1.0 are no integers.
class ObjectReader {
 public:
  // Both must outlive this. `prefix` stands before the names in errors: "price.".
  ObjectReader(const nlohmann::json& object, std::vector<FieldError>& errors,
               std::string prefix = "");

  [[nodiscard]] std::string RequiredText(std::string_view name);
  [[nodiscard]] std::string OptionalText(std::string_view name);
  [[nodiscard]] std::int64_t RequiredInteger(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> OptionalInteger(std::string_view name);

  // The reader of an object within this one; none when it is missing or no object.
  [[nodiscard]] std::optional<ObjectReader> RequiredObject(std::string_view name);

  // The readers of the objects in an array within this one, whose fields are named "lines[2].name"
  // in errors; none when it is missing or no array, and none for an element that is no object.
  [[nodiscard]] std::vector<ObjectReader> RequiredObjects(std::string_view name);

  // To be called last: refuses the fields that were not read.
  void RefuseOthers();

 private:
  const nlohmann::json* Find(std::string_view name);
  void Refuse(std::string_view name, std::string detail);

  const nlohmann::json* object_;
  std::vector<FieldError>* errors_;
  std::string prefix_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace shop::http

#endif  // HTTP_JSON_H_
