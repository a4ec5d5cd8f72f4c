#include <set>
#include <thread>

#include "orders_fixture.h"

namespace shop::orders {
namespace {

constexpr int kThreads = 8;

class RaceTest : public OrdersFixture {
 protected:
  // Runs work(0) to work(kThreads - 1) at once.
  static void AtOnce(const std::function<void(int)>& work) {
    std::atomic<int> ready = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        ++ready;
        while (ready < kThreads) std::this_thread::yield();
        work(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_F(RaceTest, OneKeyMakesOneOrderHoweverManyCallAtOnce) {
  const std::string cup = NewProduct(100);
  const auto second = Open(Options());  // As another process.
  std::mutex mutex;
  std::set<std::string> ids;
  AtOnce([&](int i) {
    auto& orders = i % 2 == 0 ? *orders_ : *second;
    for (int key = 0; key < 5; ++key) {
      const auto placed =
          orders.PlaceOrder(customer_, Order("key-000" + std::to_string(key), {{cup, 3}}));
      ASSERT_EQ(Outcome(placed), "OK") << placed.error().message;
      EXPECT_EQ(placed->order->state, kIsPlaced);
      const std::lock_guard lock(mutex);
      ids.insert(placed->order->id);
    }
  });
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_EQ(OwnOrders().size(), 5U);
  EXPECT_EQ(Stock(cup), 100 - 5 * 3);
  EXPECT_EQ(Reserved(cup), 0);
  for (const std::string& id : ids) ExpectFinal(id, kIsPlaced);
}

TEST_F(RaceTest, OneKeyWithTwoContentsGoesToOne) {
  const std::string cup = NewProduct(100);
  std::atomic<int> placed = 0;
  std::atomic<int> refused = 0;
  AtOnce([&](int i) {
    const std::string outcome = Outcome(Place("key-0001", {{cup, 1 + i}}));
    if (outcome == "OK") ++placed;
    if (outcome == "ALREADY_EXISTS IDEMPOTENCY_KEY_REUSED") ++refused;
  });
  EXPECT_EQ(placed, 1);
  EXPECT_EQ(refused, kThreads - 1);
  EXPECT_EQ(Stock(cup), 100 - OwnOrders().at(0).lines.at(0).quantity);
}

TEST_F(RaceTest, TheLastPiecesAreSoldOnce) {
  const std::string cup = NewProduct(11);
  std::atomic<int> placed = 0;
  std::atomic<int> refused = 0;
  AtOnce([&](int i) {
    for (int j = 0; j < 3; ++j) {
      const std::string outcome =
          Outcome(Place("key-" + std::to_string(1000 + i * 10 + j), {{cup, 2}}));
      if (outcome == "OK") ++placed;
      if (outcome == "FAILED_PRECONDITION INSUFFICIENT_STOCK") ++refused;
    }
  });
  EXPECT_EQ(placed, 5);
  EXPECT_EQ(refused, kThreads * 3 - 5);
  EXPECT_EQ(Stock(cup), 1);
  EXPECT_EQ(Reserved(cup), 0);
}

TEST_F(RaceTest, PlacingCancellingAndRecoveringAtOnceLosesNoStock) {
  const std::string cup = NewProduct(50);
  OrdersOptions options = Options();
  options.recovery_interval = std::chrono::milliseconds(1);
  options.recovery_age = std::chrono::milliseconds(0);
  const auto recovering = Open(options);
  AtOnce([&](int i) {
    for (int j = 0; j < 5; ++j) {
      const std::string key = "key-" + std::to_string(1000 + i / 2 * 10 + j);  // Two for each key.
      const std::string outcome = Outcome(Place(key, {{cup, 1}}));
      EXPECT_TRUE(outcome == "OK" || outcome == "ABORTED ORDER_CANCELLED") << outcome;
      if (i % 2 != 0) continue;
      for (const v1::Order& order : OwnOrders()) {
        EXPECT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
      }
    }
  });
  Worker worker(*this);
  Advance(std::chrono::minutes(1));
  EXPECT_EQ(worker.Run().failed, 0);
  std::int64_t sold = 0;
  for (const v1::Order& order : OwnOrders()) {
    if (order.state == kIsPlaced) ++sold;
    ExpectFinal(order.id, order.state);
  }
  EXPECT_EQ(OwnOrders().size(), 20U);
  EXPECT_EQ(Stock(cup) + sold, 50);
  EXPECT_EQ(Reserved(cup), 0);
}

}  // namespace
}  // namespace shop::orders
