// The whole shop over HTTP: every module in a process of its own against all in one. Both shops run
// side by side and take turns, on the same machine and with databases of their own.

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "customer.h"
#include "postgresql_for_shops.h"
#include "shop_process.h"
#include "suites.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

// The requests of a visit, each timed. Logging in is left out: hashing the password is all it does.
std::vector<double> Visit(Customer& customer) {
  std::vector<double> nanoseconds;
  const auto timed = [&](const auto& ask) {
    const auto start = Clock::now();
    auto answer = ask();
    nanoseconds.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
    return answer;
  };
  const auto get = [&](const std::string& path) {
    timed([&] { return customer.Send("GET", path, {}, 200); });
  };
  get("/products?page_size=20");
  get(std::string("/products/") + kCup);
  get(std::string("/products/") + kTowel);
  get("/users/me");
  const std::string id = timed([&] { return customer.Order({kCup, kTowel}); });
  get("/orders/" + id);
  get("/orders");
  timed([&] { return customer.Send("POST", "/orders/" + id + "/cancel", {}, 200); });
  return nanoseconds;
}

// The processor time that a process has used, in nanoseconds.
double CpuTime(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  const std::vector<std::string> field{std::istream_iterator<std::string>(fields), {}};
  // Fields 14 and 15 of proc(5), counted from the third.
  const double ticks = std::stod(field.at(11)) + std::stod(field.at(12));
  return ticks * 1e9 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Contender {
  // `database` is what ShopProcess takes.
  Contender(const std::string& binding, std::vector<std::string> database)
      : shop(shop::e2e::AllBound(binding), {"--data.samples", "--log.level", "warning"}, {},
             shop::e2e::Connections::kPlain, std::move(database)) {
    if (!shop.WaitUntilReady()) GiveUp("the shop does not start");
    customer = std::make_unique<Customer>(shop.port());
    pids.push_back(shop.shop().pid());
    if (binding == "grpc") {
      for (const char* const module : {"auth", "users", "products", "inventory", "orders"}) {
        pids.push_back(shop.service(module).pid());
      }
    }
  }

  [[nodiscard]] double cpu_time() const {
    double sum = 0;
    for (const int pid : pids) sum += CpuTime(pid);
    return sum;
  }

  shop::e2e::ShopProcess shop;
  std::unique_ptr<Customer> customer;
  std::vector<int> pids;
  std::vector<double> samples;
  double cpu = 0;
};

// One customer's requests, one after the other.
void BenchLatency(Report& report, const std::string& group, Contender& remote, Contender& local) {
  const int rounds = report.quick ? 2 : 41;
  const int visits = report.quick ? 1 : 10;
  for (int round = 0; round <= rounds; ++round) {
    for (Contender* const contender : {&remote, &local}) {
      const double before = contender->cpu_time();
      for (int visit = 0; visit < visits; ++visit) {
        const auto times = Visit(*contender->customer);
        // The first round warms connections and caches.
        if (round > 0) {
          contender->samples.insert(contender->samples.end(), times.begin(), times.end());
        }
      }
      if (round > 0) contender->cpu += contender->cpu_time() - before;
    }
  }
  const auto row = [&](const char* name, double ours, double theirs, std::optional<double> goal) {
    report.rows.push_back({group, name, "all modules in one process", ours, theirs, goal, rounds});
  };
  // The goals are what others have published of one process split into services.
  row("a visit's requests, every module remote, p50", Quantile(remote.samples, 0.5),
      Quantile(local.samples, 0.5), 7.0);
  row("a visit's requests, every module remote, p99", Quantile(remote.samples, 0.99),
      Quantile(local.samples, 0.99), std::nullopt);
  row("processor time of a request, every module remote",
      remote.cpu / static_cast<double>(remote.samples.size()),
      local.cpu / static_cast<double>(local.samples.size()), 3.1);
}

// How long a request takes by the clock when several customers ask at once.
double WithManyCustomers(int port, int visits) {
  constexpr int kCustomers = 8;
  std::vector<std::unique_ptr<Customer>> customers;
  for (int i = 0; i < kCustomers; ++i) customers.push_back(std::make_unique<Customer>(port));
  std::vector<std::thread> threads;
  std::array<std::size_t, kCustomers> requests{};
  const auto start = Clock::now();
  for (int i = 0; i < kCustomers; ++i) {
    threads.emplace_back([&, i] {
      const auto at = static_cast<std::size_t>(i);
      for (int visit = 0; visit < visits; ++visit) requests[at] += Visit(*customers[at]).size();
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto took = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  std::size_t sum = 0;
  for (const std::size_t count : requests) sum += count;
  return took / static_cast<double>(sum);
}

void Compare(Report& report, const std::string& group, Contender& remote, Contender& local) {
  BenchLatency(report, group, remote, local);
  const int rounds = report.quick ? 1 : 7;
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(WithManyCustomers(remote.shop.port(), report.quick ? 1 : 20));
    theirs.push_back(WithManyCustomers(local.shop.port(), report.quick ? 1 : 20));
  }
  report.rows.push_back({group, "time a request with 8 customers, every module remote",
                         "all modules in one process", Quantile(ours, 0.5), Quantile(theirs, 0.5),
                         std::nullopt, rounds});
}

}  // namespace

void BenchShop(Report& report) {
  report.progress("the shop over HTTP");
  Contender remote("grpc", {});
  Contender local("in-process", {});
  Compare(report, "shop", remote, local);
}

void BenchShopOnPostgresql(Report& report) {
  report.progress("the shop over HTTP, on PostgreSQL");
  // One server for both, which take turns.
  PostgresqlForShops server({});
  Contender remote("grpc", server.Arguments("remote_"));
  Contender local("in-process", server.Arguments("local_"));
  Compare(report, "shop on PostgreSQL", remote, local);
}

}  // namespace bench
