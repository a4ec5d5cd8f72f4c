// From outside: real programs, HTTP, and the flip by flag.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
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
