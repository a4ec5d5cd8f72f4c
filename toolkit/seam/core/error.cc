#include "seam/core/error.h"

namespace seam {

std::string_view CodeName(Code code) noexcept {
  switch (code) {
    case Code::kCancelled: return "CANCELLED";
    case Code::kUnknown: return "UNKNOWN";
    case Code::kInvalidArgument: return "INVALID_ARGUMENT";
    case Code::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::kNotFound: return "NOT_FOUND";
    case Code::kAlreadyExists: return "ALREADY_EXISTS";
    case Code::kPermissionDenied: return "PERMISSION_DENIED";
    case Code::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::kFailedPrecondition: return "FAILED_PRECONDITION";
    case Code::kAborted: return "ABORTED";
    case Code::kOutOfRange: return "OUT_OF_RANGE";
    case Code::kUnimplemented: return "UNIMPLEMENTED";
    case Code::kInternal: return "INTERNAL";
    case Code::kUnavailable: return "UNAVAILABLE";
    case Code::kDataLoss: return "DATA_LOSS";
    case Code::kUnauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

Code CodeFromNumber(std::int32_t number) noexcept {
  const bool canonical = number >= static_cast<std::int32_t>(Code::kCancelled) &&
                         number <= static_cast<std::int32_t>(Code::kUnauthenticated);
  return canonical ? static_cast<Code>(number) : Code::kUnknown;
}

std::string_view OriginName(Origin origin) noexcept {
  switch (origin) {
    case Origin::kHandler: return "handler";
    case Origin::kNotDelivered: return "not-delivered";
    case Origin::kOutcomeUnknown: return "outcome-unknown";
  }
  return "outcome-unknown";
}

std::string ToString(const Error& error) {
  std::string line(CodeName(error.code));
  if (!error.reason.empty()) line.append(" ").append(error.reason);
  line.append(": ").append(error.message);
  line.append(" (").append(OriginName(error.origin)).append(")");
  if (!error.metadata.empty()) {
    line.append(" {");
    const char* separator = "";
    for (const auto& [key, value] : error.metadata) {
      line.append(separator).append(key).append("=").append(value);
      separator = ", ";
    }
    line.append("}");
  }
  return line;
}

}  // namespace seam
