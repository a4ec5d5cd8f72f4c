#include "http/route_parts.h"

#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace shop::http {
namespace {

using nlohmann::ordered_json;

template <class Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  Integer value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// The version in an If-Match header, `"7"`; nothing when there is none.
std::optional<std::int64_t> IfMatch(const Request& request, std::vector<FieldError>& errors) {
  if (request.headers.count("If-Match") == 0) return std::nullopt;
  const std::string* header = request.FindHeader("If-Match");
  const std::string_view tag = header == nullptr ? std::string_view() : *header;
  const bool quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
  const auto version =
      quoted ? ParseInteger<std::int64_t>(tag.substr(1, tag.size() - 2)) : std::nullopt;
  if (!version) errors.push_back({"If-Match", "expected one ETag of ours, such as \"7\""});
  return version;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNamesOfFields{{
    {"expected_version", "version"},
    {"idempotency_key", "Idempotency-Key"},
}};

}  // namespace

template <class Integer>
std::optional<Integer> QueryInteger(const Request& request, std::string_view name,
                                    std::vector<FieldError>& errors) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  const auto value = ParseInteger<Integer>(found->second);
  if (!value) errors.push_back({std::string(name), "expected an integer"});
  return value;
}

template std::optional<std::int32_t> QueryInteger<std::int32_t>(const Request&, std::string_view,
                                                                std::vector<FieldError>&);
template std::optional<std::int64_t> QueryInteger<std::int64_t>(const Request&, std::string_view,
                                                                std::vector<FieldError>&);

bool QueryBoolean(const Request& request, std::string_view name, std::vector<FieldError>& errors) {
  const auto found = request.query.find(name);
  if (found == request.query.end() || found->second == "false") return false;
  if (found->second != "true") errors.push_back({std::string(name), "expected true or false"});
  return true;
}

std::string QueryText(const Request& request, std::string_view name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

std::optional<std::int64_t> ExpectedVersion(const Request& request,
                                            std::optional<std::int64_t> given,
                                            std::vector<FieldError>& errors) {
  const std::optional<std::int64_t> header = IfMatch(request, errors);
  if (given && header && *given != *header) {
    errors.push_back({"version", "differs from If-Match"});
  }
  return given ? given : header;
}

std::int64_t RequiredVersion(const Request& request, std::optional<std::int64_t> given,
                             std::vector<FieldError>& errors) {
  const auto version = ExpectedVersion(request, given, errors);
  if (!version && errors.empty()) {
    errors.push_back({"version", "missing; send the version that you have read"});
  }
  return version.value_or(0);
}

ordered_json MoneyToJson(const common::v1::Money& money) {
  return {{"amount_minor", money.amount_minor}, {"currency", money.currency}};
}

Response JsonResponse(int status, const ordered_json& body) {
  Response response{.status = status, .content_type = "application/json"};
  response.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

void SetVersion(Response& response, std::int64_t version) {
  response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
}

Problem Refused(const seam::Error& error) {
  Problem problem = ToProblem(error);
  for (FieldError& field : problem.errors) {
    for (const auto& [in_contract, in_request] : kNamesOfFields) {
      if (field.field != in_contract) continue;
      field.field = in_request;
      // A module's text begins with the field: "expected_version must be …".
      for (std::string* text : {&field.detail, &problem.detail}) {
        if (text->rfind(in_contract, 0) == 0) text->replace(0, in_contract.size(), in_request);
      }
      break;
    }
  }
  return problem;
}

Problem RefusedChange(const seam::Error& error, const Request& request) {
  Problem problem = Refused(error);
  const bool conditional = request.headers.count("If-Match") > 0;
  if (conditional && error.reason == "STALE_VERSION") problem.status = 412;
  return problem;
}

Problem EmptyReply(std::string_view what) {
  return ToProblem({seam::Code::kInternal, "EMPTY_REPLY", std::string(what), {}, {}});
}

}  // namespace shop::http
