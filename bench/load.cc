// The HTTP face of the shop with much load against with less.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "customer.h"
#include "http_load.h"
#include "seam/core/uuid.h"
#include "shop_process.h"
#include "suites.h"

namespace bench {
namespace {

constexpr std::size_t kBusy = 64;
constexpr std::size_t kIdle = 500;
constexpr std::size_t kSlow = 50;
constexpr double kTooMany = 4;  // Times what the shop can do.

std::string Get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: shop.example\r\n\r\n";
}

// Connections that stand open: most have been answered and say no more, and some send a request a
// byte every now and then.
class Bystanders {
 public:
  explicit Bystanders(int port) {
    for (std::size_t i = 0; i < kIdle + kSlow; ++i) connections_.emplace_back(port);
    for (std::size_t i = 0; i < kIdle; ++i) connections_[i].Send(Get("/health/live"));
    for (std::size_t i = kIdle; i < kIdle + kSlow; ++i) {
      connections_[i].Send("GET /health/live HTTP/1.1\r\nHost: shop.example\r\nX-Slow: ");
    }
    dripping_ = std::thread([this] {
      while (!done_) {
        for (std::size_t i = kIdle; i < kIdle + kSlow; ++i) connections_[i].Send("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    });
  }
  Bystanders(const Bystanders&) = delete;
  Bystanders& operator=(const Bystanders&) = delete;
  ~Bystanders() {
    done_ = true;
    dripping_.join();
  }

 private:
  std::vector<LazyConnection> connections_;
  std::atomic<bool> done_{false};
  std::thread dripping_;
};

// The 99th of a hundred busy connections' answers.
void BenchBystanders(Report& report, int port) {
  report.progress("64 busy connections beside 500 idle and 50 slow ones");
  // Shorter than an idle connection may be idle, and a slow one slow.
  const LoadOptions busy{.port = port,
                         .connections = kBusy,
                         .duration = std::chrono::milliseconds(report.quick ? 100 : 1200),
                         .request = [] { return Get(std::string("/products/") + kCup); }};
  const int rounds = report.quick ? 1 : 9;
  std::vector<double> beside;
  std::vector<double> alone;
  for (int round = 0; round < rounds; ++round) {
    {
      const Bystanders bystanders(port);
      beside.push_back(Quantile(SendLoad(busy).good_ns, 0.99));
    }
    alone.push_back(Quantile(SendLoad(busy).good_ns, 0.99));
  }
  report.rows.push_back({"load",
                         "GET /products/{id}, p99 of 64 busy connections, 500 idle and 50 slow "
                         "ones beside",
                         "without those", Quantile(beside, 0.5), Quantile(alone, 0.5), 1.15,
                         rounds});
}

// How many orders are taken down when far more are sent than can be.
void BenchOverload(Report& report, shop::e2e::ShopProcess& shop) {
  report.progress("POST /orders, four times as many as can be taken");
  const std::string token = shop.admin_token();
  const nlohmann::json product = {{"name", "Espresso cup, porcelain"},
                                  {"description", "70 ml, thick-walled, dishwasher-safe."},
                                  {"price", {{"amount_minor", 890}, {"currency", "EUR"}}},
                                  {"stock", 100'000'000}};
  const std::string id =
      Customer(shop.port(), token).Send("POST", "/products", product, 201).value("id", "");
  const std::string body = R"({"lines":[{"product_id":")" + id + R"(","quantity":1}]})";
  const auto order = [&] {
    return "POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"
           "Authorization: Bearer " +
           token + "\r\nIdempotency-Key: " + seam::NewUuidV7() +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  const std::chrono::milliseconds duration(report.quick ? 100 : 1200);
  const int rounds = report.quick ? 1 : 7;
  // As many as it answers when each of 16 customers waits for the answer: its peak.
  const LoadOptions peak{
      .port = shop.port(), .connections = 16, .duration = duration, .request = order};
  static_cast<void>(SendLoad(peak));
  std::vector<double> at_peak;
  std::vector<double> overloaded;
  std::size_t refused = 0;
  for (int round = 0; round < rounds; ++round) {
    at_peak.push_back(SendLoad(peak).ns_per_good());
    LoadOptions overload = peak;
    overload.connections = 640;
    overload.rate = kTooMany * 1e9 / at_peak.back();
    const LoadResult result = SendLoad(overload);
    refused += result.refused;
    overloaded.push_back(result.ns_per_good());
  }
  if (!report.quick && refused == 0) GiveUp("nothing was refused: that was no overload");
  report.rows.push_back({"load", "POST /orders, time of one taken when 4 times too many are sent",
                         "at the peak", Quantile(overloaded, 0.5), Quantile(at_peak, 0.5), 1.25,
                         rounds});
}

}  // namespace

void BenchLoad(Report& report) {
  shop::e2e::ShopProcess shop({}, {"--data.samples", "--log.level", "warning"});
  if (!shop.WaitUntilReady()) GiveUp("the shop does not start");
  BenchBystanders(report, shop.port());
  BenchOverload(report, shop);
}

}  // namespace bench
