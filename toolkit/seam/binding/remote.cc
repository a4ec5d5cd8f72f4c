#include "seam/binding/remote.h"

#include <string>

namespace seam::internal {

Error MalformedReply(const MethodContract& method) {
  return Error{Code::kInternal,
               "MALFORMED_REPLY",
               "the answer of " + std::string(method.path) +
                   " is not a message of its contract; compare the versions of both sides",
               {},
               Origin::kOutcomeUnknown};
}

}  // namespace seam::internal
