#include "seam/wire/message.h"

#include <string>

namespace seam::wire::internal {

Failure CannotEncode(const EncodingFault& fault) {
  if (fault.too_deep) {
    return Fail(Code::kInvalidArgument, "MESSAGE_TOO_DEEP",
                "messages lie in one another more than " + std::to_string(kMaxDepth) +
                    " deep, which no receiver accepts: send a flatter message");
  }
  const std::string field = fault.invalid_utf8_field;
  return Fail(Code::kInvalidArgument, "INVALID_UTF8",
              "the string field " + field +
                  " holds bytes that are not UTF-8: send text, or make the field bytes",
              {{"field", field}});
}

Failure Malformed(std::size_t position, std::size_t size) {
  return Fail(Code::kInvalidArgument, "MALFORMED_MESSAGE",
              "the bytes are not a message of the expected type: malformed before byte " +
                  std::to_string(position) + " of " + std::to_string(size) +
                  "; check that both sides use the same contract");
}

}  // namespace seam::wire::internal
