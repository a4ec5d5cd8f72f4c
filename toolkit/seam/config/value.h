#ifndef SEAM_CONFIG_VALUE_H_
#define SEAM_CONFIG_VALUE_H_

#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "seam/config/config.h"

namespace seam::config {

using Value = decltype(Configuration::Setting::value);

// A value, or what is wrong with the input: "expected …, got …".
struct Parsed {
  Value value{};
  std::string problem{};
};

// The option's value where no layer sets it.
[[nodiscard]] Value DefaultOf(const Option& option);

// Checks a scalar of the JSON file. A JSON number must be an integer as it stands; text is not
// converted to numbers.
[[nodiscard]] Parsed ParseJson(const Option& option, const nlohmann::json& scalar);

// Checks the text of a variable or a flag.
[[nodiscard]] Parsed ParseText(const Option& option, const std::string& text);

// "an integer from 1 to 65535", "true or false", "one of "a", "b""
[[nodiscard]] std::string Expected(const Option& option);

}  // namespace seam::config

#endif  // SEAM_CONFIG_VALUE_H_
