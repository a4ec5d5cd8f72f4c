#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "http_fixture.h"
#include "seam/core/time.h"
#include "seam/core/uuid.h"
#include "seam/identity/token.h"

namespace shop::http {
namespace {

using nlohmann::json;
using seam::Code;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::Return;

class AuthRoutesTest : public HttpFixture {
 protected:
  Reply Post(const std::string& target, const std::string& body) {
    return Send("POST", target, {{"Content-Type", "application/json"}}, body);
  }

  // What the four routes take that everybody may call.
  static std::string BodyOf(const std::string& target) {
    if (target == "/auth/register") return kRegistration;
    return target == "/auth/login" ? kCredentials : kRefreshToken;
  }

  static auth::v1::Tokens TokensFor(std::chrono::seconds lifetime) {
    auth::v1::Tokens tokens;
    tokens.access_token = "access";
    tokens.access_token_expires_at = seam::ToTimestamp(std::chrono::system_clock::now() + lifetime);
    tokens.refresh_token = "next";
    tokens.account_id = kAccount;
    return tokens;
  }

  static void ExpectTokens(const Reply& reply) {
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
    json body = json::parse(reply.body);
    // Less the time since the token was made; a test does not run for an hour.
    EXPECT_LE(body["expires_in"], 7200);
    EXPECT_GT(body["expires_in"], 3600);
    body.erase("expires_in");
    EXPECT_EQ(body, json({{"access_token", "access"},
                          {"token_type", "Bearer"},
                          {"refresh_token", "next"},
                          {"account_id", kAccount}}));
  }

  static constexpr const char* kRegistration =
      R"({"email":"ada@shop.example","password":"correct horse","name":"Ada"})";
  static constexpr const char* kCredentials =
      R"({"email":"ada@shop.example","password":"correct horse"})";
  static constexpr const char* kRefreshToken = R"({"refresh_token":"once"})";
};

// POST /auth/register

TEST_F(AuthRoutesTest, RegistersAnAccountUnderANewId) {
  auth::v1::RegisterRequest request;
  EXPECT_CALL(auth_, Register)
      .WillOnce([&](const seam::Context&, const auth::v1::RegisterRequest& received) {
        request = received;
        auth::v1::RegisterResponse response;
        response.account_id = received.account_id;
        return response;
      });
  const Reply reply = Post("/auth/register", kRegistration);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  EXPECT_EQ(json::parse(reply.body), json({{"account_id", request.account_id}}));
  EXPECT_TRUE(seam::IsUuidV7(request.account_id)) << request.account_id;
  EXPECT_EQ(request.email, "ada@shop.example");
  EXPECT_EQ(request.password, "correct horse");
  EXPECT_EQ(request.name, "Ada");
  EXPECT_EQ(request.client_address, "127.0.0.1");
}

TEST_F(AuthRoutesTest, AnswersRefusedRegistrations) {
  EXPECT_CALL(auth_, Register)
      .WillOnce(Return(seam::Fail(Code::kAlreadyExists, "EMAIL_TAKEN", "somebody has it")))
      .WillOnce(Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD",
                                  "password must have 10 to 200 bytes", {{"field", "password"}})))
      .WillOnce(Return(seam::Fail(Code::kResourceExhausted, "AUTH_BUSY", "try again")));
  ExpectRefused(Post("/auth/register", kRegistration), 409, "EMAIL_TAKEN");
  const Reply weak = Post("/auth/register", kRegistration);
  ExpectRefused(weak, 400, "INVALID_FIELD");
  EXPECT_EQ(ProblemOf(weak)["errors"][0]["field"], "password");
  const Reply busy = Post("/auth/register", kRegistration);
  ExpectRefused(busy, 429, "AUTH_BUSY");
  EXPECT_EQ(busy.Header("Retry-After"), "1");
}

// POST /auth/login

TEST_F(AuthRoutesTest, LogsIn) {
  using Request = auth::v1::LoginRequest;
  auth::v1::LoginResponse session;
  session.tokens = TokensFor(std::chrono::hours(2));
  EXPECT_CALL(auth_, Login(_, AllOf(Field(&Request::email, "ada@shop.example"),
                                    Field(&Request::password, "correct horse"),
                                    Field(&Request::client_address, "127.0.0.1"))))
      .WillOnce(Return(session));
  ExpectTokens(Post("/auth/login", kCredentials));
}

TEST_F(AuthRoutesTest, AnswersRefusedLogIns) {
  EXPECT_CALL(auth_, Login)
      .WillOnce(Return(seam::Fail(Code::kUnauthenticated, "WRONG_CREDENTIALS", "wrong")))
      .WillOnce(Return(seam::Fail(Code::kResourceExhausted, "TOO_MANY_ATTEMPTS", "later",
                                  {{"retry_after_seconds", "840"}})));
  const Reply wrong = Post("/auth/login", kCredentials);
  ExpectRefused(wrong, 401, "WRONG_CREDENTIALS");
  EXPECT_EQ(wrong.Header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(wrong.Header("Cache-Control"), "no-store");
  const Reply many = Post("/auth/login", kCredentials);
  ExpectRefused(many, 429, "TOO_MANY_ATTEMPTS");
  EXPECT_EQ(many.Header("Retry-After"), "840");
}

// A session that nobody has a token of is nothing to look for before the next try.
TEST_F(AuthRoutesTest, ALogInThatFailsDoesNotSpeakOfChanges) {
  EXPECT_CALL(auth_, Login)
      .WillOnce(Return(seam::Fail(Code::kUnavailable, "DATABASE_REFUSED", "cannot connect")))
      .WillOnce(Return(seam::Fail(Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "too late")));
  for (const char* const reason : {"DATABASE_REFUSED", "DEADLINE_EXCEEDED"}) {
    const Reply reply = Post("/auth/login", kCredentials);
    ExpectRefused(reply, 503, reason);
    EXPECT_EQ(ProblemOf(reply)["detail"], "a part of the shop cannot be reached now; try again");
  }
}

TEST_F(AuthRoutesTest, ATokenThatHasExpiredOnTheWayLastsNoTime) {
  auth::v1::LoginResponse session;
  session.tokens = TokensFor(-std::chrono::hours(1));
  EXPECT_CALL(auth_, Login).WillOnce(Return(session));
  EXPECT_EQ(json::parse(Post("/auth/login", kCredentials).body)["expires_in"], 0);
}

// POST /auth/refresh, POST /auth/logout

TEST_F(AuthRoutesTest, RefreshesASession) {
  auth::v1::RefreshResponse session;
  session.tokens = TokensFor(std::chrono::hours(2));
  EXPECT_CALL(auth_, Refresh(_, Field(&auth::v1::RefreshRequest::refresh_token, "once")))
      .WillOnce(Return(session))
      .WillOnce(Return(seam::Fail(Code::kUnauthenticated, "INVALID_REFRESH_TOKEN", "log in")));
  ExpectTokens(Post("/auth/refresh", kRefreshToken));
  const Reply used = Post("/auth/refresh", kRefreshToken);
  ExpectRefused(used, 401, "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(used.Header("WWW-Authenticate"), "Bearer");
}

TEST_F(AuthRoutesTest, LogsOut) {
  EXPECT_CALL(auth_, Logout(_, Field(&auth::v1::LogoutRequest::refresh_token, "once")))
      .WillOnce(Return(auth::v1::LogoutResponse()))
      .WillOnce(Return(seam::Fail(Code::kUnavailable, "DATABASE_BUSY", "busy")));
  const Reply reply = Post("/auth/logout", kRefreshToken);
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  ExpectRefused(Post("/auth/logout", kRefreshToken), 503, "DATABASE_BUSY");
}

// All four

TEST_F(AuthRoutesTest, RefuseBadBodies) {
  for (const std::string target :
       {"/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"}) {
    SCOPED_TRACE(target);
    const json whole = json::parse(BodyOf(target));
    for (const auto& [name, ignored] : whole.items()) {
      json without = whole;
      without.erase(name);
      ExpectBadField(Post(target, without.dump()), name, "missing");
      json wrong = whole;
      wrong[name] = 7;
      ExpectBadField(Post(target, wrong.dump()), name, "expected a string, got number");
    }
    for (const char* other : {"roles", "account_id", "client_address"}) {
      json more = whole;
      more[other] = "x";
      ExpectBadField(Post(target, more.dump()), other, "not known");
    }
    ExpectBadField(Post(target, "[]"), "", "expected a JSON object, got a JSON array");
    ExpectBadField(Post(target + "?email=x", whole.dump()), "email",
                   "not known as a query parameter");
    ExpectRefused(Send("POST", target, {}, whole.dump()), 415, "JSON_NEEDED");
    EXPECT_EQ(Send("GET", target).status, 405);
  }
}

TEST_F(AuthRoutesTest, RefuseRepliesWithoutTokens) {
  auth::v1::LoginResponse unending;
  unending.tokens = TokensFor(std::chrono::hours(1));
  unending.tokens->access_token_expires_at.reset();
  EXPECT_CALL(auth_, Login).WillOnce(Return(auth::v1::LoginResponse())).WillOnce(Return(unending));
  EXPECT_CALL(auth_, Refresh).WillOnce(Return(auth::v1::RefreshResponse()));
  ExpectRefused(Post("/auth/login", kCredentials), 500, "INTERNAL");
  ExpectRefused(Post("/auth/login", kCredentials), 500, "INTERNAL");
  ExpectRefused(Post("/auth/refresh", kRefreshToken), 500, "INTERNAL");
}

// Keys

TEST_F(AuthRoutesTest, AnAdminRotatesTheKeys) {
  auth::v1::RotateKeysResponse rotated;
  rotated.key_id = "new";
  EXPECT_CALL(auth_, RotateKeys).WillOnce(Return(rotated));
  const Reply reply = SendAsAdmin("POST", "/auth/keys/rotate");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), json({{"key_id", "new"}}));
  EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  ExpectBadField(SendAsAdmin("POST", "/auth/keys/rotate", "{}"), "", "takes no body");

  EXPECT_CALL(auth_, RotateKeys)
      .WillOnce(Return(seam::Fail(Code::kUnauthenticated, "TOKEN_REVOKED", "just now")));
  const Reply revoked = SendAsAdmin("POST", "/auth/keys/rotate");
  ExpectRefused(revoked, 401, "TOKEN_REVOKED");
  EXPECT_EQ(revoked.Header("WWW-Authenticate"), "Bearer error=\"invalid_token\"");
}

TEST_F(AuthRoutesTest, AnAdminWithdrawsAStolenKey) {
  using Request = auth::v1::RotateKeysRequest;
  auth::v1::RotateKeysResponse rotated;
  rotated.key_id = "new";
  EXPECT_CALL(auth_, RotateKeys(_, Field(&Request::withdraw_others, true)))
      .WillOnce(Return(rotated));
  EXPECT_CALL(auth_, RotateKeys(_, Field(&Request::withdraw_others, false)))
      .Times(2)
      .WillRepeatedly(Return(rotated));
  EXPECT_EQ(SendAsAdmin("POST", "/auth/keys/rotate?withdraw_others=true").status, 200);
  EXPECT_EQ(SendAsAdmin("POST", "/auth/keys/rotate?withdraw_others=false").status, 200);
  EXPECT_EQ(SendAsAdmin("POST", "/auth/keys/rotate").status, 200);
  for (const char* other : {"", "1", "TRUE", "yes"}) {
    ExpectBadField(SendAsAdmin("POST", std::string("/auth/keys/rotate?withdraw_others=") + other),
                   "withdraw_others", "expected true or false");
  }
}

TEST_F(AuthRoutesTest, PublishesTheKeys) {
  const Reply reply = Send("GET", "/.well-known/jwks.json");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Content-Type"), "application/jwk-set+json");
  EXPECT_EQ(reply.Header("Cache-Control"), "max-age=60");
  const auto keys = seam::ParseJwks(reply.body);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, tokens_.key().public_key().id);
  EXPECT_EQ(keys->front().public_key, tokens_.key().public_key().public_key);
}

TEST_F(AuthRoutesTest, TellsWhenThereAreNoKeys) {
  Trust(seam::Fail(Code::kUnavailable, "UNREACHABLE", "at 10.1.2.3"));
  ExpectRefused(Send("GET", "/.well-known/jwks.json"), 503, "TOKEN_KEYS_UNAVAILABLE");
}

}  // namespace
}  // namespace shop::http
