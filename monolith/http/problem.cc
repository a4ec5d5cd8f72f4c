#include "http/problem.h"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace shop::http {
namespace {

// A guard stopped a call that no module should have made; a customer can do nothing about it.
bool IsFaultOfTheShop(const seam::Error& error) {
  return error.reason == "CALL_IN_TRANSACTION" || error.reason == "CALL_CHAIN_TOO_DEEP" ||
         error.reason == "CALLER_NOT_ALLOWED";
}

int StatusOf(const seam::Error& error) {
  switch (error.code) {
    case seam::Code::kInvalidArgument:
    case seam::Code::kOutOfRange: return 400;
    case seam::Code::kUnauthenticated: return 401;
    case seam::Code::kPermissionDenied: return IsFaultOfTheShop(error) ? 500 : 403;
    case seam::Code::kNotFound: return 404;
    case seam::Code::kAlreadyExists:
    case seam::Code::kAborted:
    case seam::Code::kFailedPrecondition: return IsFaultOfTheShop(error) ? 500 : 409;
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
      // A handler that gives up may itself have been left without an answer.
      return error.origin == seam::Origin::kNotDelivered
                 ? "a part of the shop cannot be reached now; nothing was changed; try again"
                 : "a part of the shop did not answer in time; a change may have been made or not: "
                   "look before you try again";
    case 500: return "the shop failed; the trace id leads to the reason in its log";
    default: return error.message;
  }
}

std::string RetryAfterOf(const seam::Error& error) {
  constexpr std::size_t kLongest = 9;  // Digits: 31 years.
  const auto found = error.metadata.find("retry_after_seconds");
  if (found == error.metadata.end()) return "1";
  const std::string& seconds = found->second;
  const bool digits = seconds.find_first_not_of("0123456789") == std::string::npos;
  return !seconds.empty() && seconds.size() <= kLongest && digits ? seconds : "1";
}

// https://www.rfc-editor.org/rfc/rfc6750#section-3.1: without a token no error is named.
std::string ChallengeOf(const seam::Error& error) {
  const bool bad_token = error.reason == "TOKEN_INVALID" || error.reason == "TOKEN_EXPIRED" ||
                         error.reason == "TOKEN_REVOKED";
  return bad_token ? "Bearer error=\"invalid_token\"" : "Bearer";
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
  problem.tells_of_changes = problem.status == 503;
  if (problem.status >= 500) problem.cause = seam::ToString(error);
  if (problem.status == 400) {
    if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
      problem.errors.push_back({field->second, error.message});
    }
  }
  if (problem.status == 401) problem.headers.emplace_back("WWW-Authenticate", ChallengeOf(error));
  if (problem.status == 429 || problem.status == 503) {
    problem.headers.emplace_back("Retry-After", RetryAfterOf(error));
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
