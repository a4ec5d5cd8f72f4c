// What happens in products is known in inventory, wherever both are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nats/private_nats_server.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using nlohmann::json;

class Inventory : public testing::Test {
 protected:
  explicit Inventory(const Bindings& bindings, const std::vector<std::string>& flags = {},
                     std::map<std::string, std::vector<std::string>> commands = {})
      : shop_(bindings, flags, std::move(commands)) {
    EXPECT_TRUE(shop_.WaitUntilReady());
    client_.emplace("127.0.0.1", shop_.port());
    client_->set_tcp_nodelay(true);
    client_->set_keep_alive(true);
    admin_ = {{"Authorization", "Bearer " + shop_.admin_token()}};
  }
  std::string NewProduct(int stock) {
    const json product = {{"name", "Tea towel"},
                          {"price", {{"amount_minor", 850}, {"currency", "EUR"}}},
                          {"stock", stock}};
    const auto made = client_->Post("/products", admin_, product.dump(), "application/json");
    EXPECT_TRUE(made && made->status == 201) << shop_.output();
    return made ? json::parse(made->body).value("id", "") : "";
  }

  int Order(const std::string& id, int quantity) {
    httplib::Headers headers = admin_;
    headers.emplace("Idempotency-Key", "order-number-" + std::to_string(++orders_));
    const json order = {{"lines", {{{"product_id", id}, {"quantity", quantity}}}}};
    const auto placed = client_->Post("/orders", headers, order.dump(), "application/json");
    return placed ? placed->status : 0;
  }

  // What inventory says of the product in the end: "12", or the status of a refusal.
  std::string ComesTo(const std::string& id, const std::string& expected) {
    std::string said;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    do {
      const auto stock = client_->Get("/inventory/" + id);
      said = !stock ? "no answer"
             : stock->status == 200
                 ? std::to_string(json::parse(stock->body).value("available", -1))
                 : "status " + std::to_string(stock->status);
      if (said == expected) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Only how often to look.
    } while (std::chrono::steady_clock::now() < deadline);
    return said;
  }

  ShopProcess shop_;
  std::optional<httplib::Client> client_;
  httplib::Headers admin_;
  int orders_ = 0;
};

class EveryInventory : public Inventory, public testing::WithParamInterface<const char*> {
 protected:
  EveryInventory() : Inventory(AllBound(GetParam())) {}
};

TEST_P(EveryInventory, FollowsTheCatalogueAndItsOrders) {
  const std::string id = NewProduct(12);
  EXPECT_EQ(ComesTo(id, "12"), "12") << shop_.output();
  ASSERT_EQ(Order(id, 2), 201) << shop_.output();
  EXPECT_EQ(ComesTo(id, "10"), "10") << shop_.output();
  const auto deleted = client_->Delete("/products/" + id, admin_);
  ASSERT_TRUE(deleted && deleted->status == 204);
  EXPECT_EQ(ComesTo(id, "status 404"), "status 404") << shop_.output();
  const auto rebuilt = client_->Post("/inventory/rebuild", admin_, "", "");
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(rebuilt->status, 202) << rebuilt->body;
  const auto status = client_->Get("/inventory", admin_);
  ASSERT_TRUE(status && status->status == 200);
  EXPECT_EQ(json::parse(status->body).value("parked", -1), 0);
}

INSTANTIATE_TEST_SUITE_P(Bindings, EveryInventory, testing::Values("in-process", "grpc"),
                         [](const auto& test) {
                           return test.param == std::string("grpc") ? "Grpc" : "InProcess";
                         });

class RemoteInventory : public Inventory {
 protected:
  RemoteInventory() : Inventory(Bindings{{"inventory", "grpc"}, {"products", "grpc"}}) {}
};

TEST_F(RemoteInventory, CatchesUpWithWhatHappenedWhileItWasDead) {
  const std::string id = NewProduct(12);
  ASSERT_EQ(ComesTo(id, "12"), "12") << shop_.output();
  shop_.service("inventory").Signal(SIGKILL);
  EXPECT_TRUE(shop_.service("inventory").Wait());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Order(id, 1), 201) << shop_.output();
  const std::string unheard = NewProduct(5);
  EXPECT_EQ(ComesTo(id, "status 503"), "status 503");
  // What is in the outbox survives its publisher as well.
  shop_.service("products").Signal(SIGKILL);
  EXPECT_TRUE(shop_.service("products").Wait());
  shop_.Start("products");
  shop_.Start("inventory");
  EXPECT_EQ(ComesTo(id, "9"), "9") << shop_.output();
  EXPECT_EQ(ComesTo(unheard, "5"), "5") << shop_.output();
}

// By way of a broker. A base, so that the server is there before the shop.
class WithNats {
 protected:
  [[nodiscard]] std::vector<std::string> Flags() const {
    return {"--events.bus", "nats", "--events.nats.url", server_.url()};
  }
  [[nodiscard]] std::map<std::string, std::vector<std::string>> Commands() const {
    std::map<std::string, std::vector<std::string>> commands = {{"products", {PRODUCTS_PROGRAM}},
                                                                {"inventory", {INVENTORY_PROGRAM}},
                                                                {"orders", {ORDERS_PROGRAM}}};
    const std::vector<std::string> flags = Flags();
    for (auto& [module, command] : commands) {
      command.insert(command.end(), flags.begin(), flags.end());
    }
    return commands;
  }

  seam::testing::PrivateNatsServer server_;
};

class InventoryByNats : private WithNats, public Inventory {
 protected:
  InventoryByNats() : Inventory(AllBound("grpc"), Flags(), Commands()) {}

  using WithNats::server_;
};

TEST_F(InventoryByNats, FollowsTheCatalogueThoughTheBrokerIsKilled) {
  const std::string id = NewProduct(12);
  EXPECT_EQ(ComesTo(id, "12"), "12") << shop_.output();
  server_.Kill();
  ASSERT_EQ(Order(id, 2), 201) << shop_.output();
  server_.Start();
  EXPECT_EQ(ComesTo(id, "10"), "10") << shop_.output();
}

}  // namespace
}  // namespace shop::e2e
