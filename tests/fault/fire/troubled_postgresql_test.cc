// What the shop's customers see while its PostgreSQL server is in trouble: a refusal that comes in
// time and says when to ask again; and once the trouble is over, the shop as it was, without
// anybody's doing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "parts.h"
#include "seam/sql/open.h"
#include "shop_database.h"
#include "shop_process.h"

namespace shop::fault {
namespace {

using nlohmann::json;
using seam::sql::Session;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

constexpr int kCustomers = 16;
constexpr int kThreads = 12;  // Of the shop: fewer, so that one that is lost is missed.

// No call has more time, and a refused one makes a few. The rest is for a machine that is busy
// otherwise.
constexpr char kDeadline[] = "500";  // Milliseconds.
constexpr std::chrono::seconds kInTime{20};

struct Answers {
  std::vector<int> statuses;
  std::set<std::string> codes;  // Of the refusals.
  std::chrono::steady_clock::duration duration{};
};

// One server and one shop for all troubles, one after the other: each test also sees what the ones
// before have left.
class TroubledPostgresql : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<e2e::ShopDatabase>();
    shop_ = std::make_unique<e2e::ShopProcess>(
        e2e::Bindings{},
        std::vector<std::string>{
            "--modules.products.deadline_ms", kDeadline, "--modules.orders.deadline_ms", kDeadline,
            "--http.threads", std::to_string(kThreads), "--orders.recovery_interval_ms", "20",
            "--orders.recovery_age_ms", "100", "--orders.recovery_lease_ms", "2000"},
        std::map<std::string, std::vector<std::string>>{}, e2e::Connections::kPlain,
        database_->Arguments());
    ASSERT_TRUE(shop_->WaitUntilReady());
    authorization_ = "Bearer " + shop_->admin_token();
    const auto made =
        Connect(shop_->port())
            ->Post("/products", Headers(), NewProduct("goods", kStock), "application/json");
    ASSERT_TRUE(made);
    ASSERT_EQ(made->status, 201) << made->body;
    product_ = json::parse(made->body).at("id");
  }
  static void TearDownTestSuite() {
    shop_.reset();
    database_.reset();
  }

  static httplib::Headers Headers() { return {{"Authorization", authorization_}}; }

  static void Administer(const std::string& statements) {
    database_->OpenAsAdministrator()->Write(
        seam::Context(), [&](Session& session) { session.ExecuteScript(statements); });
  }

  // All customers read the product, or order it, at once.
  template <class Ask>
  static Answers AskAll(const Ask& ask) {
    std::vector<std::optional<httplib::Result>> results(kCustomers);
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> customers;
    for (int i = 0; i < kCustomers; ++i) {
      customers.emplace_back([&, i] { results[i].emplace(ask(*Connect(shop_->port()), i)); });
    }
    for (std::thread& customer : customers) customer.join();
    Answers answers;
    answers.duration = std::chrono::steady_clock::now() - begin;
    for (const auto& answer : results) {
      const httplib::Result& result = *answer;
      answers.statuses.push_back(result ? result->status : 0);
      if (!result || result->status < 400) continue;
      EXPECT_TRUE(result->has_header("Retry-After")) << result->body;
      answers.codes.insert(json::parse(result->body).value("code", ""));
    }
    return answers;
  }
  static Answers Read() {
    return AskAll([](httplib::Client& client, int) { return client.Get("/products/" + product_); });
  }
  Answers Order() const {
    return AskAll([this](httplib::Client& client, int customer) {
      auto headers = Headers();
      headers.emplace("Idempotency-Key", TestName() + "-" + std::to_string(customer));
      const json order = {{"lines", {{{"product_id", product_}, {"quantity", 1}}}}};
      return client.Post("/orders", headers, order.dump(), "application/json");
    });
  }

  static void ExpectRefused(const Answers& answers, const std::vector<std::string>& codes) {
    EXPECT_THAT(answers.statuses, Each(503));
    EXPECT_THAT(answers.codes, AllOf(Not(IsEmpty()), IsSubsetOf(codes)));
    EXPECT_LT(answers.duration, kInTime);
  }
  // In the end: a busy machine may reach a deadline.
  template <class Ask>
  static void AwaitServed(const Ask& ask, int status) {
    Complaints complaints;
    complaints.Await("answers", [&] {
      const std::vector<int> statuses = ask().statuses;
      return std::count(statuses.begin(), statuses.end(), status) == kCustomers;
    });
    EXPECT_THAT(complaints.list(), IsEmpty()) << shop_->output();
  }
  static int Readiness() {
    const auto answer = Connect(shop_->port())->Get("/health/ready");
    return answer ? answer->status : 0;
  }

  // After the trouble: everybody is served again, and who asks once more for what was refused gets
  // it, once.
  void ExpectRecovered() const {
    Complaints complaints;
    complaints.Await("a shop that is ready", [] { return Readiness() == 200; });
    EXPECT_THAT(complaints.list(), IsEmpty()) << shop_->output();
    AwaitServed(Read, 200);
    AwaitServed([this] { return Order(); }, 201);
    AwaitServed([this] { return Order(); }, 201);  // The same.
    const auto orders = database_->Open("orders");
    const auto placed = orders->Read(seam::Context(), [this](Session& session) {
      return session.QueryOne(
          "SELECT count(*) FROM customer_order WHERE state = 2 AND idempotency_key LIKE $1",
          {TestName() + "-%"}, [](const seam::sql::Row& row) { return row.Int64(0); });
    });
    EXPECT_EQ(placed, kCustomers);
    const auto taken = database_->Open("products")->Read(seam::Context(), [](Session& session) {
      return session.QueryOne("SELECT stock + reserved FROM product", {},
                              [](const seam::sql::Row& row) { return row.Int64(0); });
    });
    const auto all = orders->Read(seam::Context(), [](Session& session) {
      return session.QueryOne("SELECT count(*) FROM customer_order WHERE state = 2", {},
                              [](const seam::sql::Row& row) { return row.Int64(0); });
    });
    EXPECT_EQ(taken.value() + all.value(), kStock);
  }

  static std::string TestName() {
    return ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  static constexpr std::int64_t kStock = 1'000'000;

  static inline std::unique_ptr<e2e::ShopDatabase> database_;
  static inline std::unique_ptr<e2e::ShopProcess> shop_;
  static inline std::string authorization_;
  static inline std::string product_;
};

TEST_F(TroubledPostgresql, IsRestarted) {
  AwaitServed(Read, 200);
  database_->server().Stop();
  ExpectRefused(Read(), {"DATABASE_UNAVAILABLE"});
  ExpectRefused(Order(), {"DATABASE_UNAVAILABLE", "TOKEN_KEYS_UNAVAILABLE"});
  EXPECT_EQ(Readiness(), 503);
  database_->server().Start();
  ExpectRecovered();
}

TEST_F(TroubledPostgresql, IsPaused) {
  AwaitServed(Read, 200);
  database_->server().Pause();
  // There are fewer threads than customers, and who has to wait too long for one is told so.
  ExpectRefused(Read(),
                {"DATABASE_BUSY", "DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED", "OVERLOADED"});
  // Auth's tables are on that server as well.
  ExpectRefused(Order(), {"DATABASE_BUSY", "DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED",
                          "OVERLOADED", "TOKEN_KEYS_UNAVAILABLE"});
  EXPECT_EQ(Readiness(), 503);
  // What the customers cannot be told.
  for (const char* const module : {"products", "orders"}) {
    EXPECT_THAT(shop_->output(),
                ContainsRegex("the database has not answered in time[^}]*role shop_" +
                              std::string(module)));
  }
  database_->server().Resume();
  ExpectRecovered();
}

TEST_F(TroubledPostgresql, HasNoConnectionLeft) {
  AwaitServed(Read, 200);
  Administer(
      "ALTER ROLE shop_products CONNECTION LIMIT 0; ALTER ROLE shop_orders CONNECTION LIMIT 0;"
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE usename IN ('shop_products', 'shop_orders')");
  const Answers read = Read();
  // A call that waited for one may have been too late to say so.
  const std::vector<std::string> codes = {"DATABASE_BUSY", "DEADLINE_EXCEEDED", "OVERLOADED"};
  ExpectRefused(read, codes);
  EXPECT_THAT(read.codes, Contains("DATABASE_BUSY"));
  ExpectRefused(Order(), codes);
  EXPECT_EQ(Readiness(), 503);
  Administer(
      "ALTER ROLE shop_products CONNECTION LIMIT -1; ALTER ROLE shop_orders CONNECTION LIMIT -1");
  ExpectRecovered();
}

// The table of the orders is filled until it cannot grow: with rows that leave no room for an order
// in their pages, and with small ones where there is some.
TEST_F(TroubledPostgresql, HasNoDiskLeft) {
  constexpr std::uint64_t kPage = 8192;
  constexpr std::uint64_t kLogSegment = 2048 * kPage;
  AwaitServed(Read, 200);
  Administer("ALTER TABLE shop_orders.customer_order ALTER COLUMN currency SET STORAGE PLAIN");
  database_->server().LimitFiles(kLogSegment + kPage / 2);
  Administer(R"(DO $$
    DECLARE
      made INTEGER := 0;
      size INTEGER;
    BEGIN
      FOREACH size IN ARRAY ARRAY[7950, 10] LOOP
        LOOP
          BEGIN
            INSERT INTO shop_orders.customer_order VALUES
              ('filler ' || made, 'filler', made, 3, 1, repeat('x', size), 0, 0, 0, 0);
          EXCEPTION WHEN disk_full THEN EXIT;
          END;
          made := made + 1;
        END LOOP;
      END LOOP;
    END $$)");
  ExpectRefused(Order(), {"DATABASE_UNAVAILABLE"});
  EXPECT_THAT(shop_->output(), ContainsRegex("could not extend file[^}]*SQLSTATE 53100"));
  AwaitServed(Read, 200);
  database_->server().LimitFiles(std::nullopt);
  ExpectRecovered();
}

TEST_F(TroubledPostgresql, IsSlow) {
  const auto administrator = database_->OpenAsAdministrator();
  administrator->Write(seam::Context(), [this](Session& session) {
    session.ExecuteScript("LOCK TABLE shop_products.product IN ACCESS EXCLUSIVE MODE");
    const std::vector<std::string> codes = {"DATABASE_BUSY", "DEADLINE_EXCEEDED", "OVERLOADED"};
    ExpectRefused(Read(), codes);
    ExpectRefused(Order(), codes);
  });
  ExpectRecovered();
}

}  // namespace
}  // namespace shop::fault
