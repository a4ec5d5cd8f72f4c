// The shop's modules under faults. Two stores get the same calls; on the way to the second, calls
// are stopped, answers are lost, and whoever lost one asks again as the contract allows. What the
// callers are told and what is in the stores must be the same: no effect is lost, and none is
// doubled.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "auth/module.h"
#include "orders/module.h"
#include "products/module.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/sqlite.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/client_channel.h"
#include "seam/testing/cutting_proxy.h"
#include "seam/testing/faults.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"
#include "seam/testing/temporary_folder.h"
#include "seam/testing/test_tokens.h"
#include "shop/auth/v1/auth_codec.h"
#include "shop/auth/v1/auth_seam.h"
#include "shop/orders/v1/orders_codec.h"
#include "shop/orders/v1/orders_seam.h"
#include "shop/products/v1/products_codec.h"
#include "shop/products/v1/products_seam.h"
#include "shop/users/v1/users_codec.h"
#include "shop/users/v1/users_seam.h"
#include "users/module.h"

namespace shop {
namespace {

using seam::testing::Caller;
using seam::testing::ParityOptions;
using seam::testing::Side;

const std::vector<std::string> kIds = {"01900000-0000-7000-8000-000000000001",
                                       "01900000-0000-7000-8000-000000000002"};

// Enough of them that some are new in a long sequence.
std::vector<std::string> Numbered(const std::string& begin) {
  std::vector<std::string> names;
  for (int i = 10; i < 40; ++i) names.push_back(begin + std::to_string(i));
  return names;
}

// The first column of what the statements select, from a database that a module has open.
std::vector<std::string> Select(const std::string& path,
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

// ---- The modules: how each is opened, called and looked into ----

class Surroundings {
 public:
  [[nodiscard]] std::vector<Caller> callers() const {
    return {{"admin", tokens_.As(kIds[0], {"admin"})},
            {"customer", tokens_.As(kIds[1])},
            {"nobody", seam::Context()}};
  }

 protected:
  [[nodiscard]] std::string File(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const { return verifier_; }

 private:
  const seam::testing::TemporaryFolder folder_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
};

class ProductsModule : public Surroundings {
 public:
  using Seam = products::v1::ProductsSeam;
  static constexpr std::array kMutating = {"CreateProduct",      "UpdateProduct",
                                           "DeleteProduct",      "ReserveStock",
                                           "ConfirmReservation", "ReleaseReservation"};

  std::unique_ptr<products::v1::ProductsHandler> Open() {
    return products::OpenProducts({.database_path = File("products.sqlite"), .durable = false},
                                  verifier())
        .value();
  }
  std::vector<std::string> Rows() {
    return Select(File("products.sqlite"),
                  {"SELECT id || ' ' || name || ' ' || price_minor || ' ' || stock || ' ' || "
                   "reserved || ' ' || version || ' ' || creation FROM product",
                   "SELECT id || ' ' || state FROM reservation",
                   "SELECT reservation_id || ' ' || product_id || ' ' || quantity "
                   "FROM reservation_line"});
  }
  static ParityOptions Options() {
    return {.values = {{"id", kIds},
                       {"product_id", kIds},
                       {"ids", kIds},
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
  static constexpr std::array kMutating = {"CreateUser", "UpdateUser"};

  std::unique_ptr<users::v1::UsersHandler> Open() {
    return users::OpenUsers({.database_path = File("users.sqlite"), .durable = false}, verifier())
        .value();
  }
  std::vector<std::string> Rows() {
    return Select(File("users.sqlite"),
                  {"SELECT id || ' ' || email || ' ' || name || ' ' || postal_address || ' ' || "
                   "version || ' ' || creation FROM profile"});
  }
  static ParityOptions Options() {
    return {.values = {{"id", kIds},
                       {"email", {"a@shop.example", "B@shop.example", "c@shop.example"}},
                       {"name", {"Ann", "Bob"}},
                       {"postal_address", {"", "1 High Street"}},
                       {"expected_version", {"1", "2", "3"}}},
            .differing = {"created_at", "updated_at"}};
  }
};

class AuthModule {
 public:
  using Seam = auth::v1::AuthSeam;
  static constexpr std::array kMutating = {"Register", "Login", "Refresh", "Logout"};

  std::unique_ptr<auth::v1::AuthHandler> Open() {
    users_handler_ = users_.Open();
    users_client_ = std::make_unique<users::v1::UsersInProcessClient>(*users_handler_);
    auth::AuthOptions options;
    options.database_path = folder_ / "auth.sqlite";
    options.durable = false;
    options.hash_cost = {.memory_bytes = 8192, .passes = 1};
    options.failures_per_account = options.failures_per_email = options.failures_per_address =
        1'000'000;
    module_ = auth::OpenAuth(options, *users_client_).value();
    return module_->NewAuthHandler();
  }
  // An account's sessions, and which of them have ended; their tokens differ.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows =
        Select(folder_ / "auth.sqlite",
               {"SELECT id || ' ' || active || ' ' || role FROM account",
                "SELECT account_id || ' ' || (ended_at IS NULL) || ' ' || COUNT(*) FROM session "
                "GROUP BY account_id, ended_at IS NULL"});
    for (std::string& row : users_.Rows()) rows.push_back(std::move(row));
    return rows;
  }
  [[nodiscard]] static std::vector<Caller> callers() { return {{"nobody", seam::Context()}}; }
  static ParityOptions Options() {
    return {.values = {{"account_id", kIds},
                       {"email", {"a@shop.example", "b@shop.example"}},
                       {"password", {"a long password", "another password"}},
                       {"name", {"Ann"}}},
            .differing = {"*_expires_at"}};
  }

 private:
  const seam::testing::TemporaryFolder folder_;
  UsersModule users_;
  std::unique_ptr<users::v1::UsersHandler> users_handler_;
  std::unique_ptr<users::v1::UsersClient> users_client_;
  std::unique_ptr<auth::AuthModule> module_;
};

class OrdersModule : public Surroundings {
 public:
  using Seam = orders::v1::OrdersSeam;
  static constexpr std::array kMutating = {"PlaceOrder", "CancelOrder"};

  std::unique_ptr<orders::v1::OrdersHandler> Open() {
    products_handler_ = products_.Open();
    products_client_ = std::make_unique<products::v1::ProductsInProcessClient>(*products_handler_);
    for (const std::string& id : kIds) {
      const auto created = products_client_->CreateProduct(
          products_.callers().front().context,
          {.id = id,
           .name = "Cup",
           .price = common::v1::Money{.amount_minor = 890, .currency = "EUR"},
           .stock = id == kIds[0] ? 1000 : 7});
      EXPECT_TRUE(created) << ToString(created.error());
    }
    return orders::OpenOrders({.database_path = File("orders.sqlite"),
                               .durable = false,
                               .recovery_interval = std::chrono::milliseconds(0),
                               .clock = [this] { return now_ += std::chrono::milliseconds(1); }},
                              *products_client_, verifier(), log_)
        .value();
  }
  // Orders by their keys, since the module makes their ids, and reservations by what they hold.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows = Select(
        File("orders.sqlite"),
        {"SELECT customer_id || ' ' || idempotency_key || ' ' || state || ' ' || settled || ' ' || "
         "total_minor FROM customer_order",
         "SELECT idempotency_key || ' ' || position || ' ' || product_id || ' ' || quantity "
         "FROM order_line JOIN customer_order ON id = order_id",
         "SELECT idempotency_key || ' ' || reason FROM order_refusal "
         "JOIN customer_order ON id = order_id"});
    for (std::string& row :
         Select(products_.database(),
                {"SELECT id || ' ' || stock || ' ' || reserved || ' ' || version FROM product",
                 "SELECT state || ' ' || COUNT(*) FROM reservation GROUP BY state",
                 "SELECT state || ' ' || product_id || ' ' || SUM(quantity) FROM reservation_line "
                 "JOIN reservation ON id = reservation_id GROUP BY state, product_id"})) {
      rows.push_back(std::move(row));
    }
    return rows;
  }
  static ParityOptions Options() {
    return {.values =
                {
                    {"idempotency_key", Numbered("order-key-")},
                    {"lines",
                     {"product_id: '" + kIds[0] + "' quantity: 2",
                      "product_id: '" + kIds[1] + "' quantity: 3"}},
                },
            .differing = {"created_at", "updated_at"}};
  }

 private:
  class Products : public ProductsModule {
   public:
    [[nodiscard]] std::string database() const { return File("products.sqlite"); }
  };

  // Lists are in the order of ids, which is by chance for two orders of one millisecond.
  std::chrono::system_clock::time_point now_ = std::chrono::system_clock::now();
  Products products_;
  std::unique_ptr<products::v1::ProductsHandler> products_handler_;
  std::unique_ptr<products::v1::ProductsClient> products_client_;
  seam::Log log_{{.sink = [](std::string_view) {}}};
};

// ---- The faults ----

enum class Disturbance { kNone, kFaults, kTwice };

std::string DisturbanceName(Disturbance disturbance) {
  switch (disturbance) {
    case Disturbance::kNone: return "None";
    case Disturbance::kFaults: return "Faults";
    case Disturbance::kTwice: return "Twice";
  }
  return "Unknown";
}

template <class Module>
class DisturbedSide final : public seam::testing::ParitySide {
 public:
  DisturbedSide(Side side, Disturbance disturbance)
      : side_(side, module_.Open()), disturbance_(disturbance) {}

  seam::Channel& channel() override {
    switch (disturbance_) {
      case Disturbance::kFaults: return retrying_;
      case Disturbance::kTwice: return twice_;
      case Disturbance::kNone: break;
    }
    return side_.channel();
  }
  std::vector<Caller> callers() override { return module_.callers(); }
  std::vector<std::string> Rows() override { return module_.Rows(); }

 private:
  Module module_;
  seam::testing::ChannelSide<typename Module::Seam> side_;
  const Disturbance disturbance_;
  seam::testing::FaultPlan plan_{1, 3};
  seam::testing::FaultyChannel faulty_{
      side_.channel(), [this](const seam::MethodContract& method) { return plan_.Next(method); }};
  seam::testing::RetryingChannel retrying_{faulty_};
  seam::testing::TwiceChannel twice_{side_.channel()};
};

// Behind a gRPC server whose connection is cut in the middle of replies.
template <class Module>
class CutSide final : public seam::testing::ParitySide {
 public:
  using Seam = typename Module::Seam;

  seam::Channel& channel() override { return retrying_; }
  std::vector<Caller> callers() override { return module_.callers(); }
  std::vector<std::string> Rows() override { return module_.Rows(); }

 private:
  [[nodiscard]] int port() const {
    const std::string& address = server_->addresses().front();
    return std::stoi(address.substr(address.rfind(':') + 1));
  }
  [[nodiscard]] std::unique_ptr<seam::Channel> Connect() const {
    seam::GrpcChannelOptions options;
    options.target = proxy_.address();
    options.first_reconnect_pause = std::chrono::milliseconds(1);
    // Else a cut also ends the watch of the server's health, which is begun again after a second.
    options.check_health = false;
    return seam::OpenGrpcChannel(Seam::contract(), options).value();
  }

  // In the order of construction: each uses the ones above it.
  Module module_;
  const std::unique_ptr<typename Seam::Handler> handler_ = module_.Open();
  typename Seam::Servicer servicer_{*handler_};
  seam::Log log_{{.sink = [](std::string_view) {}}};
  const std::unique_ptr<seam::GrpcServer> server_ =
      seam::GrpcServer::Start({&servicer_}, {.addresses = {"127.0.0.1:0"}}, log_).value();
  seam::testing::CuttingProxy proxy_{port()};
  const std::unique_ptr<seam::Channel> carrier_ = Connect();
  typename Seam::RemoteClient client_{*carrier_};
  seam::testing::ClientChannel<Seam> sound_{client_};
  int calls_ = 0;
  seam::testing::FaultyChannel faulty_{sound_,
                                       [this](const seam::MethodContract&) {
                                         return ++calls_ % 4 == 0 ? seam::testing::Fault::kInReply
                                                                  : seam::testing::Fault::kNone;
                                       },
                                       &proxy_};
  seam::testing::RetryingChannel retrying_{faulty_};
};

// Compares an undisturbed module with `second`, and fails when the sides differ.
template <class Module>
void ExpectNoDifference(const seam::testing::OpenSide& second, const ParityOptions& options) {
  const auto outcome = CompareSides(
      Module::Seam::contract(),
      [] { return std::make_unique<DisturbedSide<Module>>(Side::kInProcess, Disturbance::kNone); },
      second, options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
  if (!outcome.equal) return;
  // Else nothing would have been proved of it.
  for (const char* const method : Module::kMutating) {
    const auto found = outcome.methods.find(method);
    if (found == outcome.methods.end()) continue;
    EXPECT_GT(found->second.answered, 0U) << method << "\n" << outcome.report;
  }
}

class ShopUnderFaults : public ::testing::TestWithParam<std::tuple<Side, Disturbance>> {
 protected:
  template <class Module>
  void ExpectNothingIsDoubled() {
    const auto [side, disturbance] = GetParam();
    ParityOptions options = Module::Options();
    options.sequences = 1;
    options.calls = 300;
    ExpectNoDifference<Module>(
        [side = side, disturbance = disturbance] {
          return std::make_unique<DisturbedSide<Module>>(side, disturbance);
        },
        options);
  }
};

TEST_P(ShopUnderFaults, Products) { ExpectNothingIsDoubled<ProductsModule>(); }
TEST_P(ShopUnderFaults, Users) { ExpectNothingIsDoubled<UsersModule>(); }
TEST_P(ShopUnderFaults, Auth) { ExpectNothingIsDoubled<AuthModule>(); }
TEST_P(ShopUnderFaults, Orders) { ExpectNothingIsDoubled<OrdersModule>(); }

INSTANTIATE_TEST_SUITE_P(
    LocalSides, ShopUnderFaults,
    ::testing::Combine(::testing::Values(Side::kInProcess, Side::kInProcessCodec, Side::kGrpcTcp,
                                         Side::kGrpcUnix),
                       ::testing::Values(Disturbance::kFaults, Disturbance::kTwice)),
    [](const auto& test) {
      return std::string(SideName(std::get<0>(test.param))) +
             DisturbanceName(std::get<1>(test.param));
    });

// A method that may not run twice is left out: one that meets the broken connection, which the
// carrier has not noticed yet, fails for good.
template <class Module>
void ExpectNothingIsDoubledWhenRepliesAreCut() {
  ParityOptions options = Module::Options();
  options.sequences = 1;
  options.calls = 250;
  const seam::ServiceContract& contract = Module::Seam::contract();
  for (std::size_t i = 0; i < contract.method_count; ++i) {
    if (!seam::testing::MayRunTwice(contract.methods[i])) {
      options.left_out.emplace_back(contract.methods[i].name);
    }
  }
  ExpectNoDifference<Module>([] { return std::make_unique<CutSide<Module>>(); }, options);
}

TEST(ShopUnderCutReplies, Products) { ExpectNothingIsDoubledWhenRepliesAreCut<ProductsModule>(); }
TEST(ShopUnderCutReplies, Users) { ExpectNothingIsDoubledWhenRepliesAreCut<UsersModule>(); }
TEST(ShopUnderCutReplies, Auth) { ExpectNothingIsDoubledWhenRepliesAreCut<AuthModule>(); }
TEST(ShopUnderCutReplies, Orders) { ExpectNothingIsDoubledWhenRepliesAreCut<OrdersModule>(); }

}  // namespace
}  // namespace shop
