#include "http/face.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace shop::http {
namespace {

using Clock = std::chrono::steady_clock;

seam::TraceContext TraceOf(const Request& request) {
  if (const std::string* header = request.FindHeader("traceparent")) {
    if (const auto parent = seam::ParseTraceparent(*header)) return seam::ChildSpan(*parent);
  }
  return seam::NewTrace();
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const IgnoringCase less;
  return !less(a, b) && !less(b, a);
}

// Whether the media type is application/json; parameters such as the charset do not matter, since
// JSON is UTF-8.
bool IsJson(const Request& request) {
  const std::string* header = request.FindHeader("Content-Type");
  if (header == nullptr) return false;
  std::string_view type = std::string_view(*header).substr(0, header->find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return EqualsIgnoringCase(type, "application/json");
}

std::vector<FieldError> CheckQuery(const Request& request, const Route& route) {
  std::vector<FieldError> errors;
  for (auto it = request.query.begin(); it != request.query.end();
       it = request.query.upper_bound(it->first)) {
    const std::string& name = it->first;
    if (std::find(route.query.begin(), route.query.end(), name) == route.query.end()) {
      errors.push_back({name, "not known as a query parameter"});
    } else if (request.query.count(name) > 1) {
      errors.push_back({name, "given twice"});
    }
  }
  return errors;
}

// With the token that the caller has sent, if there is one.
seam::Context WithTokenOf(const Request& request, const seam::Context& context) {
  const std::string* header = request.FindHeader("Authorization");
  const auto token = header == nullptr ? std::nullopt : seam::ParseBearer(*header);
  return token ? seam::WithBearerToken(context, *token) : context;
}

std::vector<std::string> VitalPaths(const std::vector<Route>& routes) {
  std::vector<std::string> paths;
  for (const Route& route : routes) {
    if (route.vital) paths.push_back(route.pattern);
  }
  return paths;
}

}  // namespace

struct Face::Exchange {
  Clock::time_point begin = Clock::now();
  seam::TraceContext trace{};
  std::string_view route = "-";  // The pattern, which has no values of the path.
  bool confidential = false;
};

Face::Face(std::vector<Route> routes, const seam::TokenVerifier& verifier, seam::Log& log)
    : vital_paths_(VitalPaths(routes)),
      router_(std::move(routes)),
      verifier_(verifier),
      log_(log) {}

Response Face::Answer(const Request& request) {
  answered_.fetch_add(1, std::memory_order_relaxed);
  Exchange exchange{.trace = TraceOf(request)};
  http::Answer answer;
  try {
    answer = Decide(request, exchange);
  } catch (const std::exception& exception) {
    answer = ToProblem({seam::Code::kInternal, "EXCEPTION", exception.what(), {}, {}});
  } catch (...) {
    answer = ToProblem({seam::Code::kInternal, "EXCEPTION", "of an unknown type", {}, {}});
  }
  return Finish(request, exchange, std::move(answer));
}

Response Face::Refuse(const Request& partial, const Problem& problem) {
  const Exchange exchange{.trace = TraceOf(partial)};
  return Finish(partial, exchange, problem);
}

bool Face::IsVital(std::string_view path) const {
  return std::find(vital_paths_.begin(), vital_paths_.end(), path) != vital_paths_.end();
}

seam::Result<seam::Principal> Face::CallerOf(const Route& route,
                                             const seam::Context& context) const {
  // A token that cannot even be passed on is refused everywhere.
  if (context.Check()) {
    return seam::Fail(seam::Code::kUnauthenticated, "TOKEN_INVALID",
                      "the bearer token is too long to be one of ours; log in for another");
  }
  if (route.access == Access::kEveryone) return seam::Principal();
  if (!seam::FindBearerToken(context)) {
    return seam::Fail(seam::Code::kUnauthenticated, "TOKEN_MISSING",
                      "this needs the header \"Authorization: Bearer <access token>\" once; "
                      "POST /auth/login answers with a token");
  }
  auto caller = verifier_.Verify(context);
  if (caller && route.access == Access::kAdmin && !caller->HasRole("admin")) {
    return seam::Fail(seam::Code::kPermissionDenied, "ADMIN_ONLY", "this is for admins only");
  }
  return caller;
}

Answer Face::Decide(const Request& request, Exchange& exchange) const {
  Router::Match match = router_.Find(request.method, request.path);
  if (match.route == nullptr && match.allowed_methods.empty()) {
    return Problem{.status = 404, .code = "NO_SUCH_PATH", .detail = "the shop has no such path"};
  }
  if (match.route == nullptr) {
    return Problem{.status = 405,
                   .code = "METHOD_NOT_ALLOWED",
                   .detail = "this path takes " + match.allowed_methods,
                   .headers = {{"Allow", match.allowed_methods}}};
  }
  const Route& route = *match.route;
  exchange.route = route.pattern;
  exchange.confidential = route.confidential || route.access != Access::kEveryone;
  const seam::Context context = WithTokenOf(request, seam::Context().WithTrace(exchange.trace));
  const auto caller = CallerOf(route, context);
  if (!caller) {
    seam::Error error = caller.error();
    error.origin = seam::Origin::kNotDelivered;  // The route was not asked.
    return ToProblem(error);
  }
  if (route.takes_json && !IsJson(request)) {
    return Problem{.status = 415,
                   .code = "JSON_NEEDED",
                   .detail = "send the header \"Content-Type: application/json\" once",
                   .headers = {{"Accept", "application/json"}}};
  }
  std::vector<FieldError> errors = CheckQuery(request, route);
  if (!route.takes_json && !request.body.empty()) errors.push_back({"", "takes no body"});
  if (!errors.empty()) return BadInput(std::move(errors));

  http::Answer answer = route.answer({request, context, *caller, std::move(match.path_values)});
  if (auto* problem = std::get_if<Problem>(&answer);
      problem != nullptr && problem->tells_of_changes &&
      (request.method == "GET" || request.method == "HEAD" || route.repeatable)) {
    // Whatever became of the call, it changed nothing that the customer would look for.
    problem->detail = "a part of the shop cannot be reached now; try again";
  }
  return answer;
}

Response Face::Finish(const Request& request, const Exchange& exchange, http::Answer answer) {
  const std::string trace_id = seam::TraceIdText(exchange.trace);
  std::string cause;
  Response response;
  if (const auto* problem = std::get_if<Problem>(&answer)) {
    cause = problem->cause;
    response = ToResponse(*problem, request.path, trace_id);
  } else {
    response = std::get<Response>(std::move(answer));
  }
  response.headers.emplace_back("traceparent", seam::FormatTraceparent(exchange.trace));
  if (exchange.confidential) response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");

  const auto spent = Clock::now() - exchange.begin;
  std::vector<seam::LogField> fields = {
      {"method", request.method.empty() ? std::string_view("-") : request.method},
      {"route", exchange.route},
      {"status", response.status},
      {"duration_ms", std::chrono::duration<double, std::milli>(spent).count()},
      {"trace_id", trace_id}};
  if (!cause.empty()) fields.emplace_back("error", cause);
  log_.Write(response.status >= 500 ? seam::LogLevel::kWarning : seam::LogLevel::kInfo, "request",
             fields);
  return response;
}

}  // namespace shop::http
