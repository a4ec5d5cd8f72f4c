#ifndef TESTS_PARITY_SHOP_MODULES_H_
#define TESTS_PARITY_SHOP_MODULES_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orders/module.h"
#include "products/module.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/sqlite.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/parity.h"
#include "seam/testing/side.h"
#include "seam/testing/temporary_folder.h"
#include "seam/testing/test_tokens.h"
#include "shop/common/v1/money_codec.h"
#include "shop/orders/v1/orders_codec.h"
#include "shop/orders/v1/orders_seam.h"
#include "shop/products/v1/products_codec.h"
#include "shop/products/v1/products_seam.h"
#include "shop/users/v1/users_codec.h"
#include "shop/users/v1/users_seam.h"
#include "users/module.h"

// The shop's modules for tests that compare two of a kind: how each is opened, in this process or
// as its service, who calls it and with what, and what is in its store in the end. The programs are
// named by the macros PRODUCTS_PROGRAM, USERS_PROGRAM and ORDERS_PROGRAM.
namespace shop {

inline const std::vector<std::string> kIds = {"01900000-0000-7000-8000-000000000001",
                                              "01900000-0000-7000-8000-000000000002"};

// Enough of them that some are new in a long sequence.
inline std::vector<std::string> Numbered(const std::string& begin) {
  std::vector<std::string> names;
  for (int i = 10; i < 40; ++i) names.push_back(begin + std::to_string(i));
  return names;
}

// The first column of what the statements select, from a database that a module has open.
inline std::vector<std::string> Select(const std::string& path,
                                       const std::vector<const char*>& statements) {
  seam::sql::SqliteOptions options;
  options.path = path;
  const auto database = seam::sql::OpenSqlite(options);
  std::vector<std::string> rows;
  for (const char* const statement : statements) {
    database->Read(seam::Context(), [&](seam::sql::Session& session) {
      session.Query(statement, {},
                    [&](const seam::sql::Row& row) { rows.emplace_back(row.Text(0)); });
    });
  }
  return rows;
}

// A folder for one module, and who calls it.
class Surroundings {
 public:
  [[nodiscard]] std::vector<seam::testing::Caller> callers() const {
    return {{"admin", tokens_.As(kIds[0], {"admin"})},
            {"customer", tokens_.As(kIds[1])},
            {"nobody", seam::Context()}};
  }

 protected:
  [[nodiscard]] std::string File(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const { return verifier_; }

  // Starts the module's service on the same folder.
  [[nodiscard]] std::vector<std::string> CommandOf(const std::string& program) const {
    std::vector<std::string> command = {program, "--data.directory", folder_.path()};
    for (std::string& argument : tokens_.Arguments(folder_.path())) {
      command.push_back(std::move(argument));
    }
    return command;
  }

 private:
  const seam::testing::TemporaryFolder folder_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
};

class ProductsModule : public Surroundings {
 public:
  using Seam = products::v1::ProductsSeam;

  std::unique_ptr<products::v1::ProductsHandler> Open() {
    return products::OpenProducts({.database = {.sqlite_file = database()}, .durable = false},
                                  verifier())
        .value();
  }
  [[nodiscard]] std::vector<std::string> Command() const { return CommandOf(PRODUCTS_PROGRAM); }
  [[nodiscard]] std::string database() const { return File("products.sqlite"); }

  [[nodiscard]] std::vector<std::string> Rows() const {
    return Select(
        database(),
        {"SELECT 'product ' || id || ' ' || name || ' ' || description || ' ' || price_minor || "
         "price_currency || ' ' || stock || ' ' || reserved || ' ' || version || ' ' || creation "
         "FROM product",
         "SELECT 'reservation ' || id || ' ' || state FROM reservation",
         "SELECT 'line ' || reservation_id || ' ' || product_id || ' ' || quantity "
         "FROM reservation_line"});
  }
  static seam::testing::ParityOptions Options() {
    return {
        .values = {{"id", kIds},
                   {"ids", kIds},
                   {"product_id", kIds},
                   // One that was released is never taken up again, so that new ones are needed.
                   {"reservation_id", Numbered("01900000-0000-7000-8000-1000000000")},
                   {"name", {"Cup", "Towel"}},
                   {"price", {"amount_minor: 890 currency: 'EUR'"}},
                   {"stock", {"10", "1000"}},
                   {"quantity", {"1", "4"}},
                   {"expected_version", {"1", "2", "3"}},
                   {"page_token", {""}}},
        .differing = {"created_at", "updated_at"}};
  }
};

class UsersModule : public Surroundings {
 public:
  using Seam = users::v1::UsersSeam;

  std::unique_ptr<users::v1::UsersHandler> Open() {
    return users::OpenUsers({.database = {.sqlite_file = File("users.sqlite")}, .durable = false},
                            verifier())
        .value();
  }
  [[nodiscard]] std::vector<std::string> Command() const { return CommandOf(USERS_PROGRAM); }

  [[nodiscard]] std::vector<std::string> Rows() const {
    return Select(File("users.sqlite"),
                  {"SELECT id || ' ' || email || ' ' || name || ' ' || postal_address || ' ' || "
                   "version || ' ' || creation FROM profile"});
  }
  static seam::testing::ParityOptions Options() {
    return {.values = {{"id", kIds},
                       {"email", {"a@shop.example", "B@shop.example", "c@shop.example"}},
                       {"name", {"Ann", "Bob"}},
                       {"postal_address", {"", "1 High Street"}},
                       {"expected_version", {"1", "2", "3"}}},
            .differing = {"created_at", "updated_at"}};
  }
};

// Orders, with products in this process.
class OrdersModule : public Surroundings {
 public:
  using Seam = orders::v1::OrdersSeam;

  std::unique_ptr<orders::v1::OrdersHandler> Open() { return OpenOver(OpenProducts()); }
  // The service, with products behind a unix socket.
  [[nodiscard]] std::vector<std::string> Command() {
    OpenProducts();
    servicer_ = std::make_unique<products::v1::ProductsServicer>(*products_handler_);
    served_ = std::make_unique<seam::testing::Loopback>(*servicer_, seam::testing::Side::kGrpcUnix,
                                                        served_folder_);
    std::vector<std::string> command = CommandOf(ORDERS_PROGRAM);
    command.insert(command.end(),
                   {"--modules.products.target", "unix:" + (served_folder_ / "seam.sock"),
                    "--modules.products.deadline_ms", "60000"});
    return command;
  }

  // Orders by their keys, since the module makes their ids, and reservations by what they hold.
  [[nodiscard]] std::vector<std::string> Rows() const { return RowsWith(products_); }
  static seam::testing::ParityOptions Options() {
    return {.values = {{"idempotency_key", Numbered("order-key-")},
                       {"lines",
                        {"product_id: '" + kIds[0] + "' quantity: 2",
                         "product_id: '" + kIds[1] + "' quantity: 3"}}},
            .differing = {"created_at", "updated_at"}};
  }

 protected:
  // Makes products, each an id and its stock.
  static void StockUp(const ProductsModule& module, products::v1::ProductsClient& client,
                      const std::vector<std::pair<std::string, std::int64_t>>& products) {
    for (const auto& [id, stock] : products) {
      const auto created =
          client.CreateProduct(module.callers().front().context,
                               {.id = id,
                                .name = "Cup",
                                .price = common::v1::Money{.amount_minor = 890, .currency = "EUR"},
                                .stock = stock});
      EXPECT_TRUE(created) << ToString(created.error());
    }
  }

  std::unique_ptr<orders::v1::OrdersHandler> OpenOver(
      products::v1::ProductsClient& products,
      std::chrono::milliseconds recovery_interval = std::chrono::milliseconds(0)) {
    return orders::OpenOrders({.database = {.sqlite_file = database()},
                               .durable = false,
                               .recovery_interval = recovery_interval,
                               .recovery_age = std::chrono::milliseconds(0),
                               .clock = [this] { return now_ += std::chrono::milliseconds(1); }},
                              products, verifier(), log_)
        .value();
  }

  [[nodiscard]] std::string database() const { return File("orders.sqlite"); }
  [[nodiscard]] std::vector<std::string> RowsWith(const ProductsModule& products) const {
    std::vector<std::string> rows = Select(
        database(),
        {"SELECT customer_id || ' ' || idempotency_key || ' ' || state || ' ' || settled || ' ' || "
         "total_minor FROM customer_order",
         "SELECT idempotency_key || ' ' || position || ' ' || product_id || ' ' || quantity "
         "FROM order_line JOIN customer_order ON id = order_id",
         "SELECT idempotency_key || ' ' || reason FROM order_refusal "
         "JOIN customer_order ON id = order_id"});
    for (std::string& row :
         Select(products.database(),
                {"SELECT id || ' ' || stock || ' ' || reserved || ' ' || version FROM product",
                 "SELECT state || ' ' || COUNT(*) FROM reservation GROUP BY state",
                 "SELECT state || ' ' || product_id || ' ' || SUM(quantity) FROM reservation_line "
                 "JOIN reservation ON id = reservation_id GROUP BY state, product_id"})) {
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  products::v1::ProductsClient& OpenProducts() {
    products_handler_ = products_.Open();
    products_client_ = std::make_unique<products::v1::ProductsInProcessClient>(*products_handler_);
    StockUp(products_, *products_client_, {{kIds[0], 1000}, {kIds[1], 7}});
    return *products_client_;
  }

  // Lists are in the order of ids, which is by chance for two orders of one millisecond.
  std::chrono::system_clock::time_point now_ = std::chrono::system_clock::now();
  seam::Log log_{{.sink = [](std::string_view) {}}};
  ProductsModule products_;
  std::unique_ptr<products::v1::ProductsHandler> products_handler_;
  std::unique_ptr<products::v1::ProductsClient> products_client_;
  const seam::testing::TemporaryFolder served_folder_;
  std::unique_ptr<products::v1::ProductsServicer> servicer_;
  std::unique_ptr<seam::testing::Loopback> served_;
};

// A module on one side, over a fresh store.
template <class Module>
[[nodiscard]] seam::testing::ChannelSide<typename Module::Seam> OpenModule(
    Module& module, seam::testing::Side side) {
  using ModuleSide = seam::testing::ChannelSide<typename Module::Seam>;
  if constexpr (requires { module.Command(); }) {
    if (side == seam::testing::Side::kProcess) return ModuleSide(module.Command());
  }
  return ModuleSide(side, module.Open());
}

}  // namespace shop

#endif  // TESTS_PARITY_SHOP_MODULES_H_
