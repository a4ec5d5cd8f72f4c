// From outside: real programs, HTTP, and the flip by flag.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "demo/journey.h"
#include "half_sent_request.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using nlohmann::json;
using seam::testing::Process;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

class Http {
 public:
  explicit Http(ShopProcess& shop) : client_("127.0.0.1", shop.port()), token_(shop.admin_token()) {
    client_.set_tcp_nodelay(true);
    client_.set_keep_alive(true);
    client_.set_read_timeout(20);
  }

  httplib::Result Get(const std::string& path) { return client_.Get(path); }
  httplib::Result Post(const std::string& path, const json& body) {
    return client_.Post(path, Admin(), body.dump(), "application/json");
  }
  httplib::Result Put(const std::string& path, const json& body) {
    return client_.Put(path, Admin(), body.dump(), "application/json");
  }
  httplib::Result Delete(const std::string& path) { return client_.Delete(path, Admin()); }
  httplib::Result PostWithoutToken(const std::string& path, const json& body) {
    return client_.Post(path, body.dump(), "application/json");
  }
  httplib::Client& client() { return client_; }

 private:
  [[nodiscard]] httplib::Headers Admin() const { return {{"Authorization", "Bearer " + token_}}; }

  httplib::Client client_;
  const std::string token_;
};

json TeaTowel() {
  return {{"name", "Tea towel"},
          {"description", "Linen"},
          {"price", {{"amount_minor", 850}, {"currency", "EUR"}}},
          {"stock", 12}};
}

class CatalogueWalk {
 public:
  explicit CatalogueWalk(ShopProcess& shop) : http_(shop) {}

  // Every answer of a walk through the catalogue, refusals included.
  std::vector<std::string> Walk() {
    Note("list nothing", http_.Get("/products"));
    const std::string id = Note("create", http_.Post("/products", TeaTowel())).at("id");
    Note("get", http_.Get("/products/" + id));
    json changed = TeaTowel();
    changed["version"] = 1;
    changed["name"] = "Tea towel, blue";
    Note("update", http_.Put("/products/" + id, changed));
    Note("stale update", http_.Put("/products/" + id, changed));
    Note("get updated", http_.Get("/products/" + id));
    for (int i = 0; i < 4; ++i) Note("create more", http_.Post("/products", TeaTowel()));
    const json page = Note("first page", http_.Get("/products?page_size=3"));
    Note("last page", http_.Get("/products?page_size=3&page_token=" +
                                page.at("next_page_token").get<std::string>()));
    Note("bad page token", http_.Get("/products?page_token=made-up"));
    Note("bad page size", http_.Get("/products?page_size=101"));
    Note("unknown", http_.Get("/products/01900000-0000-7000-8000-00000000ffff"));
    Note("bad id", http_.Get("/products/7"));
    Note("no token", http_.PostWithoutToken("/products", TeaTowel()));
    json bad = TeaTowel();
    bad["price"]["currency"] = "euro";
    Note("bad currency", http_.Post("/products", bad));
    Note("no such route", http_.Get("/nothing"));
    Note("delete", http_.Delete("/products/" + id));
    Note("delete again", http_.Delete("/products/" + id));
    Note("get deleted", http_.Get("/products/" + id));
    return std::move(answers_);
  }

 private:
  json Note(const std::string& step, const httplib::Result& answer) {
    if (!answer) {
      ADD_FAILURE() << step << ": " << httplib::to_string(answer.error());
      return {};
    }
    answers_.push_back(step + ": " + std::to_string(answer->status) + " " +
                       answer->get_header_value("Content-Type") + " etag=" +
                       answer->get_header_value("ETag") + " " + demo::Normalised(answer->body));
    return answer->body.empty() ? json() : json::parse(answer->body);
  }

  Http http_;
  std::vector<std::string> answers_;
};

TEST(Shop, AnswersTheSameWhicheverWayProductsIsBound) {
  std::vector<std::string> first;
  for (const char* binding : {"in-process", "in-process-codec", "grpc"}) {
    ShopProcess shop(Bindings{{"products", binding}});
    ASSERT_TRUE(shop.WaitUntilReady());
    const auto answers = CatalogueWalk(shop).Walk();
    if (first.empty()) {
      first = answers;
      EXPECT_THAT(first[0], HasSubstr("200 application/json"));
      EXPECT_THAT(first[1], HasSubstr("201 application/json"));
    }
    ASSERT_EQ(answers.size(), first.size()) << binding;
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], first[i]) << binding;
  }
}

TEST(Shop, WithAllModulesElsewhereItIsTheGatewayAndOpensNone) {
  ShopProcess shop(AllBound("grpc"));
  ASSERT_TRUE(shop.WaitUntilReady());
  ASSERT_EQ(Http(shop).Post("/products", TeaTowel())->status, 201);
  std::vector<std::string> files;
  if (std::filesystem::exists(shop.folder() / "shop")) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(shop.folder() / "shop")) {
      files.push_back(file.path());
    }
  }
  EXPECT_THAT(files, ::testing::IsEmpty()) << "the shop's process opened a database";
}

TEST(Shop, ProductsKilledUnderLoadIs503ForProductsOnlyAndRecoversByItself) {
  ShopProcess shop(Bindings{{"products", "grpc"}});
  ASSERT_TRUE(shop.WaitUntilReady());
  std::atomic<bool> stop = false;
  std::atomic<int> served = 0;
  std::atomic<int> unavailable = 0;
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::vector<std::string> surprises;
  std::vector<std::thread> buyers;
  for (int buyer = 0; buyer < 4; ++buyer) {
    buyers.emplace_back([&] {
      Http http(shop);
      while (!stop) {
        const auto answer = http.Post("/products", TeaTowel());
        std::string surprise;
        if (!answer) {
          surprise = httplib::to_string(answer.error());
        } else if (answer->status == 201) {
          ++served;
          const std::lock_guard lock(mutex);
          acknowledged.insert(json::parse(answer->body).at("id"));
        } else if (answer->status == 503) {
          ++unavailable;
          if (answer->get_header_value("Retry-After").empty() ||
              answer->get_header_value("Content-Type") != "application/problem+json") {
            surprise = "a 503 without Retry-After or problem: " + answer->body;
          }
        } else {
          surprise = std::to_string(answer->status) + " " + answer->body;
        }
        if (!surprise.empty()) {
          const std::lock_guard lock(mutex);
          surprises.push_back(surprise);
        }
      }
    });
  }
  const auto eventually = [](const std::atomic<int>& counter, int more,
                             std::chrono::seconds patience = std::chrono::seconds(30)) {
    const int wanted = counter + more;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (counter < wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // Only how often to look.
    }
    return true;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(eventually(served, 20)) << "round " << round;
    shop.service("products").Signal(SIGKILL);
    EXPECT_EQ(shop.service("products").Wait(), 128 + SIGKILL);
    EXPECT_TRUE(eventually(unavailable, 20)) << "round " << round;
    Http other(shop);
    const auto live = other.Get("/health/live");
    ASSERT_TRUE(live);
    EXPECT_EQ(live->status, 200) << "only products is unavailable";
    const auto ready = other.Get("/health/ready");
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->status, 503);
    shop.Start("products");
    // Before gRPC's own backup poller, which looks every five seconds, would find it.
    EXPECT_TRUE(eventually(served, 1, std::chrono::seconds(4)))
        << "found too late, round " << round;
  }
  EXPECT_TRUE(eventually(served, 20)) << "the shop did not find products again";
  stop = true;
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_THAT(surprises, ::testing::IsEmpty());

  Http http(shop);
  for (const std::string& id : acknowledged) {
    ASSERT_EQ(http.Get("/products/" + id)->status, 200) << "an acknowledged product was lost";
  }
}

TEST(Shop, SigtermFinishesTheRequestInFlight) {
  for (const char* binding : {"in-process", "grpc"}) {
    ShopProcess shop(Bindings{{"products", binding}});
    ASSERT_TRUE(shop.WaitUntilReady());
    HalfSentRequest request(shop.port(), shop.admin_token());
    shop.shop().Signal(SIGTERM);
    ASSERT_TRUE(shop.shop().WaitForLine("stopping")) << shop.shop().output();
    EXPECT_THAT(request.Finish(), HasSubstr("201 Created"));
    EXPECT_EQ(shop.shop().Wait(), 0) << shop.shop().output();
    if (std::string(binding) == "grpc") {
      shop.service("products").Signal(SIGTERM);
      EXPECT_EQ(shop.service("products").Wait(), 0) << shop.service("products").output();
    }
  }
}

// The shop, which has no server of its own here, hears of the end of a service that it does not
// call just then.
TEST(Shop, ServicesThatNobodyCallsEndSoon) {
  ShopProcess shop(AllBound("grpc"));
  ASSERT_TRUE(shop.WaitUntilReady());
  for (const char* module : {"orders", "products", "users", "auth"}) {
    shop.service(module).Signal(SIGTERM);
    // Before gRPC's own backup poller, which looks every five seconds, would have told the shop.
    EXPECT_EQ(shop.service(module).Wait(std::chrono::seconds(4)), 0) << module;
  }
}

// An order needs products, which orders in its own process reaches in the shop's.
TEST(Shop, SigtermKeepsItsModulesForThoseThatMovedOutUntilRequestsAreFinished) {
  ShopProcess shop({{"auth", "grpc"}, {"orders", "grpc"}}, {"--data.samples"});
  ASSERT_TRUE(shop.WaitUntilReady());
  HalfSentRequest request(
      shop.port(), "/orders",
      "Idempotency-Key: in-flight\r\nAuthorization: Bearer " + shop.admin_token(),
      R"({"lines":[{"product_id":"01900000-0000-7000-8000-000000000001","quantity":1}]})");
  shop.shop().Signal(SIGTERM);
  ASSERT_TRUE(shop.shop().WaitForLine("stopping")) << shop.shop().output();
  EXPECT_THAT(request.Finish(), HasSubstr("201 Created")) << shop.output();
  EXPECT_EQ(shop.shop().Wait(), 0) << shop.output();
}

TEST(Shop, ASecondSignalEndsItAtOnce) {
  ShopProcess shop;
  ASSERT_TRUE(shop.WaitUntilReady());
  const HalfSentRequest request(shop.port(), shop.admin_token());
  shop.shop().Signal(SIGTERM);
  ASSERT_TRUE(shop.shop().WaitForLine("stopping")) << shop.shop().output();
  std::optional<int> code;
  while (!code) {
    shop.shop().Signal(SIGTERM);
    code = shop.shop().Wait(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(code, 128 + SIGTERM) << shop.shop().output();
}

// What the program at `target` says of its health under a name; "" is the program as a whole.
std::string HealthOf(const std::string& target, std::string_view name) {
  static constexpr seam::MethodContract kCheck{"/grpc.health.v1.Health/Check", "Check"};
  static constexpr seam::ServiceContract kHealth{"grpc.health.v1.Health", &kCheck, 1, nullptr};
  const auto channel = seam::OpenGrpcChannel(kHealth, {.target = target, .check_health = false});
  // A HealthCheckRequest with the name in its first field.
  std::string request = name.empty() ? "" : "\x0A" + std::string(1, static_cast<char>(name.size()));
  request += name;
  const auto answer = (*channel)->Call(
      kCheck, seam::Context().WithTimeout(std::chrono::seconds(30)), seam::Buffer(request));
  if (!answer) return ToString(answer.error());
  if (answer->bytes() == "\x08\x01") return "SERVING";
  if (answer->bytes() == "\x08\x02") return "NOT_SERVING";
  return "unknown";
}

bool Within30Seconds(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Only how often to look.
  }
  return true;
}

// Waits for the line in which a program says that products has an incompatible contract.
void ExpectSaidByProgram(Process& program) {
  const auto line = program.WaitForLine("is incompatible with this client's");
  ASSERT_TRUE(line) << program.output();
  const json said = json::parse(*line);
  EXPECT_EQ(said["level"], "error");
  EXPECT_EQ(said["module"], "products");
  EXPECT_EQ(said["contract"], "shop.products.v1.Products");
  EXPECT_EQ(said["differences"],
            "the type of field 'stock' of message shop.products.v1.Product is int64 for the client "
            "and string for the service");
}

// The shop and orders call products, each from its own process.
TEST(Shop, AnIncompatibleServiceIsToldByAllThatCallItInTheLogAndInHealth) {
  ShopProcess shop({{"products", "grpc"}, {"orders", "grpc"}}, {},
                   {{"products", {ODD_PRODUCTS_PROGRAM}}});
  Http http(shop);
  const auto ready = [&] {
    const auto answer = http.Get("/health/ready");
    return answer ? std::to_string(answer->status) + " " + answer->body : "no answer";
  };
  EXPECT_TRUE(Within30Seconds([&] {
    return ready().find("products (incompatible contract)") != std::string::npos;
  })) << ready();
  EXPECT_THAT(ready(), HasSubstr("503 "));
  ExpectSaidByProgram(shop.shop());

  const std::string orders = shop.TargetOf("orders");
  EXPECT_EQ(HealthOf(orders, seam::kPeerContractsHealth), "SERVING") << "it has not called yet";
  const auto created = http.Post("/products", TeaTowel());
  ASSERT_TRUE(created);
  ASSERT_EQ(created->status, 201) << "no call is refused: " << created->body;
  const json order = {
      {"lines", {{{"product_id", json::parse(created->body).at("id")}, {"quantity", 1}}}}};
  const auto placed = http.client().Post(
      "/orders",
      {{"Authorization", "Bearer " + shop.admin_token()}, {"Idempotency-Key", "an-order"}},
      order.dump(), "application/json");
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->status, 201) << placed->body;
  ExpectSaidByProgram(shop.service("orders"));
  EXPECT_TRUE(Within30Seconds(
      [&] { return HealthOf(orders, seam::kPeerContractsHealth) == "NOT_SERVING"; }));
  EXPECT_EQ(HealthOf(orders, ""), "SERVING");
  EXPECT_EQ(HealthOf(orders, "shop.orders.v1.Orders"), "SERVING");
  EXPECT_EQ(HealthOf(shop.TargetOf("auth"), seam::kPeerContractsHealth), "NOT_SERVING")
      << "the shop serves its modules to others, and calls products too";

  // The right program on the same address, with nobody calling orders.
  shop.service("products").Signal(SIGKILL);
  ASSERT_TRUE(shop.service("products").Wait());
  Process right({PRODUCTS_PROGRAM, "--listen", shop.TargetOf("products"), "--data.directory",
                 shop.folder() / "products", "--modules.auth.target", shop.TargetOf("auth")});
  EXPECT_TRUE(
      Within30Seconds([&] { return HealthOf(orders, seam::kPeerContractsHealth) == "SERVING"; }));
  EXPECT_TRUE(Within30Seconds([&] { return ready().find("200 ") == 0; })) << ready();
}

TEST(Shop, ATakenPortIsSaidClearly) {
  ShopProcess shop;
  ASSERT_TRUE(shop.WaitUntilReady());
  Process second({SHOP_PROGRAM, "--http.port", std::to_string(shop.port()), "--data.directory",
                  shop.folder() / "other"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr(std::to_string(shop.port())));
  EXPECT_THAT(second.output(), HasSubstr("another program has the port"));
}

}  // namespace
}  // namespace shop::e2e
