#ifndef HTTP_PROBLEM_H_
#define HTTP_PROBLEM_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "seam/core/error.h"

namespace shop::http {

// What is wrong with one field of the input.
struct FieldError {
  std::string field{};  // "price.currency"; empty for the body as a whole.
  std::string detail{};
};

// A refusal, as problem details (https://www.rfc-editor.org/rfc/rfc9457).
struct Problem {
  int status = 500;
  std::string code{};    // For machines: "PRODUCT_NOT_FOUND".
  std::string detail{};  // For people.
  std::vector<FieldError> errors{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string cause{};  // For the log only.
  // Whether `detail` is ToProblem's word on whether something was changed, which means nothing to
  // who only wanted to read or to log in.
  bool tells_of_changes = false;
};

// Input that was refused field by field.
[[nodiscard]] Problem BadInput(std::vector<FieldError> errors);

// The one place that knows which HTTP status an error of a seam has.
//   INVALID_ARGUMENT, OUT_OF_RANGE 400 · UNAUTHENTICATED 401 · PERMISSION_DENIED 403 ·
//   NOT_FOUND 404 · ALREADY_EXISTS, ABORTED, FAILED_PRECONDITION 409, which a route turns into 412
//   when a precondition of HTTP has failed · RESOURCE_EXHAUSTED 429, or
//   413 with the reason MESSAGE_TOO_LARGE · UNIMPLEMENTED 501 · UNAVAILABLE, DEADLINE_EXCEEDED 503
//   with Retry-After · all others 500
// The seconds of Retry-After are those in the error's metadata under "retry_after_seconds", else 1.
// A 401 has the header WWW-Authenticate: Bearer, which tells when a token was given and is not good
// (https://www.rfc-editor.org/rfc/rfc6750#section-3).
// The text of an error of the 5xx kind goes to the log and not to the caller. Its code does, except
// for a 500.
[[nodiscard]] Problem ToProblem(const seam::Error& error);

// The response for a problem that `path` met in the trace `trace_id`.
[[nodiscard]] Response ToResponse(const Problem& problem, std::string_view path,
                                  std::string_view trace_id);

}  // namespace shop::http

#endif  // HTTP_PROBLEM_H_
