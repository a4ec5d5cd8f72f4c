#include "generator/options.h"

#include <google/protobuf/compiler/code_generator.h>

#include <set>
#include <utility>
#include <vector>

namespace seam::generator {

namespace {
constexpr const char* kKnown =
    "the options are idempotency=warn|strict and unknown_fields=keep|drop, separated by commas";
}  // namespace

bool ParseOptions(const std::string& parameter, Options& options, std::string& error) {
  std::vector<std::pair<std::string, std::string>> pairs;
  google::protobuf::compiler::ParseGeneratorParameter(parameter, &pairs);
  std::set<std::string> seen;
  for (const auto& [name, value] : pairs) {
    if (!seen.insert(name).second) {
      error = "the option " + name + " is given twice; " + kKnown;
      return false;
    }
    if (name == "idempotency" && (value == "warn" || value == "strict")) {
      options.strict_idempotency = value == "strict";
    } else if (name == "unknown_fields" && (value == "keep" || value == "drop")) {
      options.keep_unknown_fields = value == "keep";
    } else {
      error = "unknown option " + name + (value.empty() ? "" : "=" + value) + "; " + kKnown;
      return false;
    }
  }
  return true;
}

}  // namespace seam::generator
