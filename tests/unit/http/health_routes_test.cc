#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http_fixture.h"
#include "seam/observe/peer_contracts.h"

namespace shop::http {
namespace {

using nlohmann::json;
using seam::Code;
using ::testing::_;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Return;

// What modules that are there answer to nobody in particular.
class HealthRoutesTest : public HttpFixture {
 protected:
  HealthRoutesTest() {
    ON_CALL(users_, CheckReadiness).WillByDefault(Return(users::v1::CheckReadinessResponse()));
    ON_CALL(products_, ListProducts).WillByDefault(Return(products::v1::ListProductsResponse()));
    ON_CALL(inventory_, CheckReadiness)
        .WillByDefault(Return(inventory::v1::CheckReadinessResponse()));
    ON_CALL(orders_, CheckReadiness).WillByDefault(Return(orders::v1::CheckReadinessResponse()));
    EXPECT_CALL(users_, CheckReadiness).Times(::testing::AnyNumber());
    EXPECT_CALL(products_, ListProducts).Times(::testing::AnyNumber());
    EXPECT_CALL(inventory_, CheckReadiness).Times(::testing::AnyNumber());
    EXPECT_CALL(orders_, CheckReadiness).Times(::testing::AnyNumber());
  }

  void ExpectNotReady(const std::string& parts) {
    const Reply reply = Send("GET", "/health/ready");
    ExpectRefused(reply, 503, "NOT_READY");
    EXPECT_EQ(ProblemOf(reply)["detail"], "not ready: " + parts);
    EXPECT_EQ(reply.Header("Retry-After"), "1");
  }
};

TEST_F(HealthRoutesTest, LivesWithoutTheModules) {
  EXPECT_EQ(json::parse(Send("GET", "/health/live").body), json({{"status", "live"}}));
}

TEST_F(HealthRoutesTest, IsReadyWhenEveryModuleAnswers) {
  const auto is_bounded_and_nobodys = [](const seam::Context& context) {
    return context.deadline().has_value() && !seam::FindBearerToken(context);
  };
  EXPECT_CALL(products_, ListProducts(testing::Truly(is_bounded_and_nobodys),
                                      Field(&products::v1::ListProductsRequest::page_size, 1)));
  EXPECT_CALL(users_, CheckReadiness(testing::Truly(is_bounded_and_nobodys), _));
  EXPECT_CALL(orders_, CheckReadiness(testing::Truly(is_bounded_and_nobodys), _));
  const Reply reply = SendAsCustomer("GET", "/health/ready");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), json({{"status", "ready"}}));
}

TEST_F(HealthRoutesTest, NamesTheModuleThatDoesNotAnswer) {
  const auto gone = seam::Fail(Code::kUnavailable, "UNREACHABLE", "at 10.1.2.3");
  ON_CALL(products_, ListProducts).WillByDefault(Return(gone));
  ExpectNotReady("products");
  ON_CALL(users_, CheckReadiness).WillByDefault(Return(gone));
  ExpectNotReady("users, products");
  ON_CALL(inventory_, CheckReadiness).WillByDefault(Return(gone));
  ExpectNotReady("users, products, inventory");
  ON_CALL(orders_, CheckReadiness).WillByDefault(Return(gone));
  ExpectNotReady("users, products, inventory, orders");
  EXPECT_THAT(LogText(), HasSubstr("users: UNAVAILABLE UNREACHABLE: at 10.1.2.3"));
}

TEST_F(HealthRoutesTest, NeedsTheKeysOfTokens) {
  Trust(seam::Fail(Code::kUnavailable, "UNREACHABLE", "at 10.1.2.3"));
  ExpectNotReady("auth");
}

// The verifier keeps the keys that it has, and log-ins need more than that.
TEST_F(HealthRoutesTest, AsksAuthAnewThoughItsKeysAreKnown) {
  ASSERT_EQ(Send("GET", "/.well-known/jwks.json").status, 200);
  Trust(seam::Fail(Code::kUnavailable, "DATABASE_UNAVAILABLE", "gone"));
  ASSERT_EQ(Send("GET", "/.well-known/jwks.json").status, 200);
  ExpectNotReady("auth");
}

TEST_F(HealthRoutesTest, TellsARefusalFromAFailure) {
  for (const Code failure : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kInternal,
                             Code::kDataLoss, Code::kUnimplemented, Code::kUnknown}) {
    ON_CALL(orders_, CheckReadiness).WillByDefault(Return(seam::Fail(failure, "REASON", "failed")));
    ExpectNotReady("orders");
  }
  for (const Code refusal : {Code::kInvalidArgument, Code::kNotFound, Code::kPermissionDenied,
                             Code::kResourceExhausted, Code::kUnauthenticated}) {
    seam::Error error{refusal, "REASON", "no", {}, seam::Origin::kHandler};
    ON_CALL(orders_, CheckReadiness).WillByDefault(Return(seam::Forward(error)));
    EXPECT_EQ(Send("GET", "/health/ready").status, 200) << seam::CodeName(refusal);
    // The same from elsewhere than the handler tells nothing of it.
    error.origin = seam::Origin::kNotDelivered;
    ON_CALL(orders_, CheckReadiness).WillByDefault(Return(seam::Forward(error)));
    ExpectNotReady("orders");
  }
}

TEST_F(HealthRoutesTest, NamesACompatibleContractAndStaysReady) {
  TellContract("orders",
               {.contract = "shop.orders.v1.Orders", .match = seam::ContractMatch::kEqual});
  TellContract("users", {.contract = "shop.users.v1.Users"});
  EXPECT_EQ(json::parse(Send("GET", "/health/ready").body), json({{"status", "ready"}}));
  TellContract("products", {.contract = "shop.products.v1.Products",
                            .match = seam::ContractMatch::kCompatible});
  EXPECT_EQ(json::parse(Send("GET", "/health/ready").body),
            json({{"status", "ready"}, {"contracts", {{"products", "compatible"}}}}));
}

TEST_F(HealthRoutesTest, IsNotReadyWithAnIncompatibleContractUntilItIsReplaced) {
  seam::PeerContract keys{.contract = "seam.identity.v1.TokenKeys",
                          .target = "unix:/auth",
                          .match = seam::ContractMatch::kIncompatible,
                          .differences = {"the type of field 'id' is another"}};
  TellContract("auth", keys);
  TellContract("auth",
               {.contract = "shop.auth.v1.Auth", .match = seam::ContractMatch::kCompatible});
  ExpectNotReady("auth (incompatible contract)");
  EXPECT_THAT(LogText(), HasSubstr("seam.identity.v1.TokenKeys at unix:/auth: the type of field "
                                   "'id' is another"));
  keys.match = seam::ContractMatch::kEqual;
  TellContract("auth", keys);
  EXPECT_EQ(Send("GET", "/health/ready").status, 200);
}

}  // namespace
}  // namespace shop::http
