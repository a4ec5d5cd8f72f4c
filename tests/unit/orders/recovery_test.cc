#include "orders/recovery.h"

#include <future>
#include <optional>
#include <thread>

#include "orders/repository.h"
#include "orders_fixture.h"

namespace shop::orders {
namespace {

using testing::DoDefault;
using testing::HasSubstr;
using testing::Return;

class RecoveryTest : public OrdersFixture {
 protected:
  using Reserve = Result<products::v1::ReserveStockResponse>;
  using Confirm = Result<products::v1::ConfirmReservationResponse>;

  // From now on until Reach(), nothing reaches products.
  void CutOff() {
    ON_CALL(products_, ReserveStock).WillByDefault(Return(NotDelivered()));
    ON_CALL(products_, ConfirmReservation).WillByDefault(Return(NotDelivered()));
    ON_CALL(products_, ReleaseReservation).WillByDefault(Return(NotDelivered()));
  }
  void Reach() {
    ON_CALL(products_, ReserveStock).WillByDefault([this](const auto& c, const auto& r) {
      return real_.ReserveStock(c, r);
    });
    ON_CALL(products_, ConfirmReservation).WillByDefault([this](const auto& c, const auto& r) {
      return real_.ConfirmReservation(c, r);
    });
    ON_CALL(products_, ReleaseReservation).WillByDefault([this](const auto& c, const auto& r) {
      return real_.ReleaseReservation(c, r);
    });
  }

  // Takes down an order that products is not asked about, one millisecond after the one before.
  std::string Pending(const std::string& product, std::int64_t quantity = 1) {
    CutOff();
    Advance(std::chrono::milliseconds(1));
    const auto failed = Place("key-" + std::to_string(next_key_++), {{product, quantity}});
    Reach();
    return failed.error().metadata.at("order_id");
  }

  const std::chrono::milliseconds age_ = OrdersOptions().recovery_age;
  int next_key_ = 1000;
};

TEST_F(RecoveryTest, APendingOrderIsPlaced) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup, 4);
  Advance(age_);
  const Recovery::Pass pass = Worker(*this).Run();
  EXPECT_EQ(pass.finished, 1);
  EXPECT_EQ(pass.failed, 0);
  EXPECT_FALSE(pass.more);
  EXPECT_EQ(Stock(cup), 6);
  ExpectFinal(id, kIsPlaced);
  EXPECT_EQ(Place("key-1000", {{cup, 4}})->order->id, id);
  EXPECT_EQ(Stock(cup), 6);
}

TEST_F(RecoveryTest, AnOrderIsLeftToItsCallForAWhile) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup);
  Advance(age_ - std::chrono::milliseconds(1));
  EXPECT_EQ(Worker(*this).Run().finished, 0);
  EXPECT_EQ(State(id), kIsPending);
  Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
}

TEST_F(RecoveryTest, APendingOrderWithoutStockIsRefused) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup, 11);
  Advance(age_);
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(id, kIsRejected);
  EXPECT_EQ(Outcome(Place("key-1000", {{cup, 11}})), "FAILED_PRECONDITION INSUFFICIENT_STOCK");
}

TEST_F(RecoveryTest, AnOldOrderIsCancelledInsteadOfPlaced) {
  const std::string cup = NewProduct(10);
  const std::string old = Pending(cup, 4);
  Advance(std::chrono::minutes(15) - std::chrono::milliseconds(1));
  const std::string recent = Pending(cup, 1);
  Advance(age_);
  EXPECT_CALL(products_, ReserveStock).Times(1).WillOnce(DoDefault());
  EXPECT_EQ(Worker(*this).Run().finished, 2);
  ExpectFinal(old, kIsCancelled);
  ExpectFinal(recent, kIsPlaced);
  EXPECT_EQ(Stock(cup), 9);
  EXPECT_EQ(Outcome(Place("key-1000", {{cup, 4}})), "ABORTED ORDER_CANCELLED");
}

TEST_F(RecoveryTest, AnOldOrderThatHoldsStockGivesItBack) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce([&](const auto& context, const auto& request) -> Reserve {
        EXPECT_EQ(Outcome(real_.ReserveStock(context, request)), "OK");
        return OutcomeUnknown();
      });
  ASSERT_FALSE(Place("key-0001", {{cup, 4}}));
  EXPECT_EQ(Stock(cup), 6);
  Advance(std::chrono::minutes(15));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  EXPECT_EQ(Stock(cup), 10);
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

TEST_F(RecoveryTest, ZZAbandoningDoesNotCancelAnOrderPlacedMeanwhile) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup, 4);
  Advance(std::chrono::minutes(15));
  OrdersOptions options = Options();
  int calls = 0;
  std::string outcome;
  OrderState told = kIsPending;
  const auto clock = options.clock;
  options.clock = [&] {
    if (++calls == 3) {  // After the worker has read PENDING.
      const auto again = Place("key-1000", {{cup, 4}});
      outcome = Outcome(again);
      told = again->order->state;
    }
    return clock();
  };
  Worker worker(*this, options);
  worker.Run();
  EXPECT_EQ(outcome, "OK");
  EXPECT_EQ(told, kIsPlaced);
  EXPECT_EQ(State(id), kIsPlaced);
}

TEST_F(RecoveryTest, ZZPriceRace) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, BatchGetProducts)
      .WillOnce([&](const auto& c, const auto& r) {
        EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "OK");
        Delete(cup);
        return real_.BatchGetProducts(c, r);
      })
      .WillRepeatedly(DoDefault());
  const auto first = Place("key-0001", {{cup, 4}});
  EXPECT_EQ(Outcome(first), "OK") << first.error().message;
}

TEST_F(RecoveryTest, APlacedOrderIsConfirmedHoweverOld) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  const std::string id = Placed("key-0001", {{cup, 4}}).id;
  Advance(std::chrono::hours(24));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(id, kIsPlaced);
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_EQ(Reserved(cup), 0);
}

TEST_F(RecoveryTest, AnOrderThatIsCancelledUnderItsConfirmationIsNoFailure) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce(Return(NotDelivered()))
      .WillOnce([&](const auto& context, const auto& request) {
        EXPECT_EQ(Outcome(Cancel(customer_, request.reservation_id)), "OK");
        return real_.ConfirmReservation(context, request);
      });
  const std::string id = Placed("key-0001", {{cup, 4}}).id;
  Advance(age_);
  const Recovery::Pass pass = Worker(*this).Run();
  EXPECT_EQ(pass.failed, 0);
  EXPECT_TRUE(log_lines().empty());
  ExpectFinal(id, kIsCancelled);
  EXPECT_EQ(Stock(cup), 10);
}

TEST_F(RecoveryTest, APlacedOrderWhoseReservationIsLostReservesAgain) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce(Return(NotDelivered()))
      .WillOnce(Return(seam::Fail(Code::kNotFound, "RESERVATION_NOT_FOUND", "never heard of it")))
      .WillOnce(DoDefault());
  const std::string id = Placed("key-0001", {{cup, 4}}).id;
  Advance(age_);
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(id, kIsPlaced);
  EXPECT_EQ(Stock(cup), 6);
}

TEST_F(RecoveryTest, APlacedOrderWhoseReservationWasReleasedIsCancelledAndSaysSo) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ConfirmReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  const std::string id = Placed("key-0001", {{cup, 4}}).id;
  products::v1::ReleaseReservationRequest release;
  release.reservation_id = id;
  EXPECT_EQ(Outcome(real_.ReleaseReservation(Context(), release)), "OK");
  Advance(age_);
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(id, kIsCancelled);
  EXPECT_EQ(Stock(cup), 10);
  ASSERT_EQ(log_lines().size(), 1U);
  EXPECT_NE(log_lines()[0].find(id), std::string::npos) << log_lines()[0];
}

TEST_F(RecoveryTest, ARefusedOrderThatWasNotReleasedIsReleased) {
  const std::string cup = NewProduct(1);
  EXPECT_CALL(products_, ReleaseReservation).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_FALSE(Settled(OnlyOrder()));
  Advance(age_);
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(OnlyOrder(), kIsRejected);
}

TEST_F(RecoveryTest, AnAnswerThatIsLostIsAskedForAgain) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup, 4);
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce([&](const auto& context, const auto& request) -> Reserve {
        EXPECT_EQ(Outcome(real_.ReserveStock(context, request)), "OK");
        return OutcomeUnknown();
      })
      .WillRepeatedly(DoDefault());
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce([&](const auto& context, const auto& request) -> Confirm {
        EXPECT_EQ(Outcome(real_.ConfirmReservation(context, request)), "OK");
        return OutcomeUnknown();
      })
      .WillRepeatedly(DoDefault());
  Worker worker(*this);
  for (int failing = 0; failing < 2; ++failing) {
    Advance(age_);
    EXPECT_EQ(worker.Run().failed, 1);
    EXPECT_FALSE(Settled(id));
  }
  Advance(age_);
  EXPECT_EQ(worker.Run().finished, 1);
  ExpectFinal(id, kIsPlaced);
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_EQ(Reserved(cup), 0);
}

TEST_F(RecoveryTest, AnOrderThatAlwaysFailsHoldsUpNoOther) {
  const std::string cup = NewProduct(10);
  const std::string poisoned = Pending(cup);
  const std::string other = Pending(cup);
  ON_CALL(products_, ReserveStock)
      .WillByDefault([&](const auto& context, const auto& request) -> Reserve {
        if (request.reservation_id == poisoned) {
          return seam::Fail(Code::kInternal, "UNHANDLED_EXCEPTION", "no");
        }
        return real_.ReserveStock(context, request);
      });
  Advance(age_);
  Worker worker(*this);
  const Recovery::Pass pass = worker.Run();
  EXPECT_EQ(pass.failed, 1);
  EXPECT_EQ(pass.finished, 1);
  EXPECT_FALSE(pass.unreachable);
  ExpectFinal(other, kIsPlaced);
  ASSERT_EQ(log_lines().size(), 1U);
  EXPECT_THAT(log_lines()[0], HasSubstr(poisoned));
  EXPECT_THAT(log_lines()[0], HasSubstr("UNHANDLED_EXCEPTION"));
  EXPECT_EQ(worker.Run().failed, 0);  // It waits for its next turn.
  Advance(age_);
  EXPECT_EQ(worker.Run().failed, 1);
}

TEST_F(RecoveryTest, APassEndsWhenProductsDoesNotAnswer) {
  const std::string cup = NewProduct(10);
  for (int i = 0; i < 5; ++i) Pending(cup);
  Advance(age_);
  EXPECT_CALL(products_, ReserveStock).Times(3).WillRepeatedly(Return(NotDelivered()));
  const Recovery::Pass pass = Worker(*this).Run();
  EXPECT_TRUE(pass.unreachable);
  EXPECT_EQ(pass.failed, 3);
}

TEST_F(RecoveryTest, OrdersThatFailAmongOthersDoNotEndThePass) {
  const std::string cup = NewProduct(10);
  for (int i = 0; i < 6; ++i) Pending(cup);
  Advance(age_);
  int calls = 0;
  ON_CALL(products_, ReserveStock)
      .WillByDefault([&](const auto& context, const auto& request) -> Reserve {
        if (++calls % 2 == 1) return OutcomeUnknown();
        return real_.ReserveStock(context, request);
      });
  const Recovery::Pass pass = Worker(*this).Run();
  EXPECT_EQ(pass.failed, 3);
  EXPECT_EQ(pass.finished, 3);
  EXPECT_FALSE(pass.unreachable);
}

TEST_F(RecoveryTest, OrdersForWhichProductsNeverAnswersHoldUpNoOther) {
  const std::string cup = NewProduct(10);
  std::vector<std::string> poisoned;
  for (int i = 0; i < 3; ++i) poisoned.push_back(Pending(cup));
  const std::string other = Pending(cup);
  ON_CALL(products_, ReserveStock)
      .WillByDefault([&](const auto& context, const auto& request) -> Reserve {
        if (request.reservation_id != other) return OutcomeUnknown();
        return real_.ReserveStock(context, request);
      });
  Advance(age_);
  Worker worker(*this);
  EXPECT_TRUE(worker.Run().unreachable);
  EXPECT_EQ(State(other), kIsPending);
  Advance(age_);
  worker.Run();  // The others are at the end of the queue now.
  ExpectFinal(other, kIsPlaced);
}

TEST_F(RecoveryTest, APassIsBounded) {
  const std::string cup = NewProduct(100);
  for (int i = 0; i < Recovery::kBatch + 1; ++i) Pending(cup);
  Advance(age_);
  Worker worker(*this);
  const Recovery::Pass first = worker.Run();
  EXPECT_EQ(first.finished, Recovery::kBatch);
  EXPECT_TRUE(first.more);
  const Recovery::Pass second = worker.Run();
  EXPECT_EQ(second.finished, 1);
  EXPECT_FALSE(second.more);
}

TEST_F(RecoveryTest, OneWorksAtATime) {
  const std::string cup = NewProduct(10);
  Pending(cup);
  Pending(cup);
  Advance(age_);
  Worker first(*this);
  Worker second(*this);
  std::optional<Recovery::Pass> refused;
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce([&](const auto& context, const auto& request) {
        refused = second.Run();
        return real_.ReserveStock(context, request);
      })
      .WillRepeatedly(DoDefault());
  EXPECT_EQ(first.Run().finished, 2);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->finished + refused->failed, 0);
  Pending(cup);
  Advance(age_);
  EXPECT_EQ(second.Run().finished, 1);  // The first has given the lease back.
}

TEST_F(RecoveryTest, TheLeaseOfAProcessThatDiedLapses) {
  const std::string cup = NewProduct(10);
  Pending(cup);
  Advance(age_);
  const std::int64_t span = OrdersOptions().recovery_lease.count();
  OpenBeside()->Write(Context(), [&](Session& session) {
    EXPECT_TRUE(repository::TakeLease(session, "another", now_, span));
    EXPECT_TRUE(repository::TakeLease(session, "another", now_, span));  // Its own.
  });
  Worker worker(*this);
  EXPECT_EQ(worker.Run().finished, 0);
  Advance(OrdersOptions().recovery_lease - std::chrono::milliseconds(1));
  EXPECT_EQ(worker.Run().finished, 0);
  Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(worker.Run().finished, 1);
}

TEST_F(RecoveryTest, AClockThatIsSetBackHoldsNothingUp) {
  const std::string cup = NewProduct(10);
  const std::string id = Pending(cup, 4);
  Advance(age_);
  const auto span = OrdersOptions().recovery_lease;
  OpenBeside()->Write(Context(), [&](Session& session) {
    EXPECT_TRUE(repository::TakeLease(session, "one that died", now_, span.count()));
  });
  Worker worker(*this);
  Advance(-span);
  EXPECT_EQ(worker.Run().finished, 0) << "the lease may be somebody's whose clock is right";
  Advance(-std::chrono::hours(24 * 365));
  EXPECT_EQ(worker.Run().finished, 1);
  ExpectFinal(id, kIsPlaced);
  EXPECT_EQ(Stock(cup), 6);
}

TEST_F(RecoveryTest, AfterTheClockWasSetBackAnOrderIsStillLeftToItsCallForAWhile) {
  const std::string id = Pending(NewProduct(10));
  Advance(-age_);
  EXPECT_EQ(Worker(*this).Run().finished, 0);
  Advance(-std::chrono::milliseconds(1));
  EXPECT_EQ(Worker(*this).Run().finished, 1);
  ExpectFinal(id, kIsPlaced);
}

TEST_F(RecoveryTest, NothingIsWrittenWhenNothingIsDue) {
  Placed("key-0001", {{NewProduct(1), 1}});
  Advance(age_);
  Worker worker(*this);
  OpenBeside()->Write(Context(), [&](Session&) {
    EXPECT_EQ(worker.Run().finished, 0);  // Would wait, and log that it could not write.
  });
  EXPECT_TRUE(log_lines().empty());
}

TEST_F(RecoveryTest, CallsHaveATraceAndADeadlineAndNoToken) {
  Pending(NewProduct(1));
  Advance(age_);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    EXPECT_TRUE(context.trace().valid());
    EXPECT_TRUE(context.deadline().has_value());
    EXPECT_TRUE(context.metadata().empty());
    return real_.ReserveStock(context, request);
  });
  EXPECT_EQ(Worker(*this).Run().finished, 1);
}

TEST_F(RecoveryTest, ACancelledPassLeavesTheOrdersAlone) {
  const std::string id = Pending(NewProduct(1));
  Advance(age_);
  const seam::CancellationSource stop;
  stop.Cancel();
  EXPECT_EQ(Worker(*this).Run(Context().WithCancellation(stop)).finished, 0);
  EXPECT_EQ(State(id), kIsPending);
  EXPECT_TRUE(log_lines().empty());
}

TEST_F(RecoveryTest, TheHandlersWorkerFinishesWhatIsDue) {
  const std::string cup = NewProduct(10);
  Pending(cup, 4);
  Advance(age_);
  std::promise<void> confirmed;
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce([&](const auto& context, const auto& request) {
        auto result = real_.ConfirmReservation(context, request);
        confirmed.set_value();
        return result;
      });
  OrdersOptions options = Options();
  options.recovery_interval = std::chrono::milliseconds(1);
  const auto recovering = Open(options);
  ASSERT_EQ(confirmed.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_EQ(State(OnlyOrder()), kIsPlaced);
  EXPECT_EQ(Stock(cup), 6);
}

TEST_F(RecoveryTest, TheWorkerStopsWithItsHandlerInTheMiddleOfACall) {
  Pending(NewProduct(10));
  Advance(age_);
  std::promise<void> called;
  std::promise<void> cancelled;
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce([&](const Context& context, const auto&) -> Reserve {
        const auto registered = context.OnCancel([&] { cancelled.set_value(); });
        called.set_value();
        cancelled.get_future().wait();
        return OutcomeUnknown();
      });
  OrdersOptions options = Options();
  options.recovery_interval = std::chrono::hours(1);
  auto recovering = Open(options);
  called.get_future().wait();
  recovering.reset();  // Would hang, if the call were not cancelled or the hour waited for.
  EXPECT_EQ(State(OnlyOrder()), kIsPending);
}

}  // namespace
}  // namespace shop::orders
