// What every caller of orders may rely on, written against the abstract client and run unchanged on
// every binding.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "orders/orders_sides.h"
#include "seam/core/uuid.h"
#include "shop/orders/v1/orders_client.h"

namespace shop::orders {
namespace {

using seam::Code;
using seam::Context;
using seam::Origin;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.

class OrdersContract : public OrdersOnEverySide {
 protected:
  std::string NewProduct(std::int64_t stock, std::int64_t price = 850,
                         const std::string& currency = "EUR") {
    const std::string id = seam::NewUuidV7();
    CreateProduct(id, stock, price, currency);
    return id;
  }
  void CreateProduct(const std::string& id, std::int64_t stock, std::int64_t price = 850,
                     const std::string& currency = "EUR") {
    const auto created = products().CreateProduct(
        admin_, {.id = id,
                 .name = "Tea towel 日本",
                 .description = "Linen",
                 .price = common::v1::Money{.amount_minor = price, .currency = currency},
                 .stock = stock});
    EXPECT_TRUE(created) << ToString(created.error());
  }

  std::int64_t StockOf(const std::string& id) {
    auto got = products().GetProduct(Context(), {.id = id});
    EXPECT_TRUE(got) << ToString(got.error());
    return got->product->stock;
  }

  seam::Result<PlaceOrderResponse> Place(const std::string& key, std::vector<NewOrderLine> lines) {
    return client().PlaceOrder(customer_, {.idempotency_key = key, .lines = std::move(lines)});
  }
  Order Placed(const std::string& key, std::vector<NewOrderLine> lines) {
    auto placed = Place(key, std::move(lines));
    EXPECT_TRUE(placed) << ToString(placed.error());
    return *placed->order;
  }

  const Context customer_ = tokens().As("alice");
  const Context other_ = tokens().As("bob");
  const Context admin_ = tokens().As("root", {"admin"});
};

// A refusal by the handler itself, whatever it runs behind.
template <class T>
void ExpectRefused(const seam::Result<T>& result, Code code, const std::string& reason) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code) << ToString(result.error());
  EXPECT_EQ(result.error().reason, reason) << ToString(result.error());
  EXPECT_EQ(result.error().origin, Origin::kHandler) << ToString(result.error());
}

template <class T>
void ExpectInvalidField(const seam::Result<T>& result, const std::string& field) {
  ExpectRefused(result, Code::kInvalidArgument, "INVALID_FIELD");
  if (!result) {
    EXPECT_EQ(result.error().metadata.at("field"), field) << ToString(result.error());
  }
}

TEST_P(OrdersContract, AnOrderKeepsWhatItCostAndTakesItsStock) {
  const std::string towel = NewProduct(12, 850);
  const std::string cup = NewProduct(5, 1'200);
  const Order order = Placed(
      "key-0001", {{.product_id = towel, .quantity = 3}, {.product_id = cup, .quantity = 2}});
  EXPECT_EQ(order.customer_id, "alice");
  EXPECT_EQ(order.state, OrderState::ORDER_STATE_PLACED);
  ASSERT_EQ(order.lines.size(), 2U);
  EXPECT_EQ(order.lines[0].product_id, towel);
  EXPECT_EQ(order.lines[0].quantity, 3);
  EXPECT_EQ(order.lines[0].name, "Tea towel 日本");
  EXPECT_EQ(*order.lines[0].unit_price,
            (common::v1::Money{.amount_minor = 850, .currency = "EUR"}));
  EXPECT_EQ(*order.total, (common::v1::Money{.amount_minor = 4'950, .currency = "EUR"}));
  ASSERT_TRUE(order.created_at.has_value());
  EXPECT_GT(order.created_at->seconds, 0);
  EXPECT_EQ(StockOf(towel), 9);
  EXPECT_EQ(StockOf(cup), 3);

  const auto got = client().GetOrder(customer_, {.id = order.id});
  ASSERT_TRUE(got) << ToString(got.error());
  EXPECT_EQ(*got->order, order);
}

TEST_P(OrdersContract, MadeAgainItAnswersTheSame) {
  const std::string towel = NewProduct(12);
  const Order order = Placed("key-0001", {{.product_id = towel, .quantity = 3}});
  EXPECT_EQ(Placed("key-0001", {{.product_id = towel, .quantity = 3}}), order);
  EXPECT_EQ(StockOf(towel), 9);
  const auto reused = Place("key-0001", {{.product_id = towel, .quantity = 4}});
  ExpectRefused(reused, Code::kAlreadyExists, "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(StockOf(towel), 9);
}

TEST_P(OrdersContract, ARefusalIsAnsweredAgain) {
  const std::string towel = NewProduct(2);
  const auto refused = Place("key-0001", {{.product_id = towel, .quantity = 3}});
  ExpectRefused(refused, Code::kFailedPrecondition, "INSUFFICIENT_STOCK");
  EXPECT_THAT(refused.error().metadata,
              ElementsAre(Pair("available", "2"), Pair("product_id", towel)));
  EXPECT_EQ(Place("key-0001", {{.product_id = towel, .quantity = 3}}).error(), refused.error());
  EXPECT_EQ(StockOf(towel), 2);
  const auto listed = client().ListOrders(customer_, {});
  ASSERT_TRUE(listed) << ToString(listed.error());
  ASSERT_EQ(listed->orders.size(), 1U);
  EXPECT_EQ(listed->orders[0].state, OrderState::ORDER_STATE_REJECTED);
  ExpectRefused(client().CancelOrder(customer_, {.id = listed->orders[0].id}),
                Code::kFailedPrecondition, "ORDER_REJECTED");
}

TEST_P(OrdersContract, WhatCannotBePricedIsNotStored) {
  const std::string towel = NewProduct(12);
  const std::string unknown = seam::NewUuidV7();
  const auto missing = Place("key-0001", {{.product_id = unknown, .quantity = 1}});
  ExpectRefused(missing, Code::kNotFound, "PRODUCT_NOT_FOUND");
  EXPECT_THAT(missing.error().metadata, ElementsAre(Pair("product_id", unknown)));
  const std::string krona = NewProduct(12, 850, "SEK");
  ExpectRefused(Place("key-0001",
                      {{.product_id = towel, .quantity = 1}, {.product_id = krona, .quantity = 1}}),
                Code::kFailedPrecondition, "MIXED_CURRENCIES");
  std::vector<NewOrderLine> lines;
  for (int i = 0; i < 10; ++i) {
    lines.push_back({.product_id = NewProduct(1, 1'000'000'000'000), .quantity = 1'000'000});
  }
  ExpectRefused(Place("key-0001", lines), Code::kFailedPrecondition, "TOTAL_TOO_LARGE");
  EXPECT_THAT(client().ListOrders(customer_, {})->orders, IsEmpty());
  CreateProduct(unknown, 1);
  Placed("key-0001", {{.product_id = unknown, .quantity = 1}});
}

TEST_P(OrdersContract, ACancelledOrderGivesItsStockBackOnce) {
  const std::string towel = NewProduct(12);
  const Order order = Placed("key-0001", {{.product_id = towel, .quantity = 3}});
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto cancelled = client().CancelOrder(customer_, {.id = order.id});
    ASSERT_TRUE(cancelled) << ToString(cancelled.error());
    EXPECT_EQ(cancelled->order->state, OrderState::ORDER_STATE_CANCELLED);
    EXPECT_EQ(cancelled->order->lines, order.lines);
    EXPECT_EQ(StockOf(towel), 12);
  }
  EXPECT_EQ(Placed("key-0001", {{.product_id = towel, .quantity = 3}}).state,
            OrderState::ORDER_STATE_CANCELLED);
  EXPECT_EQ(StockOf(towel), 12);
}

TEST_P(OrdersContract, AnothersOrderIsNotFound) {
  const Order order = Placed("key-0001", {{.product_id = NewProduct(12), .quantity = 3}});
  ExpectRefused(client().GetOrder(other_, {.id = order.id}), Code::kNotFound, "ORDER_NOT_FOUND");
  ExpectRefused(client().CancelOrder(other_, {.id = order.id}), Code::kNotFound, "ORDER_NOT_FOUND");
  EXPECT_THAT(client().ListOrders(other_, {})->orders, IsEmpty());
  ExpectRefused(client().GetOrder(customer_, {.id = seam::NewUuidV7()}), Code::kNotFound,
                "ORDER_NOT_FOUND");
}

TEST_P(OrdersContract, AnAdminReadsAndCancelsAnyOrder) {
  const std::string towel = NewProduct(12);
  const Order order = Placed("key-0001", {{.product_id = towel, .quantity = 3}});
  EXPECT_EQ(*client().GetOrder(admin_, {.id = order.id})->order, order);
  EXPECT_TRUE(client().CancelOrder(admin_, {.id = order.id}));
  EXPECT_EQ(StockOf(towel), 12);
  EXPECT_THAT(client().ListOrders(admin_, {})->orders, IsEmpty());
}

TEST_P(OrdersContract, EveryCallNeedsAPrincipal) {
  const std::string towel = NewProduct(12);
  const Order order = Placed("key-0001", {{.product_id = towel, .quantity = 3}});
  const PlaceOrderRequest request{.idempotency_key = "key-0002",
                                  .lines = {{.product_id = towel, .quantity = 1}}};
  ExpectRefused(client().PlaceOrder(Context(), request), Code::kUnauthenticated, "TOKEN_MISSING");
  ExpectRefused(client().GetOrder(Context(), {.id = order.id}), Code::kUnauthenticated,
                "TOKEN_MISSING");
  ExpectRefused(client().ListOrders(Context(), {}), Code::kUnauthenticated, "TOKEN_MISSING");
  ExpectRefused(client().CancelOrder(Context(), {.id = order.id}), Code::kUnauthenticated,
                "TOKEN_MISSING");
  const Context forged = seam::testing::TestTokens().As("alice");
  ExpectRefused(client().GetOrder(forged, {.id = order.id}), Code::kUnauthenticated,
                "TOKEN_INVALID");
  EXPECT_EQ(StockOf(towel), 9);
}

TEST_P(OrdersContract, WhoeverAsksIsToldThatItIsReady) {
  EXPECT_TRUE(client().CheckReadiness(Context(), {}));
}

TEST_P(OrdersContract, ABadFieldIsNamed) {
  const std::string towel = NewProduct(12);
  ExpectInvalidField(Place("short", {{.product_id = towel, .quantity = 1}}), "idempotency_key");
  ExpectInvalidField(Place("key-0001", {}), "lines");
  ExpectInvalidField(Place("key-0001", {{.product_id = towel, .quantity = 1},
                                        {.product_id = seam::NewUuidV7(), .quantity = 0}}),
                     "lines[1].quantity");
  ExpectInvalidField(Place("key-0001", {{.product_id = towel, .quantity = 1},
                                        {.product_id = towel, .quantity = 1}}),
                     "lines[1].product_id");
  ExpectInvalidField(client().GetOrder(customer_, {.id = "not-a-uuid"}), "id");
  ExpectInvalidField(client().CancelOrder(customer_, {}), "id");
  ExpectInvalidField(client().ListOrders(customer_, {.page_size = 101}), "page_size");
  ExpectInvalidField(client().ListOrders(customer_, {.page_token = "made up"}), "page_token");
}

TEST_P(OrdersContract, PagesCoverTheOrdersOnceTheNewestFirst) {
  const std::string towel = NewProduct(12);
  std::vector<std::string> placed;
  for (int i = 0; i < 7; ++i) {
    placed.push_back(
        Placed("key-000" + std::to_string(i), {{.product_id = towel, .quantity = 1}}).id);
  }
  std::vector<std::string> listed;
  ListOrdersRequest request{.page_size = 3};
  int pages = 0;
  do {
    const auto page = client().ListOrders(customer_, request);
    ASSERT_TRUE(page) << ToString(page.error());
    EXPECT_LE(page->orders.size(), 3U);
    for (const Order& order : page->orders) listed.push_back(order.id);
    request.page_token = page->next_page_token;
    ++pages;
  } while (!request.page_token.empty());
  // Ids of one millisecond have no other order.
  std::sort(placed.begin(), placed.end(), std::greater<>());
  EXPECT_EQ(listed, placed);
  EXPECT_EQ(pages, 3);
}

TEST_P(OrdersContract, OneKeyMakesOneOrderHoweverManyCallAtOnce) {
  const std::string towel = NewProduct(12);
  std::mutex mutex;
  std::set<std::string> ids;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      const auto placed = Place("key-0001", {{.product_id = towel, .quantity = 3}});
      const std::lock_guard lock(mutex);
      if (placed) {
        ids.insert(placed->order->id);
      } else {
        ADD_FAILURE() << ToString(placed.error());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(StockOf(towel), 9);
}

TEST_P(OrdersContract, TheLastPiecesGoToExactlyAsManyBuyers) {
  constexpr int kBuyers = 8;
  constexpr int kTries = 3;
  constexpr int kStock = 13;
  const std::string towel = NewProduct(kStock);
  std::atomic<int> bought = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> buyers;
  for (int buyer = 0; buyer < kBuyers; ++buyer) {
    buyers.emplace_back([&, buyer] {
      for (int i = 0; i < kTries; ++i) {
        const auto placed = Place("key-" + std::to_string(1000 + buyer * kTries + i),
                                  {{.product_id = towel, .quantity = 1}});
        if (placed) {
          ++bought;
        } else if (placed.error().reason == "INSUFFICIENT_STOCK") {
          ++refused;
        } else {
          ADD_FAILURE() << ToString(placed.error());
        }
      }
    });
  }
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_EQ(bought, kStock);
  EXPECT_EQ(refused, kBuyers * kTries - kStock);
  EXPECT_EQ(StockOf(towel), 0);
}

TEST_P(OrdersContract, APassedDeadlineChangesNothing) {
  const std::string towel = NewProduct(12);
  const auto late = client().PlaceOrder(
      customer_.WithTimeout(std::chrono::milliseconds(-1)),
      {.idempotency_key = "key-0001", .lines = {{.product_id = towel, .quantity = 1}}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(late.error().origin, Origin::kNotDelivered);
  EXPECT_THAT(client().ListOrders(customer_, {})->orders, IsEmpty());
  EXPECT_EQ(StockOf(towel), 12);
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(OrdersContract);

}  // namespace
}  // namespace shop::orders
