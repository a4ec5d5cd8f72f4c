#include "seam/binding/serve.h"

#include <string>

namespace seam::internal {

Error MalformedRequest(const MethodContract& method) {
  return Error{Code::kInvalidArgument,
               "MALFORMED_REQUEST",
               "the request of " + std::string(method.path) +
                   " is not a message of its contract; compare the versions of both sides",
               {},
               Origin::kNotDelivered};
}

Error UnknownMethod(const ServiceContract& contract, std::size_t method) {
  return Error{Code::kUnimplemented,
               "UNKNOWN_METHOD",
               std::string(contract.full_name) + " has no method number " + std::to_string(method),
               {},
               Origin::kNotDelivered};
}

}  // namespace seam::internal
