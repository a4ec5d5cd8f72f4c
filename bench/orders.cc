// POST /orders on PostgreSQL: one customer's orders against a hand-written shop with the same
// transactions on the same server, where nothing is forced to the disk; and those of sixteen
// customers at once against one's, where each commit waits for the disk: for this machine's, which
// may answer in 0.1 ms, and for one that takes as long as those behind a network, or that turn.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "customer.h"
#include "postgresql_for_shops.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_process.h"
#include "suites.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using shop::e2e::ShopProcess;

constexpr std::size_t kOrderers = 16;

std::unique_ptr<ShopProcess> StartShop(const PostgresqlForShops& server,
                                       const std::string& prefix) {
  auto shop = std::make_unique<ShopProcess>(
      shop::e2e::Bindings{}, std::vector<std::string>{"--log.level", "warning"},
      std::map<std::string, std::vector<std::string>>{}, shop::e2e::Connections::kPlain,
      server.Arguments(prefix));
  if (!shop->WaitUntilReady()) GiveUp("the shop does not start");
  return shop;
}

// Products that nobody can buy up, made by the shop's admin.
std::vector<std::string> AddProducts(ShopProcess& shop, std::size_t count) {
  Customer admin(shop.port(), shop.admin_token());
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    const nlohmann::json product = {{"name", "Espresso cup, porcelain"},
                                    {"description", "70 ml, thick-walled, dishwasher-safe."},
                                    {"price", {{"amount_minor", 890}, {"currency", "EUR"}}},
                                    {"stock", 100'000'000}};
    ids.push_back(admin.Send("POST", "/products", product, 201).value("id", ""));
  }
  return ids;
}

void AgainstHandWritten(Report& report, const PostgresqlForShops& server, ShopProcess& shop) {
  report.progress("POST /orders against hand-written code");
  // The shop itself makes the tables.
  const std::vector<std::string> products_by_hand = AddProducts(*StartShop(server, "hand_"), 2);
  const std::vector<std::string> products = AddProducts(shop, 2);
  Customer customer(shop.port());

  const seam::testing::TemporaryFolder folder;
  std::ofstream(folder / "keys") << customer.Send("GET", "/.well-known/jwks.json", {}, 200).dump();
  seam::testing::Process by_hand(
      {"/proc/self/exe", "--serve", "orders:" + (folder / "keys"), "--address",
       server.address() + " user=postgres options='-c search_path=hand_orders,hand_products'"});
  const std::string_view start = "listening on ";
  const auto line = by_hand.WaitForLine(start);
  if (!line) GiveUp("the hand-written shop has ended: " + by_hand.output());
  Customer same_customer(std::stoi(line->substr(start.size())), customer.token());

  const int rounds = report.quick ? 2 : 41;
  const auto measured = RaceCalls({{"seam", [&] { customer.Order(products); }},
                                   {"by hand", [&] { same_customer.Order(products_by_hand); }}},
                                  rounds, report.quick ? 2 : 40);
  report.rows.push_back({"orders", "POST /orders with two lines on PostgreSQL, p50",
                         "hand-written: cpp-httplib and libpq, same transactions",
                         measured[0].nanoseconds, measured[1].nanoseconds, 1.15, rounds});
}

// What one order takes by the clock when so many customers order, each a product of its own.
double TimeOfOrder(std::vector<std::unique_ptr<Customer>>& customers, std::size_t count,
                   const std::vector<std::string>& products, int orders) {
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      for (int order = 0; order < orders; ++order) customers[i]->Order({products[i]});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto took = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  return took / static_cast<double>(count) / orders;
}

// Group commit.
void ManyAtOnce(Report& report, ShopProcess& shop, const std::string& disk,
                std::optional<double> goal) {
  report.progress("POST /orders with 16 callers, " + disk);
  const std::vector<std::string> products = AddProducts(shop, kOrderers);
  std::vector<std::unique_ptr<Customer>> customers;
  customers.push_back(std::make_unique<Customer>(shop.port()));
  while (customers.size() < kOrderers) {
    customers.push_back(std::make_unique<Customer>(shop.port(), customers.front()->token()));
  }
  // Connections are opened and caches warmed.
  static_cast<void>(TimeOfOrder(customers, kOrderers, products, report.quick ? 1 : 5));
  const int rounds = report.quick ? 1 : 9;
  const int orders = report.quick ? 2 : 20;
  std::vector<double> many;
  std::vector<double> one;
  for (int round = 0; round < rounds; ++round) {
    many.push_back(TimeOfOrder(customers, kOrderers, products, orders));
    one.push_back(TimeOfOrder(customers, 1, products, orders));
  }
  report.rows.push_back({"orders", "POST /orders, time of one when 16 callers order, " + disk,
                         "when one caller does", Quantile(many, 0.5), Quantile(one, 0.5), goal,
                         rounds});
}

}  // namespace

void BenchOrders(Report& report) {
  {
    const PostgresqlForShops server({});
    const auto shop = StartShop(server, "seam_");
    AgainstHandWritten(report, server, *shop);
    if (report.quick) ManyAtOnce(report, *shop, "fsync off", std::nullopt);
  }
  if (report.quick) return;
  std::vector<std::string> settings = {"fsync=on", "full_page_writes=on"};
  {
    const PostgresqlForShops server(settings);
    ManyAtOnce(report, *StartShop(server, "shop_"), "fsync on", std::nullopt);
  }
  // PostgreSQL waits before it flushes, for all that are to be flushed; for one alone as well.
  settings.insert(settings.end(), {"commit_delay=4000", "commit_siblings=0"});
  const PostgresqlForShops server(settings);
  ManyAtOnce(report, *StartShop(server, "shop_"), "fsync on, which takes 4 ms", 1.0 / 8);
}

}  // namespace bench
