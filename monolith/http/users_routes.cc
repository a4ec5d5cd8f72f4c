#include "http/users_routes.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "http/json.h"
#include "http/rfc3339.h"
#include "http/route_parts.h"

namespace shop::http {
namespace {

using nlohmann::ordered_json;
using users::v1::UsersClient;

Answer UserResponse(const std::optional<users::v1::User>& user) {
  if (!user) return EmptyReply("users replied without a user");
  ordered_json json;
  json["id"] = user->id;
  json["email"] = user->email;
  json["name"] = user->name;
  json["postal_address"] = user->postal_address;
  json["version"] = user->version;
  if (user->created_at) json["created_at"] = FormatRfc3339(*user->created_at);
  if (user->updated_at) json["updated_at"] = FormatRfc3339(*user->updated_at);
  Response response = JsonResponse(200, json);
  SetVersion(response, user->version);
  return response;
}

Answer GetMe(UsersClient& users, const Call& call) {
  users::v1::GetUserRequest request;
  request.id = call.principal.subject;
  const auto reply = users.GetUser(call.context, request);
  if (!reply) return Refused(reply.error());
  return UserResponse(reply->user);
}

Answer UpdateMe(UsersClient& users, const Call& call) {
  std::vector<FieldError> errors;
  users::v1::UpdateUserRequest request;
  request.id = call.principal.subject;
  if (const auto json = ParseObject(call.request.body, errors)) {
    ObjectReader body(*json, errors);
    request.email = body.RequiredText("email");
    request.name = body.RequiredText("name");
    request.postal_address = body.RequiredText("postal_address");
    const auto version = body.OptionalInteger("version");
    body.RefuseOthers();
    request.expected_version = RequiredVersion(call.request, version, errors);
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = users.UpdateUser(call.context, request);
  if (!reply) return RefusedChange(reply.error(), call.request);
  return UserResponse(reply->user);
}

}  // namespace

std::vector<Route> UsersRoutes(UsersClient& users) {
  return {
      {.method = "GET",
       .pattern = "/users/me",
       .access = Access::kCustomer,
       .answer = With(users, GetMe)},
      {.method = "PUT",
       .pattern = "/users/me",
       .access = Access::kCustomer,
       .takes_json = true,
       .answer = With(users, UpdateMe)},
  };
}

}  // namespace shop::http
