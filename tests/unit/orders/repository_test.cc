#include "orders/repository.h"

#include "orders_fixture.h"

namespace shop::orders {
namespace {

using repository::Unsettled;

// The guards that races run into, one statement at a time.
class OrdersRepositoryTest : public OrdersFixture {
 protected:
  OrdersRepositoryTest() {
    order_.id = seam::NewUuidV7();
    order_.customer_id = "alice";
    order_.total.emplace().currency = "EUR";
  }

  template <class Work>
  auto Write(Work&& work) {
    return database_->Write(Context(), std::forward<Work>(work));
  }

  const std::unique_ptr<seam::sql::Database> database_ = OpenBeside();
  v1::Order order_;
};

TEST_F(OrdersRepositoryTest, AKeyIsTakenOnce) {
  Write([&](Session& session) {
    EXPECT_TRUE(repository::InsertOrder(session, order_, "key-0001", 1));
    v1::Order other = order_;
    other.id = seam::NewUuidV7();
    EXPECT_FALSE(repository::InsertOrder(session, other, "key-0001", 2));
    EXPECT_EQ(repository::FindIdByKey(session, "alice", "key-0001"), order_.id);
    EXPECT_FALSE(repository::FindOrder(session, other.id).has_value());
  });
}

TEST_F(OrdersRepositoryTest, AnOrderMovesFromTheStateItHas) {
  Write([&](Session& session) {
    ASSERT_TRUE(repository::InsertOrder(session, order_, "key-0001", 1));
    EXPECT_FALSE(repository::MoveOrder(session, order_.id, kIsPlaced, kIsCancelled, 2));
    EXPECT_TRUE(repository::MoveOrder(session, order_.id, kIsPending, kIsPlaced, 3));
    EXPECT_FALSE(repository::MoveOrder(session, order_.id, kIsPending, kIsRejected, 4));
    EXPECT_FALSE(repository::SettleOrder(session, order_.id, kIsCancelled));
    EXPECT_TRUE(repository::SettleOrder(session, order_.id, kIsPlaced));
    EXPECT_FALSE(repository::SettleOrder(session, order_.id, kIsPlaced));
    EXPECT_TRUE(repository::MoveOrder(session, order_.id, kIsPlaced, kIsCancelled, 5));
    const auto stored = repository::FindOrder(session, order_.id);
    EXPECT_EQ(stored->order.state, kIsCancelled);
    EXPECT_FALSE(stored->settled);
    EXPECT_TRUE(stored->was_placed);
  });
}

TEST_F(OrdersRepositoryTest, OneOfSeveralTakesAnUnsettledOrderUp) {
  Write([&](Session& session) {
    ASSERT_TRUE(repository::InsertOrder(session, order_, "key-0001", 10));
    EXPECT_TRUE(repository::FindUnsettled(session, 14, 5, 5).empty());
    const auto found = repository::FindUnsettled(session, 15, 5, 5);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(repository::TouchOrder(session, found[0], 20));
    EXPECT_FALSE(repository::TouchOrder(session, found[0], 20));
    EXPECT_TRUE(repository::FindUnsettled(session, 24, 5, 5).empty());
    ASSERT_TRUE(repository::MoveOrder(session, order_.id, kIsPending, kIsPlaced, 30));
    ASSERT_TRUE(repository::SettleOrder(session, order_.id, kIsPlaced));
    EXPECT_TRUE(repository::FindUnsettled(session, 100, 5, 5).empty());
    const Unsettled settled{.id = order_.id, .touched_at = 30};
    EXPECT_FALSE(repository::TouchOrder(session, settled, 40));
  });
}

TEST_F(OrdersRepositoryTest, ALeaseIsTakenFromNobodyBeforeItLapses) {
  Write([&](Session& session) {
    EXPECT_TRUE(repository::TakeLease(session, "one", 10, 10));
    EXPECT_FALSE(repository::TakeLease(session, "two", 19, 10));
    EXPECT_TRUE(repository::TakeLease(session, "two", 20, 10));
    repository::ReturnLease(session, "one");  // It is not its own any more.
    EXPECT_FALSE(repository::TakeLease(session, "one", 29, 10));
    repository::ReturnLease(session, "two");
    EXPECT_TRUE(repository::TakeLease(session, "one", 29, 10));
  });
}

}  // namespace
}  // namespace shop::orders
