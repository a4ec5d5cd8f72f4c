#ifndef TESTS_UNIT_HTTP_SCHEMA_CHECK_H_
#define TESTS_UNIT_HTTP_SCHEMA_CHECK_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace shop::http {

// A small part of JSON Schema 2020-12, the part that openapi.json uses. Anything else in a schema
// is a complaint, so that nothing goes unchecked by mistake.

// What is wrong with `value` by `schema`, whose references are looked up in `document`: lines such
// as "lines[2].quantity: is no integer". Nothing is wrong when there are none.
[[nodiscard]] std::vector<std::string> CheckSchema(const nlohmann::json& document,
                                                   const nlohmann::json& schema,
                                                   const nlohmann::json& value);

// What is wrong with a response by the OpenAPI description `document`. `path_pattern` is a path as
// it stands there ("/orders/{id}"); a HEAD is checked as a GET without a body.
[[nodiscard]] std::vector<std::string> CheckResponse(const nlohmann::json& document,
                                                     std::string_view method,
                                                     std::string_view path_pattern, int status,
                                                     std::string_view content_type,
                                                     std::string_view body);

}  // namespace shop::http

#endif  // TESTS_UNIT_HTTP_SCHEMA_CHECK_H_
