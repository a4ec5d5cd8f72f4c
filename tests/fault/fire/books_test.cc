// Each fault that books may have is found; see books.h.

#include "books.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shop::fault {
namespace {

using orders::v1::OrderState;
using products::v1::ReservationState;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three orders for a cup of which there were ten: one is placed, one was cancelled, and one was
// refused.
class BooksTest : public ::testing::Test {
 protected:
  BooksTest() {
    books_.products["cup"] = {.stock = 6, .reserved = 0};
    Add("placed", OrderState::ORDER_STATE_PLACED, true);
    Add("cancelled", OrderState::ORDER_STATE_CANCELLED, true);
    Add("rejected", OrderState::ORDER_STATE_REJECTED, false);
    books_.reservations["placed"] = {ReservationState::RESERVATION_STATE_CONFIRMED, kFour};
    books_.reservations["cancelled"] = {ReservationState::RESERVATION_STATE_RELEASED, kFour};
    books_.reservations["rejected"] = {ReservationState::RESERVATION_STATE_RELEASED, {}};
    told_[KeyOf("placed")] = {.lines = kFour, .answer = Told::Answer::kPlaced, .id = "placed"};
    told_[KeyOf("cancelled")] = {.lines = kFour,
                                 .answer = Told::Answer::kPlaced,
                                 .id = "cancelled",
                                 .cancelled = Told::Cancelled::kYes};
    told_[KeyOf("rejected")] = {.lines = kFour, .answer = Told::Answer::kRejected};
  }

  static Key KeyOf(const std::string& id) { return {"ada", "key-" + id}; }

  void Add(const std::string& id, OrderState state, bool was_placed) {
    books_.orders.push_back({.id = id,
                             .key = KeyOf(id),
                             .state = state,
                             .settled = true,
                             .was_placed = was_placed,
                             .lines = kFour});
  }

  [[nodiscard]] std::vector<std::string> Faults() const {
    return FindFaults(books_, {{"cup", 10}}, told_);
  }
  void ExpectFault(const std::string& part) const {
    EXPECT_THAT(Faults(), Contains(HasSubstr(part)));
  }

  const Goods kFour{{"cup", 4}};
  Books books_;
  std::map<Key, Told> told_;
};

TEST_F(BooksTest, WithoutAFault) {
  EXPECT_THAT(Faults(), IsEmpty());
  EXPECT_TRUE(books_.IsQuiet());
}

TEST_F(BooksTest, LostStock) {
  books_.products["cup"].stock = 5;
  ExpectFault("of the product cup there were 10, and there are 5, 0 reserved and 4 sold");
}

TEST_F(BooksTest, OversoldStock) {
  books_.products["cup"].stock = 0;
  for (const char* const id : {"second", "third"}) {
    Add(id, OrderState::ORDER_STATE_PLACED, true);
    books_.reservations[id] = {ReservationState::RESERVATION_STATE_CONFIRMED, kFour};
    told_[KeyOf(id)] = {.lines = kFour};
  }
  ExpectFault("and there are 0, 0 reserved and 12 sold");
}

TEST_F(BooksTest, StockThatIsStillReserved) {
  books_.products["cup"] = {.stock = 5, .reserved = 1};
  ExpectFault("something is reserved");
}

TEST_F(BooksTest, ProductThatIsGone) {
  books_.products.clear();
  ExpectFault("the product cup is gone");
}

TEST_F(BooksTest, UnfinishedOrders) {
  books_.orders[0].settled = false;
  EXPECT_FALSE(books_.IsQuiet());
  ExpectFault("is not final: PLACED, not settled");
  books_.orders[0].state = OrderState::ORDER_STATE_PENDING;
  books_.orders[0].settled = true;
  ExpectFault("is not final: PENDING");
}

TEST_F(BooksTest, PlacedOrderWithoutStock) {
  books_.reservations.erase("placed");
  ExpectFault("is placed, and has no stock");
}

TEST_F(BooksTest, PlacedOrderWithOtherStock) {
  books_.reservations["placed"].lines = {{"cup", 3}};
  ExpectFault("has other stock than was ordered");
}

TEST_F(BooksTest, CancelledOrderWithStock) {
  books_.reservations["cancelled"].state = ReservationState::RESERVATION_STATE_CONFIRMED;
  ExpectFault("is CANCELLED, and has stock");
}

TEST_F(BooksTest, ReservationOfNobody) {
  books_.reservations["nobody"].state = ReservationState::RESERVATION_STATE_RESERVED;
  EXPECT_FALSE(books_.IsQuiet());
  ExpectFault("the reservation nobody has no order");
  ExpectFault("the reservation nobody is left open");
}

TEST_F(BooksTest, TwoOrdersForOneKey) {
  books_.orders.push_back(books_.orders[2]);
  ExpectFault("2 orders for the key key-rejected of ada");
}

TEST_F(BooksTest, OrderThatNobodyHasAskedFor) {
  told_.erase(KeyOf("rejected"));
  ExpectFault("is nobody's");
}

TEST_F(BooksTest, OrderOfOtherThings) {
  told_[KeyOf("placed")].lines = {{"cup", 2}};
  ExpectFault("has other lines than were asked for");
}

TEST_F(BooksTest, AcknowledgedOrderThatIsGone) {
  books_.orders.erase(books_.orders.begin());
  ExpectFault("was placed, and there is none");
}

TEST_F(BooksTest, OtherThanWasAnswered) {
  told_[KeyOf("placed")].cancelled = Told::Cancelled::kYes;
  ExpectFault("key-placed of ada, placed, is PLACED; its buyer was told");
  told_[KeyOf("cancelled")].cancelled = Told::Cancelled::kNo;
  ExpectFault("key-cancelled of ada, cancelled, is CANCELLED; its buyer was told");
  told_[KeyOf("rejected")].answer = Told::Answer::kCancelled;
  ExpectFault("is REJECTED; its buyer was told: cancelled before it was placed");
}

TEST_F(BooksTest, OtherOrderThanWasAnswered) {
  told_[KeyOf("placed")].id = "another";
  ExpectFault("its buyer was told: placed another");
}

TEST(MemoryTest, TellsTwoAnswersToOneKey) {
  const Key key{"ada", "key-1"};
  Memory memory;
  memory.WillPlace(key, {{"cup", 1}});
  EXPECT_FALSE(memory.WasAnswered(key, Told::Answer::kPlaced, "one"));
  EXPECT_FALSE(memory.WasAnswered(key, Told::Answer::kPlaced, "one"));
  EXPECT_TRUE(memory.WasAnswered(key, Told::Answer::kPlaced, "another"));
  EXPECT_TRUE(memory.WasAnswered(key, Told::Answer::kRejected));
}

TEST(MemoryTest, TellsACancellationThatNobodyHasAskedFor) {
  const Key key{"ada", "key-1"};
  Memory memory;
  memory.WillPlace(key, {{"cup", 1}});
  EXPECT_TRUE(memory.WasAnswered(key, Told::Answer::kPlaced, "one", /*is_cancelled=*/true));
  memory.WillCancel(key);
  EXPECT_FALSE(memory.WasAnswered(key, Told::Answer::kPlaced, "one", /*is_cancelled=*/true));
}

}  // namespace
}  // namespace shop::fault
