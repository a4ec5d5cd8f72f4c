// The shop's modules under faults. Two stores get the same calls; on the way to the second, calls
// are stopped, answers are lost, and whoever lost one asks again as the contract allows. What the
// callers are told and what is in the stores must be the same: no effect is lost, and none is
// doubled. The faults are between the callers and a module, which may be a service in a process of
// its own, or between orders and products.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "auth/auth_command.h"
#include "auth/module.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/identity/principal.h"
#include "seam/observe/log.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/client_channel.h"
#include "seam/testing/cutting_proxy.h"
#include "seam/testing/faults.h"
#include "seam/testing/parity.h"
#include "seam/testing/process.h"
#include "seam/testing/sides.h"
#include "seam/testing/temporary_folder.h"
#include "shop/auth/v1/auth_codec.h"
#include "shop/auth/v1/auth_seam.h"
#include "shop_modules.h"

namespace shop {
namespace {

using seam::testing::Caller;
using seam::testing::Fault;
using seam::testing::ParityOptions;
using seam::testing::Side;

// Auth, with users in this process.
class AuthModule {
 public:
  using Seam = auth::v1::AuthSeam;

  std::unique_ptr<auth::v1::AuthHandler> Open() {
    users_handler_ = users_.Open();
    users_client_ = std::make_unique<users::v1::UsersInProcessClient>(*users_handler_);
    auth::AuthOptions options;
    options.database.sqlite_file = folder_ / "auth.sqlite";
    options.durable = false;
    options.hash_cost = {.memory_bytes = 8192, .passes = 1};
    options.failures_per_account = options.failures_per_email = options.failures_per_address =
        1'000'000;
    module_ = auth::OpenAuth(options, *users_client_).value();
    EXPECT_TRUE(module_->EnsureFirstAdmin(seam::Context(), FirstAdmin()));
    return module_->NewAuthHandler();
  }
  // The service, with users behind a unix socket.
  [[nodiscard]] std::vector<std::string> Command() {
    users_handler_ = users_.Open();
    servicer_ = std::make_unique<users::v1::UsersServicer>(*users_handler_);
    served_ = std::make_unique<seam::testing::Loopback>(*servicer_, Side::kGrpcUnix, folder_);
    std::vector<std::string> command = auth::AuthCommand(
        folder_.path(), "unix:" + (folder_ / "seam.sock"), FirstAdmin().password, 1'000'000);
    command.insert(command.end(), {"--data.directory", folder_.path()});
    return command;
  }
  // Once it is open: the admin's token is the module's own.
  void Enter(auth::v1::AuthClient& client) {
    const auth::FirstAdmin admin = FirstAdmin();
    const auto session =
        client.Login(seam::Context(), {.email = admin.email, .password = admin.password});
    admin_ = seam::WithBearerToken(seam::Context(), session.value().tokens->access_token);
  }
  // The keys and an account's sessions, and which of them have ended; their tokens differ.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows =
        Select(folder_ / "auth.sqlite",
               {"SELECT 'keys ' || COUNT(*) FROM signing_key",
                "SELECT id || ' ' || active || ' ' || role FROM account",
                "SELECT account_id || ' ' || (ended_at IS NULL) || ' ' || COUNT(*) FROM session "
                "GROUP BY account_id, ended_at IS NULL"});
    for (std::string& row : users_.Rows()) rows.push_back(std::move(row));
    return rows;
  }
  // Once Enter has been called.
  [[nodiscard]] std::vector<Caller> callers() const {
    return {{"nobody", seam::Context()}, {"admin", admin_}};
  }
  static ParityOptions Options() {
    return {.values = {{"account_id", kIds},
                       {"email", {"a@shop.example", "b@shop.example"}},
                       {"password", {"a long password", "another password"}},
                       {"name", {"Ann"}},
                       // Else the admin's own token would end.
                       {"withdraw_others", {"false"}}},
            .only_values = {"withdraw_others"},
            .differing = {"*_expires_at"}};
  }

 private:
  static auth::FirstAdmin FirstAdmin() { return {.password = "the admin's password"}; }

  const seam::testing::TemporaryFolder folder_;
  UsersModule users_;
  std::unique_ptr<users::v1::UsersHandler> users_handler_;
  std::unique_ptr<users::v1::UsersClient> users_client_;
  std::unique_ptr<users::v1::UsersServicer> servicer_;
  std::unique_ptr<seam::testing::Loopback> served_;
  std::unique_ptr<auth::AuthModule> module_;
  seam::Context admin_;
};

// Before the first call of a module that has to be entered.
template <class Module, class Client>
void EnterIfNeeded(Module& module, Client& client) {
  if constexpr (requires { module.Enter(client); }) module.Enter(client);
}

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
      : side_(OpenModule(module_, side)), disturbance_(disturbance) {
    EnterIfNeeded(module_, side_.client());
  }

  void Begin(std::uint64_t seed) override { plan_.emplace(seed, 3); }
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
  std::optional<seam::testing::FaultPlan> plan_;
  seam::testing::FaultyChannel faulty_{
      side_.channel(), [this](const seam::MethodContract& method) { return plan_->Next(method); }};
  seam::testing::RetryingChannel retrying_{faulty_};
  seam::testing::TwiceChannel twice_{side_.channel()};
};

// A module behind gRPC, in this process or in its own, whose connection can be cut in the middle of
// replies.
template <class Module>
class CuttableModule {
 public:
  using Seam = typename Module::Seam;

  explicit CuttableModule(bool own_process) : proxy_(Serve(own_process)), carrier_(Connect()) {}

  [[nodiscard]] Module& module() noexcept { return module_; }
  [[nodiscard]] seam::Channel& carrier() noexcept { return *carrier_; }
  [[nodiscard]] seam::testing::CuttingProxy& proxy() noexcept { return proxy_; }

 private:
  // Returns the port.
  int Serve(bool own_process) {
    std::string address;
    if constexpr (requires { module_.Command(); }) {
      if (own_process) {
        std::vector<std::string> command = module_.Command();
        command.insert(command.end(), {"--listen", "127.0.0.1:0"});
        process_.emplace(std::move(command));
        const auto line = process_->WaitForLine("\"listening\"");
        EXPECT_TRUE(line) << process_->output();
        const std::string_view text = line.value();
        address = text.substr(0, text.find('"', text.find("127.0.0.1:")));
      }
    }
    if (!process_) {
      handler_ = module_.Open();
      servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
      server_ =
          seam::GrpcServer::Start({servicer_.get()}, {.addresses = {"127.0.0.1:0"}}, log_).value();
      address = server_->addresses().front();
    }
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
  seam::Log log_{{.sink = [](std::string_view) {}}};
  std::unique_ptr<typename Seam::Handler> handler_;
  std::unique_ptr<typename Seam::Servicer> servicer_;
  std::unique_ptr<seam::GrpcServer> server_;
  std::optional<seam::testing::Process> process_;
  seam::testing::CuttingProxy proxy_;
  const std::unique_ptr<seam::Channel> carrier_;
};

// Every fourth reply is cut.
template <class Module>
class CutSide final : public seam::testing::ParitySide {
 public:
  using Seam = typename Module::Seam;

  // `cuts` is increased by those of this side when it ends.
  CutSide(bool own_process, int& cuts) : cuts_(cuts), served_(own_process) {
    EnterIfNeeded(served_.module(), client_);
  }
  ~CutSide() override { cuts_ += served_.proxy().cuts(); }

  void Begin(std::uint64_t seed) override { calls_ = static_cast<int>(seed % 4); }

  seam::Channel& channel() override { return retrying_; }
  std::vector<Caller> callers() override { return served_.module().callers(); }
  std::vector<std::string> Rows() override { return served_.module().Rows(); }

 private:
  int& cuts_;
  // In the order of construction: each uses the ones above it.
  CuttableModule<Module> served_;
  typename Seam::RemoteClient client_{served_.carrier()};
  seam::testing::ClientChannel<Seam> sound_{client_};
  int calls_ = 0;
  seam::testing::FaultyChannel faulty_{sound_,
                                       [this](const seam::MethodContract&) {
                                         return ++calls_ % 4 == 0 ? Fault::kInReply : Fault::kNone;
                                       },
                                       &served_.proxy()};
  seam::testing::RetryingChannel retrying_{faulty_};
};

template <class Module>
std::vector<seam::MethodContract> Methods() {
  const seam::ServiceContract& contract = Module::Seam::contract();
  return {contract.methods, contract.methods + contract.method_count};
}

// Compares an undisturbed module with `second`, and fails when the sides differ.
template <class Module>
void ExpectNoDifference(const seam::testing::OpenSide& second, ParityOptions options) {
  // Of one that was never answered nothing would have been proved.
  for (const seam::MethodContract& method : Methods<Module>()) {
    const std::string name(method.name);
    const bool left_out =
        std::find(options.left_out.begin(), options.left_out.end(), name) != options.left_out.end();
    if (left_out || method.idempotency == seam::Idempotency::kNoSideEffects) continue;
    options.to_answer.push_back(name);
  }
  const auto outcome = CompareSides(
      Module::Seam::contract(),
      [] { return std::make_unique<DisturbedSide<Module>>(Side::kInProcess, Disturbance::kNone); },
      second, options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
  if (!outcome.equal) return;
  for (const std::string& name : options.to_answer) {
    const auto found = outcome.methods.find(name);
    ASSERT_NE(found, outcome.methods.end()) << name << "\n" << outcome.report;
    EXPECT_GT(found->second.answered, 0U) << name << "\n" << outcome.report;
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
    // A service has its own clock, and the order of two orders of one millisecond is by chance.
    if (std::is_same_v<Module, OrdersModule> && side == Side::kProcess) {
      options.left_out = {"ListOrders"};
    }
    // A service cannot be told to take many wrong passwords, which are counted each time that a
    // call is made again.
    if (std::is_same_v<Module, AuthModule> && side == Side::kProcess) {
      options.values["account_id"] = {kIds.front()};
      options.values["email"] = {"a@shop.example"};
      options.values["password"] = {"a long password"};
      options.only_values = {"account_id", "email", "password", "withdraw_others"};
      options.calls = 100;
    }
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

// Services in processes of their own.
class ServicesUnderFaults : public ShopUnderFaults {};

TEST_P(ServicesUnderFaults, Products) { ExpectNothingIsDoubled<ProductsModule>(); }
TEST_P(ServicesUnderFaults, Users) { ExpectNothingIsDoubled<UsersModule>(); }
TEST_P(ServicesUnderFaults, Auth) { ExpectNothingIsDoubled<AuthModule>(); }
TEST_P(ServicesUnderFaults, Orders) { ExpectNothingIsDoubled<OrdersModule>(); }

INSTANTIATE_TEST_SUITE_P(OwnProcess, ServicesUnderFaults,
                         ::testing::Combine(::testing::Values(Side::kProcess),
                                            ::testing::Values(Disturbance::kFaults,
                                                              Disturbance::kTwice)),
                         [](const auto& test) { return DisturbanceName(std::get<1>(test.param)); });

// A method that may not run twice is left out: one that meets the broken connection, which the
// carrier has not noticed yet, fails for good.
template <class Module>
void ExpectNothingIsDoubledWhenRepliesAreCut(bool own_process = false) {
  ParityOptions options = Module::Options();
  options.sequences = 1;
  options.calls = 250;
  for (const seam::MethodContract& method : Methods<Module>()) {
    if (!seam::testing::MayRunTwice(method)) options.left_out.emplace_back(method.name);
  }
  int cuts = 0;
  ExpectNoDifference<Module>(
      [&cuts, own_process] { return std::make_unique<CutSide<Module>>(own_process, cuts); },
      options);
  EXPECT_GE(cuts, 10) << "else little has been proved";
}

TEST(ShopUnderCutReplies, Products) { ExpectNothingIsDoubledWhenRepliesAreCut<ProductsModule>(); }
TEST(ShopUnderCutReplies, Users) { ExpectNothingIsDoubledWhenRepliesAreCut<UsersModule>(); }
TEST(ShopUnderCutReplies, Auth) { ExpectNothingIsDoubledWhenRepliesAreCut<AuthModule>(); }
TEST(ShopUnderCutReplies, Orders) { ExpectNothingIsDoubledWhenRepliesAreCut<OrdersModule>(); }

TEST(ServicesUnderCutReplies, Products) {
  ExpectNothingIsDoubledWhenRepliesAreCut<ProductsModule>(/*own_process=*/true);
}

// ---- Between orders and products ----

// A customer who asks again until there is an answer; one who forgets takes another key each time.
class Customer final : public seam::Channel {
 public:
  Customer(seam::Channel& channel, bool forgets_keys)
      : channel_(channel), forgets_keys_(forgets_keys) {}

  void Start(const seam::MethodContract& method, const seam::Context& context, seam::Buffer request,
             seam::Completion& completion) override {
    completion.Complete(Call(method, context, std::move(request)));
  }

  [[nodiscard]] seam::Result<seam::Buffer> Call(const seam::MethodContract& method,
                                                const seam::Context& context,
                                                seam::Buffer request) override {
    constexpr int kMostAttempts = 100;
    for (int attempt = 1;; ++attempt) {
      auto answer = channel_.Call(method, context, seam::Buffer(std::string(request.bytes())));
      if (answer || answer.error().code != seam::Code::kUnavailable || attempt == kMostAttempts) {
        return answer;
      }
      if (forgets_keys_ && method.name == "PlaceOrder") request = WithAnotherKey(request);
    }
  }

 private:
  static seam::Buffer WithAnotherKey(const seam::Buffer& request) {
    orders::v1::PlaceOrderRequest order;
    seam::wire::Reader in(request.bytes());
    EXPECT_TRUE(Decode(in, order));
    order.idempotency_key += "-again";
    seam::wire::Writer out;
    Encode(order, out);
    return out.Finish();
  }

  seam::Channel& channel_;
  const bool forgets_keys_;
};

// A product that nobody can have two of.
constexpr char kScarce[] = "01900000-0000-7000-8000-000000000003";

// Orders, whose calls of products meet with faults or with none.
class OrdersAndProducts final : public seam::testing::ParitySide, private OrdersModule {
 public:
  using Seam = OrdersModule::Seam;

  // One in `one_in` calls of products fails; none when it is 0.
  OrdersAndProducts(bool own_process, std::size_t one_in, bool forgets_keys = false)
      : products_(own_process),
        one_in_(one_in),
        faulty_(
            products_.carrier(),
            [this](const seam::MethodContract& method) {
              return plan_ ? plan_->Next(method) : Fault::kNone;
            },
            &products_.proxy()),
        orders_(Side::kInProcess, Opened()),
        customer_(orders_.channel(), forgets_keys) {}

  void Begin(std::uint64_t seed) override {
    if (one_in_ > 0) plan_.emplace(seed, one_in_);
  }
  seam::Channel& channel() override { return customer_; }
  std::vector<Caller> callers() override { return OrdersModule::callers(); }

  [[nodiscard]] std::size_t CountOrders() const {
    return std::stoul(Select(database(), {"SELECT '' || COUNT(*) FROM customer_order"}).front());
  }

  // Once the recovery worker, which calls products without faults, has finished all orders.
  std::vector<std::string> Rows() override {
    const auto recovering = OpenOver(sound_client_, std::chrono::milliseconds(1));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto finished = [this] {
      return Select(database(), {"SELECT '' || COUNT(*) FROM customer_order WHERE settled = 0"})
                 .front() == "0";
    };
    while (!finished() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(finished());
    return RowsWith(products_.module());
  }

 private:
  std::unique_ptr<orders::v1::OrdersHandler> Opened() {
    // Enough of each: stock that a cancelled order gives back may come later, and would be missed.
    StockUp(products_.module(), sound_client_, {{kIds[0], 1000}, {kIds[1], 1000}, {kScarce, 1}});
    return OpenOver(products_client_);
  }

  // In the order of construction: each uses the ones above it.
  CuttableModule<ProductsModule> products_;
  products::v1::ProductsRemoteClient sound_client_{products_.carrier()};
  const std::size_t one_in_;
  std::optional<seam::testing::FaultPlan> plan_;
  seam::testing::FaultyChannel faulty_;
  products::v1::ProductsRemoteClient products_client_{faulty_};
  seam::testing::ChannelSide<Seam> orders_;
  Customer customer_;
};

TEST(OrdersWithFaultsOnTheWayToProducts, NothingIsDoubledOrLost) {
  ParityOptions options = OrdersModule::Options();
  options.values["lines"].push_back("product_id: '" + std::string(kScarce) + "' quantity: 2");
  options.left_out = {"CheckReadiness", "ListOrders"};
  options.sequences = 1;
  options.calls = 300;
  for (const bool own_process : {false, true}) {
    const auto outcome = CompareSides(
        OrdersModule::Seam::contract(),
        [] { return std::make_unique<OrdersAndProducts>(/*own_process=*/false, 0); },
        [=] { return std::make_unique<OrdersAndProducts>(own_process, 3); }, options);
    EXPECT_TRUE(outcome.equal) << outcome.report;
    if (!outcome.equal) return;
    EXPECT_GT(outcome.methods.at("PlaceOrder").answered, 0U) << outcome.report;
    EXPECT_GT(outcome.methods.at("PlaceOrder").refused, 0U) << outcome.report;
    EXPECT_GT(outcome.methods.at("CancelOrder").answered, 0U) << outcome.report;
  }
}

// What the case above fails without.
TEST(OrdersWithFaultsOnTheWayToProducts, AKeyMakesOneOrderAndWithoutItOrdersAreDoubled) {
  constexpr std::size_t kOrders = 20;
  for (const bool forgets_keys : {false, true}) {
    OrdersAndProducts side(/*own_process=*/false, 3, forgets_keys);
    side.Begin(1);
    orders::v1::OrdersRemoteClient client(side.channel());
    for (std::size_t i = 0; i < kOrders; ++i) {
      const auto placed = client.PlaceOrder(side.callers().at(1).context,
                                            {.idempotency_key = "order-key-" + std::to_string(i),
                                             .lines = {{.product_id = kIds[0], .quantity = 1}}});
      EXPECT_TRUE(placed) << ToString(placed.error());
    }
    if (forgets_keys) {
      EXPECT_GT(side.CountOrders(), kOrders);
    } else {
      EXPECT_EQ(side.CountOrders(), kOrders);
    }
  }
}

}  // namespace
}  // namespace shop
