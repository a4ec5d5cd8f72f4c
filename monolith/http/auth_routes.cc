#include "http/auth_routes.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "http/json.h"
#include "http/route_parts.h"
#include "seam/core/time.h"
#include "seam/core/uuid.h"
#include "seam/identity/token.h"

namespace shop::http {
namespace {

using auth::v1::AuthClient;
using nlohmann::ordered_json;

// As OAuth spells them (https://www.rfc-editor.org/rfc/rfc6749#section-5.1), with the account.
Answer TokensResponse(const std::optional<auth::v1::Tokens>& tokens) {
  if (!tokens || !tokens->access_token_expires_at) return EmptyReply("auth replied without tokens");
  const auto left =
      seam::ToSystemTime(*tokens->access_token_expires_at) - std::chrono::system_clock::now();
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(left).count();
  ordered_json body;
  body["access_token"] = tokens->access_token;
  body["token_type"] = "Bearer";
  body["expires_in"] = std::max<std::int64_t>(seconds, 0);
  body["refresh_token"] = tokens->refresh_token;
  body["account_id"] = tokens->account_id;
  return JsonResponse(200, body);
}

Answer Register(AuthClient& auth, const Call& call) {
  std::vector<FieldError> errors;
  auth::v1::RegisterRequest request;
  if (const auto json = ParseObject(call.request.body, errors)) {
    ObjectReader body(*json, errors);
    request.email = body.RequiredText("email");
    request.password = body.RequiredText("password");
    request.name = body.RequiredText("name");
    body.RefuseOthers();
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  request.account_id = seam::NewUuidV7();
  request.client_address = call.request.client_address;
  const auto reply = auth.Register(call.context, request);
  if (!reply) return Refused(reply.error());
  ordered_json body;
  body["account_id"] = reply->account_id;
  return JsonResponse(201, body);
}

Answer Login(AuthClient& auth, const Call& call) {
  std::vector<FieldError> errors;
  auth::v1::LoginRequest request;
  if (const auto json = ParseObject(call.request.body, errors)) {
    ObjectReader body(*json, errors);
    request.email = body.RequiredText("email");
    request.password = body.RequiredText("password");
    body.RefuseOthers();
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  request.client_address = call.request.client_address;
  const auto reply = auth.Login(call.context, request);
  if (!reply) return Refused(reply.error());
  return TokensResponse(reply->tokens);
}

// The body of a route that takes nothing but a refresh token.
std::string ReadRefreshToken(const Request& request, std::vector<FieldError>& errors) {
  std::string token;
  if (const auto json = ParseObject(request.body, errors)) {
    ObjectReader body(*json, errors);
    token = body.RequiredText("refresh_token");
    body.RefuseOthers();
  }
  return token;
}

Answer Refresh(AuthClient& auth, const Call& call) {
  std::vector<FieldError> errors;
  auth::v1::RefreshRequest request;
  request.refresh_token = ReadRefreshToken(call.request, errors);
  if (!errors.empty()) return BadInput(std::move(errors));
  const auto reply = auth.Refresh(call.context, request);
  if (!reply) return Refused(reply.error());
  return TokensResponse(reply->tokens);
}

Answer Logout(AuthClient& auth, const Call& call) {
  std::vector<FieldError> errors;
  auth::v1::LogoutRequest request;
  request.refresh_token = ReadRefreshToken(call.request, errors);
  if (!errors.empty()) return BadInput(std::move(errors));
  const auto reply = auth.Logout(call.context, request);
  if (!reply) return Refused(reply.error());
  return Response{.status = 204};
}

Answer RotateKeys(AuthClient& auth, const Call& call) {
  std::vector<FieldError> errors;
  auth::v1::RotateKeysRequest request;
  request.withdraw_others = QueryBoolean(call.request, "withdraw_others", errors);
  if (!errors.empty()) return BadInput(std::move(errors));
  const auto reply = auth.RotateKeys(call.context, request);
  if (!reply) return Refused(reply.error());
  ordered_json body;
  body["key_id"] = reply->key_id;
  return JsonResponse(200, body);
}

Answer PublicKeys(const seam::TokenVerifier& verifier, const Call& call) {
  const auto keys = verifier.Keys(call.context);
  if (!keys) return ToProblem(keys.error());
  return Response{.headers = {{"Cache-Control", "max-age=60"}},
                  .content_type = "application/jwk-set+json",
                  .body = seam::FormatJwks(*keys)};
}

}  // namespace

std::vector<Route> AuthRoutes(AuthClient& auth, const seam::TokenVerifier& verifier) {
  const auto takes_secrets = [&auth](const char* pattern,
                                     Answer (*answer)(AuthClient&, const Call&)) {
    return Route{.method = "POST",
                 .pattern = pattern,
                 .takes_json = true,
                 .confidential = true,
                 .answer = With(auth, answer)};
  };
  // At worst there is a session then whose tokens nobody has.
  Route login = takes_secrets("/auth/login", Login);
  login.repeatable = true;
  return {
      takes_secrets("/auth/register", Register),
      std::move(login),
      takes_secrets("/auth/refresh", Refresh),
      takes_secrets("/auth/logout", Logout),
      {.method = "POST",
       .pattern = "/auth/keys/rotate",
       .access = Access::kAdmin,
       .query = {"withdraw_others"},
       .answer = With(auth, RotateKeys)},
      {.method = "GET", .pattern = "/.well-known/jwks.json", .answer = With(verifier, PublicKeys)},
  };
}

}  // namespace shop::http
