#ifndef HTTP_ROUTE_PARTS_H_
#define HTTP_ROUTE_PARTS_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.h"
#include "http/router.h"
#include "seam/core/error.h"
#include "shop/common/v1/money_types.h"

// What the routes of several modules have in common.
namespace shop::http {

// What a route answers with the help of one client, which must outlive the route.
template <class Client>
[[nodiscard]] std::function<Answer(const Call&)> With(Client& client,
                                                      Answer (*answer)(Client&, const Call&)) {
  return [&client, answer](const Call& call) { return answer(client, call); };
}

// A query parameter that is an integer; nothing when it is not given, or is none, which is added to
// `errors`. For std::int32_t and std::int64_t.
template <class Integer>
[[nodiscard]] std::optional<Integer> QueryInteger(const Request& request, std::string_view name,
                                                  std::vector<FieldError>& errors);

// A query parameter that is "true" or "false"; false when it is not given, or is neither, which is
// added to `errors`.
[[nodiscard]] bool QueryBoolean(const Request& request, std::string_view name,
                                std::vector<FieldError>& errors);

// A query parameter as it is; empty when it is not given.
[[nodiscard]] std::string QueryText(const Request& request, std::string_view name);

// The version that the caller has read, which may be given in two ways: in the If-Match header, as
// the ETag that SetVersion has set, and as `given`. Nothing when it is in neither; what is wrong is
// added to `errors`.
[[nodiscard]] std::optional<std::int64_t> ExpectedVersion(const Request& request,
                                                          std::optional<std::int64_t> given,
                                                          std::vector<FieldError>& errors);

// The same where there must be one; 0 when there is none.
[[nodiscard]] std::int64_t RequiredVersion(const Request& request,
                                           std::optional<std::int64_t> given,
                                           std::vector<FieldError>& errors);

[[nodiscard]] nlohmann::ordered_json MoneyToJson(const common::v1::Money& money);

[[nodiscard]] Response JsonResponse(int status, const nlohmann::ordered_json& body);

// Makes the version of what the response shows its ETag.
void SetVersion(Response& response, std::int64_t version);

// The problem of a module's refusal. Fields that callers of the routes know under another name than
// the contract's get that name: expected_version is `version`, idempotency_key is the header.
[[nodiscard]] Problem Refused(const seam::Error& error);

// The same for a change of what has a version. What the caller has put into If-Match is a
// precondition of HTTP (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1), so a stale one is
// answered 412; a version elsewhere is the shop's own.
[[nodiscard]] Problem RefusedChange(const seam::Error& error, const Request& request);

// The problem of a reply that lacks what the contract promises: "products replied without …".
[[nodiscard]] Problem EmptyReply(std::string_view what);

}  // namespace shop::http

#endif  // HTTP_ROUTE_PARTS_H_
