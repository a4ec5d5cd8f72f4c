// The whole shop over HTTP: every module in a process of its own against all in one. Both shops run
// side by side and take turns, on the same machine and with databases of their own.

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "seam/core/uuid.h"
#include "shop_process.h"
#include "suites.h"

namespace bench {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr char kCup[] = "01900000-0000-7000-8000-000000000001";
constexpr char kTowel[] = "01900000-0000-7000-8000-00000000000b";

[[noreturn]] void EndWith(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::abort();
}

// A customer who is logged in, on a connection that stays open.
class Customer {
 public:
  explicit Customer(int port) : client_("127.0.0.1", port) {
    client_.set_tcp_nodelay(true);
    client_.set_keep_alive(true);
    client_.set_read_timeout(std::chrono::seconds(30));
    json account = {{"email", seam::NewUuidV7() + "@customers.example"},
                    {"password", "correct horse battery staple"},
                    {"name", "Ada"}};
    Send("POST", "/auth/register", account, 201);
    account.erase("name");
    token_ = Send("POST", "/auth/login", account, 200).value("access_token", "");
  }

  // The requests of a visit, each timed. Logging in is left out: hashing the password is all it
  // does.
  std::vector<double> Visit() {
    std::vector<double> nanoseconds;
    const auto timed = [&](const char* method, const std::string& path, const json& body,
                           int status) {
      const auto start = Clock::now();
      json answer = Send(method, path, body, status);
      nanoseconds.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
      return answer;
    };
    timed("GET", "/products?page_size=20", {}, 200);
    timed("GET", std::string("/products/") + kCup, {}, 200);
    timed("GET", std::string("/products/") + kTowel, {}, 200);
    timed("GET", "/users/me", {}, 200);
    const json order = {
        {"lines",
         {{{"product_id", kCup}, {"quantity", 1}}, {{"product_id", kTowel}, {"quantity", 2}}}}};
    const std::string id = timed("POST", "/orders", order, 201).value("id", "");
    timed("GET", "/orders/" + id, {}, 200);
    timed("GET", "/orders", {}, 200);
    timed("POST", "/orders/" + id + "/cancel", {}, 200);
    return nanoseconds;
  }

 private:
  json Send(const char* method, const std::string& path, const json& body, int status) {
    httplib::Request request;
    request.method = method;
    request.path = path;
    if (!token_.empty()) request.headers.emplace("Authorization", "Bearer " + token_);
    if (!body.is_null()) {
      request.body = body.dump();
      request.headers.emplace("Content-Type", "application/json");
    }
    if (path == "/orders" && request.method == "POST") {
      request.headers.emplace("Idempotency-Key", seam::NewUuidV7());
    }
    const auto answer = client_.send(request);
    if (!answer || answer->status != status) {
      EndWith(request.method + " " + path + ": " +
              (answer ? std::to_string(answer->status) + " " + answer->body
                      : httplib::to_string(answer.error())));
    }
    return answer->body.empty() ? json() : json::parse(answer->body);
  }

  httplib::Client client_;
  std::string token_;
};

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
  explicit Contender(const std::string& binding)
      : shop(shop::e2e::AllBound(binding), {"--data.samples", "--log.level", "warning"}) {
    if (!shop.WaitUntilReady()) EndWith("the shop does not start");
    customer = std::make_unique<Customer>(shop.port());
    pids.push_back(shop.shop().pid());
    if (binding == "grpc") {
      for (const char* const module : {"auth", "users", "products", "orders"}) {
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

double Quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

// One customer's requests, one after the other.
void BenchLatency(Report& report, Contender& remote, Contender& local) {
  const int rounds = report.quick ? 2 : 41;
  const int visits = report.quick ? 1 : 10;
  for (int round = 0; round <= rounds; ++round) {
    for (Contender* const contender : {&remote, &local}) {
      const double before = contender->cpu_time();
      for (int visit = 0; visit < visits; ++visit) {
        const auto times = contender->customer->Visit();
        // The first round warms connections and caches.
        if (round > 0) {
          contender->samples.insert(contender->samples.end(), times.begin(), times.end());
        }
      }
      if (round > 0) contender->cpu += contender->cpu_time() - before;
    }
  }
  const auto row = [&](const char* name, double ours, double theirs, std::optional<double> goal) {
    report.rows.push_back({"shop", name, "all modules in one process", ours, theirs, goal, rounds});
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
      for (int visit = 0; visit < visits; ++visit) requests[at] += customers[at]->Visit().size();
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto took = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  std::size_t sum = 0;
  for (const std::size_t count : requests) sum += count;
  return took / static_cast<double>(sum);
}

}  // namespace

void BenchShop(Report& report) {
  report.progress("the shop over HTTP");
  Contender remote("grpc");
  Contender local("in-process");
  BenchLatency(report, remote, local);

  const int rounds = report.quick ? 1 : 7;
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(WithManyCustomers(remote.shop.port(), report.quick ? 1 : 20));
    theirs.push_back(WithManyCustomers(local.shop.port(), report.quick ? 1 : 20));
  }
  report.rows.push_back({"shop", "time a request with 8 customers, every module remote",
                         "all modules in one process", Quantile(ours, 0.5), Quantile(theirs, 0.5),
                         std::nullopt, rounds});
}

}  // namespace bench
