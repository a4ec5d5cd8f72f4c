#include "orders/module.h"

#include <fstream>
#include <future>

#include "orders_fixture.h"

namespace shop::orders {
namespace {

using testing::HasSubstr;

class OrdersModuleTest : public OrdersFixture {
 protected:
  Result<std::unique_ptr<v1::OrdersHandler>> OpenAt(const seam::sql::DatabaseOptions& database) {
    OrdersOptions options = Options();
    options.database = database;
    return OpenOrders(options, products_, verifier_, log_);
  }
};

// What is so only where a database is a file, or has one writer at a time.
class SqliteOrdersModuleTest : public OrdersModuleTest {};

TEST_F(OrdersModuleTest, WhatWasPlacedIsThereAfterOpeningAgain) {
  const v1::Order order = Placed("key-0001", {{NewProduct(1), 1}});
  orders_.reset();
  orders_ = Open(Options());
  EXPECT_TRUE(*Get(customer_, order.id).value().order == order);
}

TEST_F(SqliteOrdersModuleTest, ADatabaseInMemoryStartsEmptyAndWorks) {
  orders_ = OpenAt({.sqlite_file = ":memory:"}).value();
  EXPECT_TRUE(OwnOrders().empty());
  const std::string product = NewProduct(3);
  const v1::Order order = Placed("key-0001", {{product, 2}});
  EXPECT_EQ(State(order.id), kIsPlaced);
  EXPECT_EQ(Stock(product), 1);
}

TEST_F(SqliteOrdersModuleTest, AFileThatCannotBeOpenedIsNamed) {
  const auto opened = OpenAt({.sqlite_file = databases_.folder() / "missing/orders.db"});
  EXPECT_EQ(Outcome(opened), "UNAVAILABLE DATABASE_UNAVAILABLE");
  EXPECT_THAT(opened.error().message, HasSubstr("missing/orders.db"));
}

TEST_F(SqliteOrdersModuleTest, AFileThatIsNoDatabaseIsRefused) {
  const std::string path = databases_.folder() / "text.db";
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_EQ(Outcome(OpenAt({.sqlite_file = path})), "DATA_LOSS DATABASE_CORRUPT");
}

TEST_F(OrdersModuleTest, ADatabaseOfANewerProgramIsRefused) {
  OpenBeside()->Write(Context(), [](Session& session) {
    session.ExecuteScript("INSERT INTO seam_migration VALUES (99, 'from the future', 0, 0)");
  });
  EXPECT_EQ(Outcome(OpenAt(databases_.Of("orders"))),
            "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
}

TEST_F(OrdersModuleTest, ACallWhoseTimeIsUpChangesNothing) {
  const Context late = customer_.WithTimeout(std::chrono::milliseconds(-1));
  const v1::PlaceOrderRequest order = Order("key-0001", {{NewProduct(1), 1}});
  EXPECT_EQ(Outcome(orders_->PlaceOrder(late, order)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(orders_->ListOrders(late, {})), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_TRUE(OwnOrders().empty());
}

TEST_F(SqliteOrdersModuleTest, AWaitForTheDatabaseIsBounded) {
  OrdersOptions options = Options();
  options.max_wait = std::chrono::milliseconds(20);
  orders_ = Open(options);
  const std::string product = NewProduct(1);
  OpenBeside()->Write(Context(), [&](Session&) {
    // On a thread of its own, since this one may not call while its transaction is open.
    auto outcome =
        std::async(std::launch::async, [&] { return Outcome(Place("key-0001", {{product, 1}})); });
    EXPECT_EQ(outcome.get(), "UNAVAILABLE DATABASE_BUSY");
  });
  EXPECT_EQ(Stock(product), 1);
  EXPECT_EQ(Outcome(Place("key-0001", {{product, 1}})), "OK");
}

TEST_F(OrdersModuleTest, IsReadyAsLongAsItsDatabaseAnswers) {
  EXPECT_EQ(Outcome(orders_->CheckReadiness(Context(), {})), "OK");
  OpenBeside()->Write(Context(), [](Session& session) {
    session.Execute("ALTER TABLE customer_order RENAME TO elsewhere", {});
  });
  EXPECT_EQ(Outcome(orders_->CheckReadiness(Context(), {})), "INTERNAL DATABASE_STATEMENT_FAILED");
}

}  // namespace
}  // namespace shop::orders
