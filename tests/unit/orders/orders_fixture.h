#ifndef TESTS_UNIT_ORDERS_ORDERS_FIXTURE_H_
#define TESTS_UNIT_ORDERS_ORDERS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "orders/module.h"
#include "orders/recovery.h"
#include "orders/saga.h"
#include "postgresql/module_databases.h"
#include "products/module.h"
#include "seam/core/uuid.h"
#include "seam/sql/database.h"
#include "seam/testing/test_tokens.h"
#include "shop/products/v1/products_in_process.h"
#include "shop/products/v1/products_mock.h"

namespace shop::orders {

using products::v1::ReservationState;
using seam::Code;
using seam::Context;
using seam::Error;
using seam::Origin;
using seam::Result;
using seam::sql::Row;
using seam::sql::Session;
using v1::OrderState;

constexpr OrderState kIsPending = OrderState::ORDER_STATE_PENDING;
constexpr OrderState kIsPlaced = OrderState::ORDER_STATE_PLACED;
constexpr OrderState kIsCancelled = OrderState::ORDER_STATE_CANCELLED;
constexpr OrderState kIsRejected = OrderState::ORDER_STATE_REJECTED;

// The error of a failed call, as "CODE REASON", with " field=…" when a field is named; "OK" when
// the call succeeded.
template <class T>
std::string Outcome(const Result<T>& result) {
  if (result) return "OK";
  const Error& error = result.error();
  std::string text = std::string(seam::CodeName(error.code)) + " " + error.reason;
  if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
    text += " field=" + field->second;
  }
  return text;
}

// How a transport fails: before the handler was asked, or after, when its answer is lost.
inline seam::Failure NotDelivered() {
  return seam::Forward(
      {Code::kUnavailable, "CANNOT_CONNECT", "nobody is there", {}, Origin::kNotDelivered});
}
inline seam::Failure OutcomeUnknown() {
  return seam::Forward({Code::kUnavailable,
                        "CONNECTION_LOST",
                        "the connection broke off",
                        {},
                        Origin::kOutcomeUnknown});
}

// The module on a database of its own, with a clock that the test sets and without a worker,
// over the real products module. Calls to products go through a mock that passes them on unless the
// test says otherwise.
class OrdersFixture : public testing::Test {
 protected:
  using Products = testing::NiceMock<products::v1::MockProductsClient>;

  OrdersFixture()
      : verifier_(tokens_.Source(), {}),
        log_({.sink =
                  [this](std::string_view line) {
                    const std::lock_guard lock(log_mutex_);
                    log_lines_.emplace_back(line);
                  }}),
        products_handler_(OpenProducts()),
        real_(*products_handler_, {}),
        orders_(Open(Options())) {
    using testing::Invoke;
    ON_CALL(products_, BatchGetProducts)
        .WillByDefault([this](const auto& context, const auto& request) {
          return real_.BatchGetProducts(context, request);
        });
    ON_CALL(products_, ReserveStock)
        .WillByDefault([this](const auto& context, const auto& request) {
          return real_.ReserveStock(context, request);
        });
    ON_CALL(products_, ConfirmReservation)
        .WillByDefault([this](const auto& context, const auto& request) {
          return real_.ConfirmReservation(context, request);
        });
    ON_CALL(products_, ReleaseReservation)
        .WillByDefault([this](const auto& context, const auto& request) {
          return real_.ReleaseReservation(context, request);
        });
  }

  // The module's database, which tests look into, or work on, beside the module.
  [[nodiscard]] std::unique_ptr<seam::sql::Database> OpenBeside() const {
    return databases_.Open("orders");
  }

  [[nodiscard]] OrdersOptions Options() {
    OrdersOptions options;
    options.database = databases_.Of("orders");
    options.durable = false;
    options.recovery_interval = std::chrono::milliseconds(0);
    options.clock = [this] {
      return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_.load()));
    };
    return options;
  }

  // Another handler on the same database, as another process would have.
  [[nodiscard]] std::unique_ptr<v1::OrdersHandler> Open(const OrdersOptions& options) {
    return OpenOrders(options, products_, verifier_, log_).value();
  }

  void Advance(std::chrono::milliseconds time) { now_ += time.count(); }

  // Products.

  std::string NewProduct(std::int64_t stock, std::int64_t price = 890,
                         const std::string& currency = "EUR") {
    const std::string id = seam::NewUuidV7();
    CreateProduct(id, stock, price, currency);
    return id;
  }
  void CreateProduct(const std::string& id, std::int64_t stock, std::int64_t price = 890,
                     const std::string& currency = "EUR") {
    products::v1::CreateProductRequest request;
    request.id = id;
    request.name = "Cup";
    request.price.emplace();
    request.price->amount_minor = price;
    request.price->currency = currency;
    request.stock = stock;
    EXPECT_EQ(Outcome(real_.CreateProduct(admin_, request)), "OK");
  }
  products::v1::Product Product(const std::string& id) {
    products::v1::GetProductRequest request;
    request.id = id;
    return *real_.GetProduct(Context(), request).value().product;
  }
  std::int64_t Stock(const std::string& id) { return Product(id).stock; }
  // Sets name, price and stock.
  void Change(const std::string& id, std::int64_t stock, std::int64_t price = 890) {
    const products::v1::Product product = Product(id);
    products::v1::UpdateProductRequest request;
    request.id = id;
    request.expected_version = product.version;
    request.name = "Changed";
    request.price = product.price;
    request.price->amount_minor = price;
    request.stock = stock;
    EXPECT_EQ(Outcome(real_.UpdateProduct(admin_, request)), "OK");
  }
  void Delete(const std::string& id) {
    products::v1::DeleteProductRequest request;
    request.id = id;
    EXPECT_EQ(Outcome(real_.DeleteProduct(admin_, request)), "OK");
  }

  // A number from the tables of products; what is not there is 0.
  std::int64_t FromProducts(std::string_view statement, const std::string& id) {
    return databases_.Open("products")
        ->Read(Context(),
               [&](Session& session) {
                 return session.QueryOne(statement, {id},
                                         [](const Row& row) { return row.Int64(0); });
               })
        .value_or(0);
  }
  std::int64_t Reserved(const std::string& product_id) {
    return FromProducts("SELECT reserved FROM product WHERE id = $1", product_id);
  }
  ReservationState Reservation(const std::string& order_id) {
    return static_cast<ReservationState>(
        FromProducts("SELECT state FROM reservation WHERE id = $1", order_id));
  }

  // Orders.

  using Lines = std::vector<std::pair<std::string, std::int64_t>>;
  static v1::PlaceOrderRequest Order(const std::string& key, const Lines& lines) {
    v1::PlaceOrderRequest request;
    request.idempotency_key = key;
    for (const auto& [product_id, quantity] : lines) {
      v1::NewOrderLine& line = request.lines.emplace_back();
      line.product_id = product_id;
      line.quantity = quantity;
    }
    return request;
  }
  Result<v1::PlaceOrderResponse> Place(const std::string& key, const Lines& lines) {
    return orders_->PlaceOrder(customer_, Order(key, lines));
  }
  v1::Order Placed(const std::string& key, const Lines& lines) {
    return *Place(key, lines).value().order;
  }
  Result<v1::GetOrderResponse> Get(const Context& context, const std::string& id) {
    v1::GetOrderRequest request;
    request.id = id;
    return orders_->GetOrder(context, request);
  }
  OrderState State(const std::string& id) { return Get(customer_, id).value().order->state; }
  Result<v1::CancelOrderResponse> Cancel(const Context& context, const std::string& id) {
    v1::CancelOrderRequest request;
    request.id = id;
    return orders_->CancelOrder(context, request);
  }
  // The customer's orders, up to 100 of them.
  std::vector<v1::Order> OwnOrders() {
    v1::ListOrdersRequest request;
    request.page_size = 100;
    return orders_->ListOrders(customer_, request).value().orders;
  }
  // The id of the customer's only order.
  std::string OnlyOrder() {
    const auto orders = OwnOrders();
    EXPECT_EQ(orders.size(), 1U);
    return orders.at(0).id;
  }
  bool Settled(const std::string& id) {
    return OpenBeside()
               ->Read(Context(),
                      [&](Session& session) {
                        return session.QueryOne("SELECT settled FROM customer_order WHERE id = $1",
                                                {id}, [](const Row& row) { return row.Int64(0); });
                      })
               .value() == 1;
  }

  // Everything has ended well for an order that is to be in this state.
  void ExpectFinal(const std::string& id, OrderState state) {
    EXPECT_EQ(State(id), state);
    EXPECT_TRUE(Settled(id));
    EXPECT_EQ(Reservation(id), state == kIsPlaced ? ReservationState::RESERVATION_STATE_CONFIRMED
                                                  : ReservationState::RESERVATION_STATE_RELEASED);
  }

  // What the worker of another process would do, a pass at a time.
  class Worker {
   public:
    explicit Worker(OrdersFixture& fixture) : Worker(fixture, fixture.Options()) {}
    Worker(OrdersFixture& fixture, const OrdersOptions& options)
        : options_(options),
          database_(fixture.OpenBeside()),
          saga_(*database_, fixture.products_, options_),
          recovery_(*database_, saga_, options_, fixture.log_) {}

    Recovery::Pass Run(const Context& context = Context()) { return recovery_.Run(context); }

   private:
    const OrdersOptions options_;
    const std::unique_ptr<seam::sql::Database> database_;
    Saga saga_;
    Recovery recovery_;
  };

  std::vector<std::string> log_lines() {
    const std::lock_guard lock(log_mutex_);
    return log_lines_;
  }

  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  const seam::testing::ModuleDatabases databases_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_;
  const Context customer_ = tokens_.As("alice");
  const Context other_ = tokens_.As("bob");
  const Context admin_ = tokens_.As("root", {"admin"});
  std::mutex log_mutex_;
  std::vector<std::string> log_lines_;
  seam::Log log_;
  const std::unique_ptr<products::v1::ProductsHandler> products_handler_;
  products::v1::ProductsInProcessClient real_;
  Products products_;
  std::unique_ptr<v1::OrdersHandler> orders_;

 private:
  [[nodiscard]] std::unique_ptr<products::v1::ProductsHandler> OpenProducts() {
    products::ProductsOptions options;
    options.database = databases_.Of("products");
    options.durable = false;
    return products::OpenProducts(options, verifier_).value();
  }
};

}  // namespace shop::orders

#endif  // TESTS_UNIT_ORDERS_ORDERS_FIXTURE_H_
