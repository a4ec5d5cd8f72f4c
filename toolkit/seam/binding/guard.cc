#include "seam/binding/guard.h"

#include <exception>
#include <string>
#include <utility>

namespace seam::internal {
namespace {

Error TooLarge(const char* what, const MethodContract& method, std::size_t bytes, std::size_t limit,
               Origin origin) {
  return Error{Code::kResourceExhausted,
               "MESSAGE_TOO_LARGE",
               std::string("the ") + what + " of " + std::string(method.path) + " has " +
                   std::to_string(bytes) + " bytes; " + std::to_string(limit) + " are allowed",
               {},
               origin};
}

}  // namespace

Error RequestTooLarge(const MethodContract& method, std::size_t bytes, std::size_t limit) {
  return TooLarge("request", method, bytes, limit, Origin::kNotDelivered);
}

Error ReplyTooLarge(const MethodContract& method, std::size_t bytes, std::size_t limit) {
  return TooLarge("reply", method, bytes, limit, Origin::kOutcomeUnknown);
}

Error TooLate(const MethodContract& method, bool expired) {
  if (expired) {
    return Error{Code::kDeadlineExceeded,
                 "DEADLINE_EXCEEDED",
                 "the deadline passed while " + std::string(method.path) + " ran",
                 {},
                 Origin::kOutcomeUnknown};
  }
  return Error{Code::kCancelled,
               "CANCELLED",
               "the caller cancelled " + std::string(method.path) + " while it ran",
               {},
               Origin::kOutcomeUnknown};
}

Error FromCurrentException(const MethodContract& method, const Context& context,
                           const ExceptionObserver& observer) noexcept {
  if (observer) {
    try {
      throw;
    } catch (const std::exception& exception) {
      observer(method, exception.what());
    } catch (...) {
      observer(method, "an exception that is not a std::exception");
    }
  }
  if (auto late = CheckNotTooLate(method, context)) return *std::move(late);
  return Error{Code::kInternal,
               "UNHANDLED_EXCEPTION",
               "the handler of " + std::string(method.path) +
                   " failed unexpectedly; the log of its process says why",
               {},
               Origin::kOutcomeUnknown};
}

Error BadRequest(Error error) {
  error.origin = Origin::kNotDelivered;
  return error;
}

Error BadReply(const MethodContract& method, Error error) {
  error.code = Code::kInternal;
  error.message = "the handler of " + std::string(method.path) +
                  " made a reply that cannot be sent: " + error.message;
  error.origin = Origin::kOutcomeUnknown;
  return error;
}

}  // namespace seam::internal
