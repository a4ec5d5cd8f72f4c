#include "http/problem.h"

#include <nlohmann/json.hpp>

namespace shop::http {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

int StatusOf(const seam::Error& error) {
  switch (error.code) {
    case seam::Code::kInvalidArgument:
    case seam::Code::kOutOfRange: return 400;
    case seam::Code::kUnauthenticated: return 401;
    case seam::Code::kPermissionDenied: return 403;
    case seam::Code::kNotFound: return 404;
    case seam::Code::kAlreadyExists:
    case seam::Code::kAborted:
    case seam::Code::kFailedPrecondition: return 409;
    case seam::Code::kResourceExhausted: return error.reason == "MESSAGE_TOO_LARGE" ? 413 : 429;
    case seam::Code::kUnimplemented: return 501;
    case seam::Code::kUnavailable:
    case seam::Code::kDeadlineExceeded: return 503;
    case seam::Code::kCancelled:
    case seam::Code::kUnknown:
    case seam::Code::kInternal:
    case seam::Code::kDataLoss: return 500;
  }
  return 500;
}

std::string DetailOf(const seam::Error& error, int status) {
  switch (status) {
    case 501: return "the shop does not offer this";
    case 503:
      return error.origin == seam::Origin::kOutcomeUnknown
                 ? "a part of the shop did not answer in time; a change may have been made or not: "
                   "look before you try again"
                 : "a part of the shop cannot be reached now; nothing was changed; try again";
    case 500: return "the shop failed; the trace id leads to the reason in its log";
    default: return error.message;
  }
}

}  // namespace

Problem BadInput(std::vector<FieldError> errors) {
  return {.status = 400,
          .code = "INVALID_INPUT",
          .detail = "the input was refused; see errors",
          .errors = std::move(errors)};
}

Problem ToProblem(const seam::Error& error) {
  Problem problem;
  problem.status = StatusOf(error);
  problem.code = problem.status == 500 ? "INTERNAL" : error.reason;
  if (problem.code.empty()) problem.code = seam::CodeName(error.code);
  problem.detail = DetailOf(error, problem.status);
  if (problem.status >= 500) problem.cause = seam::ToString(error);
  if (problem.status == 400) {
    if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
      problem.errors.push_back({field->second, error.message});
    }
  }
  if (problem.status == 401) problem.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (problem.status == 429 || problem.status == 503) {
    problem.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return problem;
}

Response ToResponse(const Problem& problem, std::string_view path, std::string_view trace_id) {
  nlohmann::ordered_json body;
  body["type"] = "about:blank";  // The meaning is the status's own; `code` tells more.
  body["title"] = StatusPhrase(problem.status);
  body["status"] = problem.status;
  body["detail"] = problem.detail;
  if (!path.empty()) body["instance"] = path;
  body["code"] = problem.code;
  body["trace_id"] = trace_id;
  for (const FieldError& error : problem.errors) {
    body["errors"].push_back({{"field", error.field}, {"detail", error.detail}});
  }
  Response response{.status = problem.status,
                    .headers = problem.headers,
                    .content_type = "application/problem+json"};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace shop::http
