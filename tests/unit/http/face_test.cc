#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http_fixture.h"
#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "seam/identity/token.h"

namespace shop::http {
namespace {

namespace v1 = products::v1;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Return;

class FaceTest : public HttpFixture {
 protected:
  const std::string product_ = "/products/" + std::string(kId);
};

TEST_F(FaceTest, RefusesUnknownPaths) {
  for (const char* path : {"/", "/product", "/products/", "/products/7/8", "/health", "//products",
                           "/products%2F7", "/%zz", "/health/../health/live"}) {
    const Reply reply = Send("GET", path);
    ExpectRefused(reply, 404, "NO_SUCH_PATH");
    EXPECT_EQ(ProblemOf(reply)["instance"], path);
  }
  ExpectRefused(SendAsAdmin("POST", "/health", "{}"), 404, "NO_SUCH_PATH");
}

TEST_F(FaceTest, RefusesOtherMethodsOfAPath) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE"}) {
    const Reply reply = Send(method, "/products");
    ExpectRefused(reply, 405, "METHOD_NOT_ALLOWED");
    EXPECT_EQ(reply.Header("Allow"), "GET, HEAD, POST");
  }
  EXPECT_EQ(Send("PATCH", product_, {}, "{}").Header("Allow"), "DELETE, GET, HEAD, PUT");
  EXPECT_EQ(Send("POST", product_).Header("Allow"), "DELETE, GET, HEAD, PUT");
}

TEST_F(FaceTest, ContinuesTheTraceOfTheCaller) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  seam::TraceContext seen;
  EXPECT_CALL(products_, GetProduct)
      .WillOnce([&seen](const seam::Context& context, const v1::GetProductRequest&) {
        seen = context.trace();
        return seam::Result<v1::GetProductResponse>(
            seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "none"));
      });
  const Reply reply =
      Send("GET", product_, {{"traceparent", "00-" + trace_id + "-00f067aa0ba902b7-01"}});
  EXPECT_EQ(seam::TraceIdText(seen), trace_id);
  EXPECT_EQ(reply.Header("traceparent"), seam::FormatTraceparent(seen));
  EXPECT_EQ(reply.Header("traceparent").substr(0, 36), "00-" + trace_id + "-");
  EXPECT_THAT(reply.Header("traceparent"), Not(HasSubstr("00f067aa0ba902b7")));
  EXPECT_EQ(ProblemOf(reply)["trace_id"], trace_id);
  EXPECT_EQ(Lines().back()["trace_id"], trace_id);
}

TEST_F(FaceTest, BeginsATraceWhereThereIsNone) {
  for (const Headers& headers :
       {Headers{}, Headers{{"traceparent", "nonsense"}},
        Headers{{"traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}}}) {
    const Reply first = Send("GET", "/health/live", headers);
    const Reply second = Send("GET", "/health/live", headers);
    const auto trace = seam::ParseTraceparent(first.Header("traceparent"));
    ASSERT_TRUE(trace.has_value()) << first.Header("traceparent");
    EXPECT_TRUE(trace->valid());
    EXPECT_NE(first.Header("traceparent").substr(0, 36),
              second.Header("traceparent").substr(0, 36));
  }
}

TEST_F(FaceTest, LogsOneLineForARequest) {
  EXPECT_CALL(products_, GetProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kUnavailable, "UNREACHABLE", "nobody at 10.1.2.3")));
  const Reply reply = Send("GET", product_);
  ASSERT_EQ(Lines().size(), 1U);
  const json line = Lines().front();
  EXPECT_EQ(line["message"], "request");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["method"], "GET");
  EXPECT_EQ(line["route"], "/products/{id}");
  EXPECT_EQ(line["status"], 503);
  EXPECT_GE(line["duration_ms"].get<double>(), 0);
  EXPECT_EQ(line["trace_id"], ProblemOf(reply)["trace_id"]);
  EXPECT_THAT(line["error"].get<std::string>(), HasSubstr("nobody at 10.1.2.3"));

  static_cast<void>(Send("GET", "/nothing"));
  EXPECT_EQ(Lines().back()["route"], "-");
  EXPECT_EQ(Lines().back()["status"], 404);
  EXPECT_EQ(Lines().back()["level"], "info");
  EXPECT_FALSE(Lines().back().contains("error"));
}

TEST_F(FaceTest, LogsNothingThatTheCallerSent) {
  EXPECT_CALL(products_, CreateProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kInvalidArgument, "INVALID_FIELD", "name is wrong",
                                  {{"field", "name"}})));
  static_cast<void>(SendAsAdmin(
      "POST", "/products", R"({"name":"hunter2","price":{"amount_minor":1,"currency":"EUR"}})"));
  static_cast<void>(SendAsAdmin("POST", "/products?password=hunter2", "{\"hunter2\":"));
  static_cast<void>(Send("GET", "/hunter2", {{"Cookie", "hunter2"}}));
  static_cast<void>(Send("DELETE", "/products/hunter2", {{"Authorization", "Bearer hunter2"}}));
  EXPECT_EQ(Lines().size(), 4U);

  // Secrets that are right, wrong, and in the wrong place; of calls that succeed, are refused and
  // fail.
  auth::v1::LoginResponse session;
  auto& tokens = session.tokens.emplace();
  tokens.access_token = "hunter2-access";
  tokens.refresh_token = "hunter2-refresh";
  tokens.access_token_expires_at = seam::Timestamp{4'000'000'000, 0};
  tokens.account_id = kAccount;
  EXPECT_CALL(auth_, Login)
      .WillOnce(Return(session))
      .WillOnce(Return(seam::Fail(seam::Code::kUnauthenticated, "WRONG_CREDENTIALS", "wrong")))
      .WillOnce(Return(seam::Fail(seam::Code::kUnavailable, "UNREACHABLE", "nobody there")));
  const std::string credentials = R"({"email":"hunter2@shop.example","password":"hunter2"})";
  const Headers json_type = {{"Content-Type", "application/json"}};
  for (const int status : {200, 401, 503}) {
    EXPECT_EQ(Send("POST", "/auth/login", json_type, credentials).status, status);
  }
  static_cast<void>(Send("POST", "/auth/login?password=hunter2", json_type, credentials));
  static_cast<void>(Send("POST", "/auth/refresh", json_type, R"({"refresh_token":["hunter2"]})"));
  static_cast<void>(Send("POST", "/auth/register", json_type, R"({"hunter2":"hunter2",)"));
  EXPECT_CALL(users_, GetUser)
      .WillOnce(Return(seam::Fail(seam::Code::kInternal, "BROKEN", "cannot say")));
  EXPECT_EQ(SendAsCustomer("GET", "/users/me").status, 500);
  static_cast<void>(SendAsCustomer("GET", "/users/me?token=" + customer_token_));
  EXPECT_EQ(Lines().size(), 12U);

  EXPECT_THAT(LogText(), Not(HasSubstr("hunter2")));
  for (const std::string& token : {admin_token_, customer_token_}) {
    EXPECT_THAT(LogText(), Not(HasSubstr(token)));
    EXPECT_THAT(LogText(), Not(HasSubstr(token.substr(token.rfind('.')))));  // The signature.
  }
}

TEST_F(FaceTest, AnExceptionIsAnInternalErrorWithoutItsText) {
  EXPECT_CALL(products_, GetProduct)
      .WillOnce(::testing::Throw(std::runtime_error("the password is hunter2")))
      .WillOnce(::testing::Throw(7));
  const Reply reply = Send("GET", product_);
  ExpectRefused(reply, 500, "INTERNAL");
  EXPECT_THAT(reply.body, Not(HasSubstr("hunter2")));
  EXPECT_EQ(reply.Header("EXCEPTION_WHAT"), "");
  EXPECT_THAT(Lines().back()["error"].get<std::string>(), HasSubstr("hunter2"));
  ExpectRefused(Send("GET", product_), 500, "INTERNAL");
}

// Callers

// The routes that need a token, as requests without a body.
const std::vector<std::pair<std::string, std::string>>& RoutesForCustomers() {
  static const std::vector<std::pair<std::string, std::string>> kRoutes = {
      {"GET", "/users/me"}, {"PUT", "/users/me"},         {"POST", "/orders"},  {"GET", "/orders"},
      {"GET", "/orders/7"}, {"POST", "/orders/7/cancel"}, {"HEAD", "/users/me"}};
  return kRoutes;
}

const std::vector<std::pair<std::string, std::string>>& RoutesForAdmins() {
  static const std::vector<std::pair<std::string, std::string>> kRoutes = {
      {"POST", "/products"},
      {"PUT", "/products/7"},
      {"DELETE", "/products/7"},
      {"POST", "/auth/keys/rotate"}};
  return kRoutes;
}

class CallerTest : public FaceTest {
 protected:
  static Headers Bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

  void ExpectNotKnown(const Headers& headers, const std::string& code) {
    const bool missing = code == "TOKEN_MISSING";
    auto routes = RoutesForCustomers();
    routes.insert(routes.end(), RoutesForAdmins().begin(), RoutesForAdmins().end());
    for (const auto& [method, target] : routes) {
      SCOPED_TRACE(method + " " + target + " " + code);
      const Reply reply = Send(method, target, headers);
      EXPECT_EQ(reply.status, 401);
      EXPECT_EQ(reply.Header("WWW-Authenticate"),
                missing ? "Bearer" : "Bearer error=\"invalid_token\"");
      EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
      if (method != "HEAD") ExpectRefused(reply, 401, code);
    }
  }

  [[nodiscard]] std::string Signed(const seam::SigningKey& key, std::chrono::hours age,
                                   const std::string& session) const {
    const auto issued = std::chrono::system_clock::now() - age;
    const seam::Principal principal{
        std::string(kAccount), {"admin"}, session, issued + std::chrono::hours(1)};
    return seam::SignToken(key, tokens_.audience(), principal, issued);
  }
};

TEST_F(CallerTest, NeedATokenSentOnce) {
  ExpectNotKnown({}, "TOKEN_MISSING");
  ExpectNotKnown({{"Authorization", admin_token_}}, "TOKEN_MISSING");
  ExpectNotKnown({{"Authorization", "Basic " + admin_token_}}, "TOKEN_MISSING");
  ExpectNotKnown(Bearer("\xc3\xbc"), "TOKEN_MISSING");
  Headers twice = Bearer(admin_token_);
  twice.push_back(twice.front());
  ExpectNotKnown(twice, "TOKEN_MISSING");
}

TEST_F(CallerTest, NeedATokenOfTheShop) {
  ExpectNotKnown(Bearer("hunter2"), "TOKEN_INVALID");
  ExpectNotKnown(Bearer(admin_token_ + "x"), "TOKEN_INVALID");
  ExpectNotKnown(Bearer(Signed(seam::SigningKey::Generate(), std::chrono::hours(0), "s")),
                 "TOKEN_INVALID");
  ExpectNotKnown(Bearer(std::string(5000, 'x')), "TOKEN_INVALID");
}

TEST_F(CallerTest, NeedATokenThatIsStillGood) {
  Trust(seam::TrustedKeys{tokens_.audience(), {tokens_.key().public_key()}, {"ended"}});
  ExpectNotKnown(Bearer(Signed(tokens_.key(), std::chrono::hours(2), "s")), "TOKEN_EXPIRED");
  ExpectNotKnown(Bearer(Signed(tokens_.key(), std::chrono::hours(0), "ended")), "TOKEN_REVOKED");
}

TEST_F(CallerTest, AreToldNothingWithoutTheKeys) {
  Trust(seam::Fail(seam::Code::kUnavailable, "UNREACHABLE", "at 10.1.2.3"));
  for (const auto& [method, target] : {RoutesForCustomers().front(), RoutesForAdmins().front()}) {
    const Reply reply = Send(method, target, Bearer(admin_token_));
    ExpectRefused(reply, 503, "TOKEN_KEYS_UNAVAILABLE");
    EXPECT_EQ(reply.Header("Retry-After"), "1");
    EXPECT_THAT(reply.body, Not(HasSubstr("10.1.2.3")));
  }
}

TEST_F(CallerTest, AdminRoutesAreForAdmins) {
  for (const auto& [method, target] : RoutesForAdmins()) {
    const Reply reply = Send(method, target, Bearer(customer_token_));
    ExpectRefused(reply, 403, "ADMIN_ONLY");
    EXPECT_EQ(reply.Header("WWW-Authenticate"), "");
    EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  }
}

TEST_F(CallerTest, AreCheckedBeforeTheirRequest) {
  const Headers type = {{"Content-Type", "application/json"}};
  ExpectRefused(Send("POST", "/orders?x=1", {}, "{"), 401, "TOKEN_MISSING");
  ExpectRefused(Send("POST", "/orders", type, "{"), 401, "TOKEN_MISSING");
  Headers customer = Bearer(customer_token_);
  ExpectRefused(Send("POST", "/products?x=1", customer, "{"), 403, "ADMIN_ONLY");
}

TEST_F(CallerTest, TokensTravelToTheModules) {
  std::vector<std::optional<std::string>> seen;
  EXPECT_CALL(products_, GetProduct)
      .Times(5)
      .WillRepeatedly([&seen](const seam::Context& context, const v1::GetProductRequest&) {
        const auto token = seam::FindBearerToken(context);
        seen.push_back(token ? std::optional<std::string>(*token) : std::nullopt);
        return seam::Result<v1::GetProductResponse>(
            seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "none"));
      });
  EXPECT_CALL(orders_, GetOrder)
      .WillOnce([&seen](const seam::Context& context, const orders::v1::GetOrderRequest&) {
        seen.emplace_back(*seam::FindBearerToken(context));
        return seam::Result<orders::v1::GetOrderResponse>(
            seam::Fail(seam::Code::kNotFound, "ORDER_NOT_FOUND", "none"));
      });
  Headers twice = Bearer("a");
  twice.push_back(twice.front());
  for (const Headers& headers : {Headers{}, Bearer("any"), Headers{{"Authorization", "bearer any"}},
                                 twice, Headers{{"Authorization", "Basic any"}}}) {
    ExpectRefused(Send("GET", product_, headers), 404, "PRODUCT_NOT_FOUND");
  }
  ExpectRefused(SendAsCustomer("GET", "/orders/7"), 404, "ORDER_NOT_FOUND");
  EXPECT_THAT(seen, ::testing::ElementsAre(std::nullopt, "any", "any", std::nullopt, std::nullopt,
                                           customer_token_));
}

TEST_F(CallerTest, ATokenThatCannotTravelIsRefusedEverywhere) {
  const Reply reply = Send("GET", product_, Bearer(std::string(5000, 'x')));
  ExpectRefused(reply, 401, "TOKEN_INVALID");
  EXPECT_EQ(reply.Header("WWW-Authenticate"), "Bearer error=\"invalid_token\"");
}

TEST_F(FaceTest, ForbidsToGuessTheMediaType) {
  EXPECT_EQ(Send("GET", "/health/live").Header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Send("GET", "/nothing").Header("X-Content-Type-Options"), "nosniff");
}

}  // namespace
}  // namespace shop::http
