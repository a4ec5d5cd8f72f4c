// An order survives the death of any process at any point: nothing is lost, nothing is sold twice,
// and one key makes one order, however products is bound.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "bind_products.h"
#include "orders/module.h"
#include "seam/core/uuid.h"
#include "seam/grpc/server.h"
#include "seam/sql/sqlite.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "seam/testing/test_tokens.h"

namespace shop::orders {
namespace {

using products::v1::ReservationState;
using seam::BindingKind;
using seam::Context;
using seam::sql::Row;
using seam::sql::Session;
using v1::OrderState;

constexpr std::int64_t kStock = 10;
constexpr int kKilled = 128 + SIGKILL;

enum class Where {
  kInProcess,       // In the process of orders, on a file of its own.
  kInProcessCodec,  // The same, with every message through the wire format.
  kServerTcp,       // Behind gRPC in the test's process, which survives.
  kServerUnix,
  kServiceTcp,  // The products-service.
  kServiceUnix,
};

std::string WhereName(Where where) {
  switch (where) {
    case Where::kInProcess: return "InProcess";
    case Where::kInProcessCodec: return "InProcessCodec";
    case Where::kServerTcp: return "ServerTcp";
    case Where::kServerUnix: return "ServerUnix";
    case Where::kServiceTcp: return "ServiceTcp";
    case Where::kServiceUnix: return "ServiceUnix";
  }
  return "Unknown";
}

// A place to die, and what the tables say right afterwards.
struct Death {
  const char* name;
  const char* step;
  OrderState order;
  ReservationState reservation;

  [[nodiscard]] bool cancels() const { return order == OrderState::ORDER_STATE_CANCELLED; }
};

constexpr Death kTakenDown = {"TakenDown", "taken-down", OrderState::ORDER_STATE_PENDING,
                              ReservationState::RESERVATION_STATE_UNSPECIFIED};
constexpr Death kReserved = {"Reserved", "reserved", OrderState::ORDER_STATE_PENDING,
                             ReservationState::RESERVATION_STATE_RESERVED};
constexpr Death kPlaced = {"Placed", "placed", OrderState::ORDER_STATE_PLACED,
                           ReservationState::RESERVATION_STATE_RESERVED};
constexpr Death kConfirmed = {"Confirmed", "confirmed", OrderState::ORDER_STATE_PLACED,
                              ReservationState::RESERVATION_STATE_CONFIRMED};
constexpr Death kCancelled = {"Cancelled", "cancelled", OrderState::ORDER_STATE_CANCELLED,
                              ReservationState::RESERVATION_STATE_CONFIRMED};
constexpr Death kReleased = {"Released", "released", OrderState::ORDER_STATE_CANCELLED,
                             ReservationState::RESERVATION_STATE_RELEASED};

// Products somewhere, and orders in the test's process, over files that other processes use too.
class Shop {
 public:
  explicit Shop(Where where) : where_(where) {
    if (where == Where::kServerUnix || where == Where::kServiceUnix) {
      target_ = "unix:" + (folder_ / "products.sock");
    } else if (where == Where::kServiceTcp) {
      target_ = "127.0.0.1:" + std::to_string(seam::testing::FreePort());
    }
    StartProducts();
    bound_ = std::make_unique<BoundProducts>(
        BindProducts(binding(), folder_.path(), target_, verifier_).value());
    product_ = seam::NewUuidV7();
    const auto created = products().CreateProduct(
        tokens_.As("root", {"admin"}),
        {.id = product_,
         .name = "Cup",
         .price = common::v1::Money{.amount_minor = 890, .currency = "EUR"},
         .stock = kStock});
    EXPECT_TRUE(created) << ToString(created.error());
  }

  [[nodiscard]] BindingKind binding() const {
    if (where_ == Where::kInProcess) return BindingKind::kInProcess;
    return where_ == Where::kInProcessCodec ? BindingKind::kInProcessCodec : BindingKind::kGrpc;
  }
  [[nodiscard]] products::v1::ProductsClient& products() const { return bound_->client(); }

  // Starts the service or the server; does nothing for products in the process of orders.
  void StartProducts() {
    if (where_ == Where::kServiceTcp || where_ == Where::kServiceUnix) {
      std::vector<std::string> command = {PRODUCTS_PROGRAM, "--data.directory", folder_.path(),
                                          "--listen", target_};
      for (std::string& argument : tokens_.Arguments(folder_.path())) {
        command.push_back(std::move(argument));
      }
      service_ = std::make_unique<seam::testing::Process>(std::move(command));
      ASSERT_TRUE(service_->WaitForLine("\"listening\"")) << service_->output();
    } else if (binding() == BindingKind::kGrpc) {
      handler_ = products::OpenProducts(
                     {.database = {.sqlite_file = folder_ / "products.sqlite"}, .durable = false},
                     verifier_)
                     .value();
      servicer_ = std::make_unique<products::v1::ProductsServicer>(*handler_);
      seam::GrpcServerOptions options;
      if (!target_.empty()) options.addresses = {target_};
      server_ = seam::GrpcServer::Start({servicer_.get()}, options, log_).value();
      target_ = server_->addresses().front();
    }
  }
  void KillProducts() {
    service_->Signal(SIGKILL);
    EXPECT_EQ(service_->Wait(), kKilled);
  }

  // Lets another process place an order, and cancel it if that is where it is to die.
  void CrashAt(const Death& death) {
    seam::testing::Process program({CRASH_PROGRAM, folder_.path(),
                                    std::string(seam::BindingKindName(binding())), target_,
                                    product_, death.step});
    ASSERT_EQ(program.Wait(std::chrono::seconds(60)), kKilled) << program.output();
    ASSERT_EQ(Orders(), 1);
    EXPECT_EQ(State(), death.order);
    EXPECT_EQ(Settled(), 0);
    EXPECT_EQ(Reservation(), death.reservation);
    ExpectNothingLost();
  }

  [[nodiscard]] OrdersOptions Options() const {
    OrdersOptions options;
    options.database.sqlite_file = folder_ / "orders.sqlite";
    options.durable = false;
    options.recovery_interval = std::chrono::milliseconds(0);
    return options;
  }
  [[nodiscard]] std::unique_ptr<v1::OrdersHandler> Open(const OrdersOptions& options) {
    return OpenOrders(options, products(), verifier_, log_).value();
  }
  // With a worker that takes up everything at once.
  [[nodiscard]] std::unique_ptr<v1::OrdersHandler> OpenWithWorker(
      std::chrono::milliseconds abandon_age = std::chrono::hours(1)) {
    OrdersOptions options = Options();
    options.recovery_interval = std::chrono::milliseconds(5);
    options.recovery_age = std::chrono::milliseconds(0);
    options.abandon_age = abandon_age;
    return Open(options);
  }

  [[nodiscard]] seam::Result<v1::PlaceOrderResponse> Place(v1::OrdersHandler& orders) const {
    return orders.PlaceOrder(
        customer_,
        {.idempotency_key = kKey, .lines = {{.product_id = product_, .quantity = kQuantity}}});
  }
  [[nodiscard]] seam::Result<v1::CancelOrderResponse> Cancel(v1::OrdersHandler& orders) const {
    return orders.CancelOrder(customer_, {.id = OrderId()});
  }

  // What the tables of the two modules say.
  [[nodiscard]] std::int64_t Orders() const {
    return Number("orders", "SELECT count(*) FROM customer_order");
  }
  [[nodiscard]] OrderState State() const {
    return static_cast<OrderState>(Number("orders", "SELECT state FROM customer_order"));
  }
  [[nodiscard]] std::int64_t Settled() const {
    return Number("orders", "SELECT settled FROM customer_order");
  }
  [[nodiscard]] ReservationState Reservation() const {
    return static_cast<ReservationState>(Number("products", "SELECT sum(state) FROM reservation"));
  }
  [[nodiscard]] std::string OrderId() const {
    return Database("orders")
        ->Read(Context(),
               [](Session& session) {
                 return session.QueryOne("SELECT id FROM customer_order", {},
                                         [](const Row& row) { return std::string(row.Text(0)); });
               })
        .value();
  }
  [[nodiscard]] std::int64_t Stock() const {
    return Number("products", "SELECT stock FROM product");
  }
  [[nodiscard]] std::int64_t Held() const {
    return Number("products", "SELECT reserved FROM product");
  }
  [[nodiscard]] std::int64_t Sold() const {
    return Number("products",
                  "SELECT sum(quantity) FROM reservation_line l JOIN reservation r "
                  "ON r.id = l.reservation_id WHERE r.state = 2");
  }

  void ExpectNothingLost() const { EXPECT_EQ(Stock() + Held() + Sold(), kStock); }

  // There is one order, it has come to its end in this state, and the stock is where it belongs.
  void ExpectFinal(OrderState state) const {
    const bool placed = state == OrderState::ORDER_STATE_PLACED;
    EXPECT_EQ(Orders(), 1);
    EXPECT_EQ(State(), state);
    EXPECT_EQ(Settled(), 1);
    EXPECT_EQ(Reservation(), placed ? ReservationState::RESERVATION_STATE_CONFIRMED
                                    : ReservationState::RESERVATION_STATE_RELEASED);
    EXPECT_EQ(Stock(), placed ? kStock - kQuantity : kStock);
    EXPECT_EQ(Held(), 0);
    EXPECT_EQ(Sold(), placed ? kQuantity : 0);
  }

  // Until the recovery worker has finished the order; a minute at most, so that a hang is seen.
  [[nodiscard]] bool WaitUntilSettled() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (Settled() == 0) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

 private:
  [[nodiscard]] std::unique_ptr<seam::sql::Database> Database(const std::string& module) const {
    seam::sql::SqliteOptions options;
    options.path = folder_ / (module + ".sqlite");
    options.durable = false;
    return seam::sql::OpenSqlite(options);
  }

  // The first number of the first row; 0 when there is none.
  [[nodiscard]] std::int64_t Number(const std::string& module, std::string_view query) const {
    return Database(module)
        ->Read(Context(),
               [&](Session& session) {
                 return session.QueryOne(query, {}, [](const Row& row) {
                   return row.IsNull(0) ? std::int64_t{0} : row.Int64(0);
                 });
               })
        .value_or(0);
  }

  const Where where_;
  const seam::testing::TemporaryFolder folder_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const Context customer_ = tokens_.As(kCustomer);
  seam::Log log_{{.sink = [](std::string_view) {}}};
  std::string target_;
  std::string product_;
  // In the order of construction: each uses the ones above it.
  std::unique_ptr<products::v1::ProductsHandler> handler_;
  std::unique_ptr<seam::Servicer> servicer_;
  std::unique_ptr<seam::GrpcServer> server_;
  std::unique_ptr<seam::testing::Process> service_;
  std::unique_ptr<BoundProducts> bound_;
};

constexpr Where kEverywhere[] = {Where::kInProcess,  Where::kInProcessCodec, Where::kServerTcp,
                                 Where::kServerUnix, Where::kServiceTcp,     Where::kServiceUnix};

class OrdersDie : public testing::TestWithParam<std::tuple<Where, Death>> {
 protected:
  OrdersDie() : shop_(std::get<0>(GetParam())), death_(std::get<1>(GetParam())) {}

  Shop shop_;
  const Death death_;
  const OrderState final_ =
      death_.cancels() ? OrderState::ORDER_STATE_CANCELLED : OrderState::ORDER_STATE_PLACED;
};

TEST_P(OrdersDie, AndTheWorkerFinishesTheOrder) {
  ASSERT_NO_FATAL_FAILURE(shop_.CrashAt(death_));
  const auto orders = shop_.OpenWithWorker();
  ASSERT_TRUE(shop_.WaitUntilSettled());
  shop_.ExpectFinal(final_);
  const auto again = shop_.Place(*orders);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->order->id, shop_.OrderId());
  EXPECT_EQ(again->order->state, final_);
  shop_.ExpectFinal(final_);
}

TEST_P(OrdersDie, AndTheCallThatIsMadeAgainFinishesTheOrder) {
  ASSERT_NO_FATAL_FAILURE(shop_.CrashAt(death_));
  const auto orders = shop_.Open(shop_.Options());
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (death_.cancels()) {
      const auto cancelled = shop_.Cancel(*orders);
      ASSERT_TRUE(cancelled) << ToString(cancelled.error());
      EXPECT_EQ(cancelled->order->state, final_);
    } else {
      const auto placed = shop_.Place(*orders);
      ASSERT_TRUE(placed) << ToString(placed.error());
      EXPECT_EQ(placed->order->state, final_);
    }
    shop_.ExpectFinal(final_);
  }
}

TEST_P(OrdersDie, AndTheCallThatIsMadeAgainMeetsTheWorker) {
  ASSERT_NO_FATAL_FAILURE(shop_.CrashAt(death_));
  const auto orders = shop_.OpenWithWorker();
  const auto again = shop_.Place(*orders);
  ASSERT_TRUE(again) << ToString(again.error());
  ASSERT_TRUE(shop_.WaitUntilSettled());
  shop_.ExpectFinal(final_);
}

std::string NameOf(const testing::TestParamInfo<std::tuple<Where, Death>>& info) {
  return WhereName(std::get<0>(info.param)) + std::get<1>(info.param).name;
}

void PrintTo(const Death& death, std::ostream* out) { *out << death.name; }

INSTANTIATE_TEST_SUITE_P(AtEveryStep, OrdersDie,
                         testing::Combine(testing::ValuesIn(kEverywhere),
                                          testing::Values(kTakenDown, kReserved, kPlaced,
                                                          kConfirmed, kCancelled, kReleased)),
                         NameOf);

class CustomersLeave : public testing::TestWithParam<std::tuple<Where, Death>> {};

TEST_P(CustomersLeave, AndTheStockOfTheOrderIsGivenBack) {
  Shop shop(std::get<0>(GetParam()));
  ASSERT_NO_FATAL_FAILURE(shop.CrashAt(std::get<1>(GetParam())));
  const auto orders = shop.OpenWithWorker(std::chrono::milliseconds(0));
  ASSERT_TRUE(shop.WaitUntilSettled());
  shop.ExpectFinal(OrderState::ORDER_STATE_CANCELLED);
  const auto again = shop.Place(*orders);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "ORDER_CANCELLED");
  shop.ExpectFinal(OrderState::ORDER_STATE_CANCELLED);
}

INSTANTIATE_TEST_SUITE_P(BeforeTheOrderIsPlaced, CustomersLeave,
                         testing::Combine(testing::ValuesIn(kEverywhere),
                                          testing::Values(kTakenDown, kReserved)),
                         NameOf);

struct ProductsDeath {
  const char* name;
  PlacingStep step;
};

void PrintTo(const ProductsDeath& death, std::ostream* out) { *out << death.name; }

class ProductsDie : public testing::TestWithParam<std::tuple<Where, ProductsDeath>> {
 protected:
  ProductsDie() : shop_(std::get<0>(GetParam())) {}

  Shop shop_;
};

TEST_P(ProductsDie, WhileAnOrderIsPlacedAndComeBack) {
  const PlacingStep step = std::get<1>(GetParam()).step;
  OrdersOptions options = shop_.Options();
  bool killed = false;
  options.after_step = [&](PlacingStep done) {
    if (done != step || killed) return;
    killed = true;
    shop_.KillProducts();
  };
  const auto orders = shop_.Open(options);
  const auto placed = shop_.Place(*orders);
  EXPECT_TRUE(killed);
  if (step == PlacingStep::kTakenDown) {
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, seam::Code::kUnavailable) << ToString(placed.error());
    EXPECT_EQ(placed.error().origin, seam::Origin::kOutcomeUnknown);
    EXPECT_EQ(shop_.State(), OrderState::ORDER_STATE_PENDING);
  } else {
    ASSERT_TRUE(placed) << ToString(placed.error());
    EXPECT_EQ(placed->order->state, OrderState::ORDER_STATE_PLACED);
  }
  shop_.ExpectNothingLost();

  ASSERT_NO_FATAL_FAILURE(shop_.StartProducts());
  const auto recovering = shop_.OpenWithWorker();
  ASSERT_TRUE(shop_.WaitUntilSettled());
  shop_.ExpectFinal(OrderState::ORDER_STATE_PLACED);
  const auto again = shop_.Place(*orders);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->order->id, shop_.OrderId());
  shop_.ExpectFinal(OrderState::ORDER_STATE_PLACED);
}

INSTANTIATE_TEST_SUITE_P(
    AtEveryStep, ProductsDie,
    testing::Combine(testing::Values(Where::kServiceTcp, Where::kServiceUnix),
                     testing::Values(ProductsDeath{"TakenDown", PlacingStep::kTakenDown},
                                     ProductsDeath{"Reserved", PlacingStep::kReserved},
                                     ProductsDeath{"Placed", PlacingStep::kPlaced},
                                     ProductsDeath{"Confirmed", PlacingStep::kConfirmed})),
    [](const testing::TestParamInfo<std::tuple<Where, ProductsDeath>>& given) {
      return WhereName(std::get<0>(given.param)) + std::get<1>(given.param).name;
    });

class ProductsAreAway : public testing::TestWithParam<Where> {};

TEST_P(ProductsAreAway, WhileAnOrderIsCancelledAndComeBack) {
  Shop shop(GetParam());
  // The worker is at it all the time, also while nobody answers.
  const auto orders = shop.OpenWithWorker();
  ASSERT_TRUE(shop.Place(*orders));
  shop.KillProducts();
  const auto cancelled = shop.Cancel(*orders);
  ASSERT_TRUE(cancelled) << ToString(cancelled.error());
  EXPECT_EQ(cancelled->order->state, OrderState::ORDER_STATE_CANCELLED);
  EXPECT_EQ(shop.Settled(), 0);
  EXPECT_EQ(shop.Stock(), kStock - kQuantity);
  ASSERT_NO_FATAL_FAILURE(shop.StartProducts());
  ASSERT_TRUE(shop.WaitUntilSettled());
  shop.ExpectFinal(OrderState::ORDER_STATE_CANCELLED);
}

INSTANTIATE_TEST_SUITE_P(InTheirOwnProcess, ProductsAreAway,
                         testing::Values(Where::kServiceTcp, Where::kServiceUnix),
                         [](const testing::TestParamInfo<Where>& given) {
                           return WhereName(given.param);
                         });

}  // namespace
}  // namespace shop::orders
