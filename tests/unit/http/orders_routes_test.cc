#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "http_fixture.h"

namespace shop::http {
namespace {

using nlohmann::json;
using orders::v1::OrderState;
using seam::Code;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Return;

constexpr const char* kOrder = "01900000-0000-7000-8000-0000000000bb";

orders::v1::Order TwoCups(OrderState state) {
  orders::v1::Order order;
  order.id = kOrder;
  order.customer_id = kAccount;
  order.state = state;
  orders::v1::OrderLine& line = order.lines.emplace_back();
  line.product_id = kId;
  line.quantity = 2;
  line.name = "Cup";
  auto& price = line.unit_price.emplace();
  price.amount_minor = 1999;
  price.currency = "EUR";
  auto& total = order.total.emplace();
  total.amount_minor = 3998;
  total.currency = "EUR";
  order.created_at = seam::Timestamp{1'732'282'200, 125'000'000};
  order.updated_at = seam::Timestamp{1'732'282'201, 0};
  return order;
}

json TwoCupsJson(const std::string& state) {
  return {{"id", kOrder},
          {"state", state},
          {"lines",
           {{{"product_id", kId},
             {"name", "Cup"},
             {"quantity", 2},
             {"unit_price", {{"amount_minor", 1999}, {"currency", "EUR"}}}}}},
          {"total", {{"amount_minor", 3998}, {"currency", "EUR"}}},
          {"created_at", "2024-11-22T13:30:00.125Z"},
          {"updated_at", "2024-11-22T13:30:01.000Z"}};
}

template <class Response>
Response WithOrder(OrderState state = OrderState::ORDER_STATE_PLACED) {
  Response response;
  response.order = TwoCups(state);
  return response;
}

class OrdersRoutesTest : public HttpFixture {
 protected:
  Reply Place(const std::string& body, const Headers& headers = {{"Idempotency-Key", "key-0001"}}) {
    return SendAsCustomer("POST", "/orders", body, headers);
  }
  const std::string order_ = "/orders/" + std::string(kOrder);
  const std::string two_cups_ =
      R"({"lines":[{"product_id":")" + std::string(kId) + R"(","quantity":2}]})";
};

// POST /orders

TEST_F(OrdersRoutesTest, PlacesAnOrderAndAnswersTheSameAgain) {
  std::vector<orders::v1::PlaceOrderRequest> requests;
  EXPECT_CALL(orders_, PlaceOrder)
      .Times(2)
      .WillRepeatedly([&](const seam::Context&, const orders::v1::PlaceOrderRequest& received) {
        requests.push_back(received);
        return WithOrder<orders::v1::PlaceOrderResponse>();
      });
  for (int i = 0; i < 2; ++i) {
    const Reply reply = Place(two_cups_);
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(reply.Header("Location"), order_);
    EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
    EXPECT_EQ(json::parse(reply.body), TwoCupsJson("PLACED"));
  }
  EXPECT_EQ(requests[0], requests[1]);
  EXPECT_EQ(requests[0].idempotency_key, "key-0001");
  ASSERT_EQ(requests[0].lines.size(), 1U);
  EXPECT_EQ(requests[0].lines[0].product_id, kId);
  EXPECT_EQ(requests[0].lines[0].quantity, 2);
}

TEST_F(OrdersRoutesTest, AnOrderNeedsOneIdempotencyKey) {
  const std::string detail =
      "send this header once, with a name for the order that you keep when you send it again";
  ExpectBadField(Place(two_cups_, {}), "Idempotency-Key", detail);
  ExpectBadField(
      Place(two_cups_, {{"Idempotency-Key", "key-0001"}, {"Idempotency-Key", "key-0001"}}),
      "Idempotency-Key", detail);

  EXPECT_CALL(orders_, PlaceOrder)
      .WillOnce(Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD",
                                  "idempotency_key must have 8 to 100 characters",
                                  {{"field", "idempotency_key"}})));
  const Reply reply = Place(two_cups_, {{"Idempotency-Key", "x"}});
  ExpectRefused(reply, 400, "INVALID_FIELD");
  EXPECT_EQ(ProblemOf(reply)["detail"], "Idempotency-Key must have 8 to 100 characters");
  EXPECT_EQ(ProblemOf(reply)["errors"],
            json({{{"field", "Idempotency-Key"},
                   {"detail", "Idempotency-Key must have 8 to 100 characters"}}}));
}

TEST_F(OrdersRoutesTest, AnswersRefusedOrders) {
  for (const auto& [code, reason, status] :
       {std::tuple(Code::kFailedPrecondition, "INSUFFICIENT_STOCK", 409),
        std::tuple(Code::kNotFound, "PRODUCT_NOT_FOUND", 404),
        std::tuple(Code::kFailedPrecondition, "MIXED_CURRENCIES", 409),
        std::tuple(Code::kFailedPrecondition, "TOTAL_TOO_LARGE", 409),
        std::tuple(Code::kAlreadyExists, "IDEMPOTENCY_KEY_REUSED", 409),
        std::tuple(Code::kAborted, "ORDER_CANCELLED", 409)}) {
    EXPECT_CALL(orders_, PlaceOrder).WillOnce(Return(seam::Fail(code, reason, "cannot be placed")));
    const Reply reply = Place(two_cups_);
    ExpectRefused(reply, status, reason);
    EXPECT_EQ(ProblemOf(reply)["detail"], "cannot be placed");
  }
  EXPECT_CALL(orders_, PlaceOrder)
      .WillOnce(Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD",
                                  "lines[0].quantity must be 1 to 1000000",
                                  {{"field", "lines[0].quantity"}})));
  EXPECT_EQ(ProblemOf(Place(two_cups_))["errors"][0]["field"], "lines[0].quantity");
}

TEST_F(OrdersRoutesTest, SaysThatItIsSafeToOrderAgain) {
  for (const seam::Origin origin :
       {seam::Origin::kHandler, seam::Origin::kNotDelivered, seam::Origin::kOutcomeUnknown}) {
    const seam::Error error{Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "late", {}, origin};
    EXPECT_CALL(orders_, PlaceOrder).WillOnce(Return(seam::Forward(error)));
    const Reply reply = Place(two_cups_);
    ExpectRefused(reply, 503, "DEADLINE_EXCEEDED");
    EXPECT_EQ(reply.Header("Retry-After"), "1");
    EXPECT_THAT(ProblemOf(reply).value("detail", ""),
                HasSubstr("send it again with the same Idempotency-Key"));
  }
}

TEST_F(OrdersRoutesTest, RefusesBadBodies) {
  ExpectBadField(Place("{}"), "lines", "missing");
  ExpectBadField(Place(R"({"lines":{}})"), "lines", "expected an array, got object");
  ExpectBadField(Place(R"({"lines":[7]})"), "lines[0]", "expected an object, got number");
  ExpectBadField(Place(R"({"lines":[{"product_id":"x","quantity":1},{"quantity":1}]})"),
                 "lines[1].product_id", "missing");
  ExpectBadField(Place(R"({"lines":[{"product_id":"x","quantity":1.5}]})"), "lines[0].quantity",
                 "expected an integer, got a number with a fraction or an exponent");
  ExpectBadField(Place(R"({"lines":[{"product_id":"x","quantity":1,"unit_price":1}]})"),
                 "lines[0].unit_price", "not known");
  ExpectBadField(Place(R"({"lines":[],"customer_id":"x"})"), "customer_id", "not known");
  ExpectBadField(Place(R"({"lines":[{"quantity":1,"quantity":2}]})"), "lines[0].quantity",
                 "given twice");
  ExpectRefused(SendAsCustomer("POST", "/orders", "", {{"Content-Type", "text/plain"}}), 415,
                "JSON_NEEDED");

  const Reply several = Place(R"({"lines":[{},{}]})", {});
  ExpectRefused(several, 400, "INVALID_INPUT");
  EXPECT_EQ(ProblemOf(several)["errors"].size(), 5U) << several.body;
}

TEST_F(OrdersRoutesTest, LeavesTheNumberOfLinesToTheModule) {
  for (const std::size_t count : {0U, 1000U}) {
    EXPECT_CALL(orders_, PlaceOrder(_, Field(&orders::v1::PlaceOrderRequest::lines,
                                             ::testing::SizeIs(count))))
        .WillOnce(Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD",
                                    "lines must have 1 to 100 lines", {{"field", "lines"}})));
    json body = {{"lines", json::array()}};
    for (std::size_t i = 0; i < count; ++i) {
      body["lines"].push_back({{"product_id", "x"}, {"quantity", 1}});
    }
    ExpectRefused(Place(body.dump()), 400, "INVALID_FIELD");
  }
}

// GET /orders

TEST_F(OrdersRoutesTest, ListsAPage) {
  using Request = orders::v1::ListOrdersRequest;
  orders::v1::ListOrdersResponse page;
  page.orders = {TwoCups(OrderState::ORDER_STATE_PENDING),
                 TwoCups(OrderState::ORDER_STATE_REJECTED)};
  page.next_page_token = "next";
  EXPECT_CALL(orders_, ListOrders(_, AllOf(Field(&Request::page_size, 2),
                                           Field(&Request::page_token, "a b"))))
      .WillOnce(Return(page));
  const Reply reply = SendAsCustomer("GET", "/orders?page_size=2&page_token=a%20b");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  EXPECT_EQ(json::parse(reply.body),
            json({{"orders", {TwoCupsJson("PENDING"), TwoCupsJson("REJECTED")}},
                  {"next_page_token", "next"}}));

  EXPECT_CALL(orders_, ListOrders(_, Request()))
      .WillOnce(Return(orders::v1::ListOrdersResponse()))
      .WillOnce(Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD", "page_size must be …",
                                  {{"field", "page_size"}})));
  EXPECT_EQ(json::parse(SendAsCustomer("GET", "/orders").body),
            json({{"orders", json::array()}, {"next_page_token", ""}}));
  ExpectRefused(SendAsCustomer("GET", "/orders"), 400, "INVALID_FIELD");
}

TEST_F(OrdersRoutesTest, RefusesBadQueries) {
  ExpectBadField(SendAsCustomer("GET", "/orders?page_size=x"), "page_size", "expected an integer");
  ExpectBadField(SendAsCustomer("GET", "/orders?page_size=2147483648"), "page_size",
                 "expected an integer");
  ExpectBadField(SendAsCustomer("GET", "/orders?page_size=1&page_size=2"), "page_size",
                 "given twice");
  ExpectBadField(SendAsCustomer("GET", "/orders?customer_id=x"), "customer_id",
                 "not known as a query parameter");
}

// GET /orders/{id}, POST /orders/{id}/cancel

TEST_F(OrdersRoutesTest, GetsAnOrder) {
  for (const auto& [state, name] : {std::pair(OrderState::ORDER_STATE_PENDING, "PENDING"),
                                    std::pair(OrderState::ORDER_STATE_PLACED, "PLACED"),
                                    std::pair(OrderState::ORDER_STATE_CANCELLED, "CANCELLED"),
                                    std::pair(OrderState::ORDER_STATE_REJECTED, "REJECTED")}) {
    EXPECT_CALL(orders_, GetOrder(_, Field(&orders::v1::GetOrderRequest::id, kOrder)))
        .WillOnce(Return(WithOrder<orders::v1::GetOrderResponse>(state)));
    const Reply reply = SendAsCustomer("GET", order_);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.count("Location"), 0U);
    EXPECT_EQ(json::parse(reply.body), TwoCupsJson(name));
  }
  EXPECT_CALL(orders_, GetOrder)
      .WillOnce(Return(seam::Fail(Code::kNotFound, "ORDER_NOT_FOUND", "no such order")));
  ExpectRefused(SendAsCustomer("GET", order_), 404, "ORDER_NOT_FOUND");
}

TEST_F(OrdersRoutesTest, CancelsAnOrder) {
  EXPECT_CALL(orders_, CancelOrder(_, Field(&orders::v1::CancelOrderRequest::id, kOrder)))
      .WillOnce(
          Return(WithOrder<orders::v1::CancelOrderResponse>(OrderState::ORDER_STATE_CANCELLED)))
      .WillOnce(Return(seam::Fail(Code::kFailedPrecondition, "ORDER_REJECTED", "it was refused")))
      .WillOnce(Return(seam::Fail(Code::kNotFound, "ORDER_NOT_FOUND", "no such order")));
  const Reply reply = SendAsCustomer("POST", order_ + "/cancel");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), TwoCupsJson("CANCELLED"));
  ExpectRefused(SendAsCustomer("POST", order_ + "/cancel"), 409, "ORDER_REJECTED");
  ExpectRefused(SendAsCustomer("POST", order_ + "/cancel"), 404, "ORDER_NOT_FOUND");
  ExpectBadField(SendAsCustomer("POST", order_ + "/cancel", "{}"), "", "takes no body");
}

TEST_F(OrdersRoutesTest, RefusesRepliesThatTellNothing) {
  EXPECT_CALL(orders_, GetOrder)
      .WillOnce(Return(orders::v1::GetOrderResponse()))
      .WillOnce(Return(WithOrder<orders::v1::GetOrderResponse>(OrderState())))
      .WillOnce(Return(WithOrder<orders::v1::GetOrderResponse>(static_cast<OrderState>(7))));
  ExpectRefused(SendAsCustomer("GET", order_), 500, "INTERNAL");
  ExpectRefused(SendAsCustomer("GET", order_), 500, "INTERNAL");
  ExpectRefused(SendAsCustomer("GET", order_), 500, "INTERNAL");
  EXPECT_THAT(LogText(), HasSubstr("an order of the state 7"));
}

}  // namespace
}  // namespace shop::http
