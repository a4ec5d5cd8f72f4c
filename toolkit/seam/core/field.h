#ifndef SEAM_CORE_FIELD_H_
#define SEAM_CORE_FIELD_H_

#include <string>

#include "seam/core/result.h"

namespace seam {

// How a handler refuses a request of which a field breaks a rule of the contract: INVALID_ARGUMENT,
// reason INVALID_FIELD, with the field's path under "field" in the metadata ("price.currency",
// "lines[2].quantity"); the message is both, "name must have 1 to 200 characters". The rule must
// not repeat what the caller sent. Thread-safe.
//   return seam::InvalidField("name", "must have 1 to 200 characters");
[[nodiscard]] inline Failure InvalidField(const std::string& field, const std::string& rule) {
  return Fail(Code::kInvalidArgument, "INVALID_FIELD", field + " " + rule, {{"field", field}});
}

}  // namespace seam

#endif  // SEAM_CORE_FIELD_H_
