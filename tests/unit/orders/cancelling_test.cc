#include "orders_fixture.h"

namespace shop::orders {
namespace {

using testing::DoDefault;
using testing::ElementsAre;
using testing::Pair;
using testing::Return;

class CancellingTest : public OrdersFixture {
 protected:
  using Released = Result<products::v1::ReleaseReservationResponse>;

  // Takes an order down that products was not asked about, and returns its id.
  std::string Pending(const std::string& key, const Lines& lines) {
    EXPECT_CALL(products_, ReserveStock)
        .WillOnce(Return(NotDelivered()))
        .WillRepeatedly(DoDefault());
    EXPECT_EQ(Outcome(Place(key, lines)), "UNAVAILABLE CANNOT_CONNECT");
    return OnlyOrder();
  }
};

TEST_F(CancellingTest, AnOrderGivesItsStockBack) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  Advance(std::chrono::minutes(1));
  const auto cancelled = Cancel(customer_, order.id);
  ASSERT_EQ(Outcome(cancelled), "OK");
  v1::Order expected = order;
  expected.state = kIsCancelled;
  expected.updated_at->seconds += 60;
  EXPECT_TRUE(*cancelled->order == expected);
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(order.id, kIsCancelled);
}

TEST_F(CancellingTest, MadeAgainItChangesNothing) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  const auto first = Cancel(customer_, order.id);
  Advance(std::chrono::minutes(1));
  EXPECT_CALL(products_, ReleaseReservation).Times(0);
  EXPECT_TRUE(*Cancel(customer_, order.id)->order == *first->order);
  EXPECT_EQ(Stock(cup), 10);
}

TEST_F(CancellingTest, PlacingAgainTellsOfAPlacedOrderThatItWasCancelled) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  ASSERT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  const auto again = Place("key-0001", {{cup, 4}});
  ASSERT_EQ(Outcome(again), "OK");
  EXPECT_EQ(again->order->id, order.id);
  EXPECT_EQ(again->order->state, kIsCancelled);
  EXPECT_EQ(Stock(cup), 10);
}

TEST_F(CancellingTest, AnOrderCanBeCancelledBeforeItIsPlaced) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending("key-0001", {{cup, 4}});
  ASSERT_EQ(Outcome(Cancel(customer_, id)), "OK");
  ExpectFinal(id, kIsCancelled);
  const auto again = Place("key-0001", {{cup, 4}});
  EXPECT_EQ(Outcome(again), "ABORTED ORDER_CANCELLED");
  EXPECT_THAT(again.error().metadata, ElementsAre(Pair("order_id", id)));
  EXPECT_EQ(Stock(cup), 10);
}

TEST_F(CancellingTest, ARefusedOrderHasNothingToCancel) {
  ASSERT_FALSE(Place("key-0001", {{NewProduct(1), 2}}));
  const std::string id = OnlyOrder();
  const auto refused = Cancel(customer_, id);
  EXPECT_EQ(Outcome(refused), "FAILED_PRECONDITION ORDER_REJECTED");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("order_id", id)));
  EXPECT_EQ(State(id), kIsRejected);
}

TEST_F(CancellingTest, AReleaseThatIsNotDeliveredComesLater) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  EXPECT_CALL(products_, ReleaseReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  const auto cancelled = Cancel(customer_, order.id);
  ASSERT_EQ(Outcome(cancelled), "OK");
  EXPECT_EQ(cancelled->order->state, kIsCancelled);
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_FALSE(Settled(order.id));
  Advance(std::chrono::minutes(1));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(order.id, kIsCancelled);
}

TEST_F(CancellingTest, AReleaseWhoseAnswerIsLostGivesBackOnce) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  EXPECT_CALL(products_, ReleaseReservation)
      .WillOnce([&](const auto& context, const auto& request) -> Released {
        EXPECT_EQ(Outcome(real_.ReleaseReservation(context, request)), "OK");
        return OutcomeUnknown();
      })
      .WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  EXPECT_FALSE(Settled(order.id));
  EXPECT_EQ(Outcome(Cancel(customer_, order.id)), "OK");  // The customer may be first, too.
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(order.id, kIsCancelled);
}

TEST_F(CancellingTest, BeforeTheReservationArrivesItTakesNothing) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
    return real_.ReserveStock(context, request);
  });
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "ABORTED ORDER_CANCELLED");
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(CancellingTest, AfterTheReservationItIsGivenBack) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    auto reserved = real_.ReserveStock(context, request);
    EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
    return reserved;
  });
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "ABORTED ORDER_CANCELLED");
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(CancellingTest, ThePlacingCallReleasesWhatItReservedForACancelledOrder) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    auto reserved = real_.ReserveStock(context, request);
    EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
    EXPECT_EQ(Stock(cup), 6);  // Its release was not delivered.
    return reserved;
  });
  EXPECT_CALL(products_, ReleaseReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "ABORTED ORDER_CANCELLED");
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(CancellingTest, BeforeTheConfirmationArrivesItPrevails) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce([&](const auto& context, const auto& request) {
        EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
        return real_.ConfirmReservation(context, request);
      });
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "OK");  // It was placed.
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(CancellingTest, AConfirmationDoesNotSettleAnOrderThatWasCancelledMeanwhile) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce([&](const auto& context, const auto& request) {
        auto confirmed = real_.ConfirmReservation(context, request);
        EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
        return confirmed;
      });
  EXPECT_CALL(products_, ReleaseReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "OK");
  EXPECT_FALSE(Settled(OnlyOrder()));
  Advance(std::chrono::minutes(1));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(CancellingTest, TheIdIsChecked) {
  const std::string bad = "INVALID_ARGUMENT INVALID_FIELD field=id";
  EXPECT_EQ(Outcome(Cancel(customer_, "")), bad);
  EXPECT_EQ(Outcome(Cancel(customer_, "no-id")), bad);
  EXPECT_EQ(Outcome(Get(customer_, "no-id")), bad);
}

TEST_F(CancellingTest, AnothersOrderIsLikeNone) {
  const v1::Order order = Placed("key-0001", {{NewProduct(1), 1}});
  const std::string unknown = seam::NewUuidV7();
  for (const auto& call : {std::function<Error(const std::string&)>(
                               [&](const std::string& id) { return Get(other_, id).error(); }),
                           std::function<Error(const std::string&)>([&](const std::string& id) {
                             return Cancel(other_, id).error();
                           })}) {
    Error others = call(order.id);
    EXPECT_EQ(others.reason, "ORDER_NOT_FOUND");
    EXPECT_EQ(others.code, Code::kNotFound);
    others.message.replace(others.message.find(order.id), order.id.size(), unknown);
    others.metadata["order_id"] = unknown;
    EXPECT_EQ(others, call(unknown));
  }
  EXPECT_EQ(State(order.id), kIsPlaced);
}

TEST_F(CancellingTest, AnAdminSeesAndCancelsAnyOrder) {
  const std::string cup = NewProduct(1);
  const v1::Order order = Placed("key-0001", {{cup, 1}});
  EXPECT_TRUE(*Get(admin_, order.id)->order == order);
  EXPECT_EQ(Outcome(Cancel(admin_, order.id)), "OK");
  EXPECT_EQ(Stock(cup), 1);
  EXPECT_EQ(Outcome(Get(admin_, seam::NewUuidV7())), "NOT_FOUND ORDER_NOT_FOUND");
}

}  // namespace
}  // namespace shop::orders
