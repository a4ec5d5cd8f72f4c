#include <algorithm>
#include <functional>
#include <limits>

#include "orders_fixture.h"
#include "seam/core/time.h"

namespace shop::orders {
namespace {

using testing::_;
using testing::AnyNumber;
using testing::DoDefault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::Return;

class PlacingTest : public OrdersFixture {
 protected:
  Result<v1::PlaceOrderResponse> PlaceRequest(const v1::PlaceOrderRequest& request) {
    return orders_->PlaceOrder(customer_, request);
  }
};

TEST_F(PlacingTest, AnOrderTakesItsStockForGood) {
  const std::string cup = NewProduct(10, 890);
  const std::string pot = NewProduct(3, 4'200);
  const v1::Order order = Placed("key-0001", {{pot, 1}, {cup, 4}});
  EXPECT_TRUE(seam::IsUuidV7(order.id));
  EXPECT_EQ(order.customer_id, "alice");
  EXPECT_EQ(order.state, kIsPlaced);
  ASSERT_EQ(order.lines.size(), 2U);
  EXPECT_EQ(order.lines[0].product_id, pot);
  EXPECT_EQ(order.lines[0].quantity, 1);
  EXPECT_EQ(order.lines[0].name, "Cup");
  EXPECT_EQ(order.lines[0].unit_price->amount_minor, 4'200);
  EXPECT_EQ(order.lines[0].unit_price->currency, "EUR");
  EXPECT_EQ(order.lines[1].product_id, cup);
  EXPECT_EQ(order.lines[1].quantity, 4);
  EXPECT_EQ(order.total->amount_minor, 4'200 + 4 * 890);
  EXPECT_EQ(order.total->currency, "EUR");
  EXPECT_EQ(*order.created_at, seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_EQ(*order.updated_at, *order.created_at);
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_EQ(Stock(pot), 2);
  EXPECT_EQ(Reserved(cup), 0);
  ExpectFinal(order.id, kIsPlaced);
  EXPECT_TRUE(*Get(customer_, order.id).value().order == order);
}

TEST_F(PlacingTest, TheStepsComeInTheirOrder) {
  std::vector<PlacingStep> steps;
  OrdersOptions options = Options();
  options.after_step = [&](PlacingStep step) { steps.push_back(step); };
  orders_ = Open(options);
  Placed("key-0001", {{NewProduct(1), 1}});
  EXPECT_THAT(steps, ElementsAre(PlacingStep::kTakenDown, PlacingStep::kReserved,
                                 PlacingStep::kPlaced, PlacingStep::kConfirmed));
}

TEST_F(PlacingTest, MadeAgainItAnswersTheSameAndTakesNothing) {
  const std::string cup = NewProduct(10);
  const std::string pot = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}, {pot, 1}});
  Advance(std::chrono::hours(1));
  EXPECT_TRUE(Placed("key-0001", {{cup, 4}, {pot, 1}}) == order);
  EXPECT_TRUE(Placed("key-0001", {{pot, 1}, {cup, 4}}) == order);  // The order says nothing.
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_EQ(OwnOrders().size(), 1U);
}

TEST_F(PlacingTest, AKnownKeyIsAnsweredWithoutProducts) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  Change(cup, 0, 999);
  EXPECT_CALL(products_, BatchGetProducts).Times(0);
  EXPECT_CALL(products_, ReserveStock).Times(0);
  EXPECT_CALL(products_, ConfirmReservation).Times(0);
  EXPECT_TRUE(Placed("key-0001", {{cup, 4}}) == order);
}

TEST_F(PlacingTest, AKeyIsNotGivenToOtherLines) {
  const std::string cup = NewProduct(10);
  const std::string pot = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  for (const Lines& lines :
       {Lines{{cup, 5}}, Lines{{pot, 4}}, Lines{{cup, 4}, {pot, 1}}, Lines{{pot, 4}, {cup, 4}}}) {
    const auto refused = Place("key-0001", lines);
    EXPECT_EQ(Outcome(refused), "ALREADY_EXISTS IDEMPOTENCY_KEY_REUSED");
    EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("order_id", order.id)));
  }
  EXPECT_EQ(Stock(cup), 6);
  EXPECT_EQ(Stock(pot), 10);
}

TEST_F(PlacingTest, EachCustomerHasKeysOfHisOwn) {
  const std::string cup = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}});
  const auto others = orders_->PlaceOrder(other_, Order("key-0001", {{cup, 1}}));
  ASSERT_EQ(Outcome(others), "OK");
  EXPECT_NE(others->order->id, order.id);
  EXPECT_EQ(others->order->customer_id, "bob");
  EXPECT_EQ(Stock(cup), 5);
}

TEST_F(PlacingTest, TooLittleStockRefusesTheOrderForGood) {
  const std::string cup = NewProduct(3);
  const std::string pot = NewProduct(9);
  const auto refused = Place("key-0001", {{pot, 1}, {cup, 4}});
  EXPECT_EQ(Outcome(refused), "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_THAT(refused.error().metadata,
              ElementsAre(Pair("available", "3"), Pair("product_id", cup)));
  EXPECT_EQ(refused.error().origin, Origin::kHandler);
  const std::string id = OnlyOrder();
  ExpectFinal(id, kIsRejected);
  EXPECT_EQ(Stock(pot), 9);
  Change(cup, 100);
  const auto again = Place("key-0001", {{pot, 1}, {cup, 4}});
  EXPECT_EQ(again.error(), refused.error());
  EXPECT_EQ(Stock(cup), 100);
  EXPECT_EQ(Outcome(Place("key-0002", {{pot, 1}, {cup, 4}})), "OK");
}

TEST_F(PlacingTest, ARefusedOrderTakesNothingHoweverLateItsReservationComes) {
  const std::string cup = NewProduct(3);
  ASSERT_FALSE(Place("key-0001", {{cup, 4}}));
  Change(cup, 100);
  products::v1::ReserveStockRequest late;
  late.reservation_id = OnlyOrder();
  late.lines.emplace_back();
  late.lines[0].product_id = cup;
  late.lines[0].quantity = 4;
  EXPECT_EQ(Outcome(real_.ReserveStock(Context(), late)),
            "FAILED_PRECONDITION RESERVATION_RELEASED");
}

TEST_F(PlacingTest, AnUnknownProductStoresNothing) {
  const std::string cup = NewProduct(3);
  const std::string missing = seam::NewUuidV7();
  const auto refused = Place("key-0001", {{cup, 1}, {missing, 4}});
  EXPECT_EQ(Outcome(refused), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("product_id", missing)));
  EXPECT_THAT(refused.error().message, HasSubstr("nothing is stored"));
  EXPECT_TRUE(OwnOrders().empty());
  EXPECT_EQ(Stock(cup), 3);
  CreateProduct(missing, 10);
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}, {missing, 4}})), "OK");
}

TEST_F(PlacingTest, AProductThatGoesAfterItsPriceWasReadRefusesTheOrder) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    Delete(cup);
    return real_.ReserveStock(context, request);
  });
  const auto refused = Place("key-0001", {{cup, 1}});
  EXPECT_EQ(Outcome(refused), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("product_id", cup)));
  EXPECT_EQ(Place("key-0001", {{cup, 1}}).error(), refused.error());
  ExpectFinal(OnlyOrder(), kIsRejected);
}

TEST_F(PlacingTest, AnOrderHasOneCurrency) {
  const std::string cup = NewProduct(3, 890, "EUR");
  const std::string pot = NewProduct(3, 890, "SEK");
  const auto refused = Place("key-0001", {{cup, 1}, {pot, 1}});
  EXPECT_EQ(Outcome(refused), "FAILED_PRECONDITION MIXED_CURRENCIES");
  EXPECT_TRUE(OwnOrders().empty());
  EXPECT_EQ(Outcome(Place("key-0001", {{pot, 1}})), "OK");
}

TEST_F(PlacingTest, ATotalIsRefusedOnlyWhenItCannotBeCounted) {
  Lines lines;
  for (int i = 0; i < 9; ++i)
    lines.emplace_back(NewProduct(1'000'000, 1'000'000'000'000), 1'000'000);
  EXPECT_EQ(Outcome(Place("key-0001", lines)), "OK");  // 9 · 10^18
  lines.clear();
  for (int i = 0; i < 10; ++i) {
    lines.emplace_back(NewProduct(1'000'000, 1'000'000'000'000), 1'000'000);
  }
  const auto refused = Place("key-0002", lines);
  EXPECT_EQ(Outcome(refused), "FAILED_PRECONDITION TOTAL_TOO_LARGE");
  EXPECT_EQ(OwnOrders().size(), 1U);
  EXPECT_EQ(Stock(lines[0].first), 1'000'000);
}

TEST_F(PlacingTest, WhatIsFreeCanBeOrdered) {
  EXPECT_EQ(Placed("key-0001", {{NewProduct(1, 0), 1}}).total->amount_minor, 0);
}

TEST_F(PlacingTest, AProductWithoutAPriceIsNoCrash) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, BatchGetProducts).WillOnce([&](const auto& context, const auto& request) {
    auto response = real_.BatchGetProducts(context, request);
    response->products.at(0).price.reset();
    return response;
  });
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "INTERNAL PRODUCT_WITHOUT_PRICE");
  EXPECT_TRUE(OwnOrders().empty());
}

TEST_F(PlacingTest, EachFieldIsChecked) {
  const std::string a = NewProduct(10'000'000, 0);
  const std::string b = NewProduct(10);
  const auto of = [&](const std::string& key, const Lines& lines) {
    return Outcome(Place(key, lines));
  };
  const std::string bad_key = "INVALID_ARGUMENT INVALID_FIELD field=idempotency_key";
  EXPECT_EQ(of("", {{a, 1}}), bad_key);
  EXPECT_EQ(of("1234567", {{a, 1}}), bad_key);
  EXPECT_EQ(of("12345678", {{a, 1}}), "OK");
  EXPECT_EQ(of(std::string(100, 'x'), {{a, 1}}), "OK");
  EXPECT_EQ(of(std::string(101, 'x'), {{a, 1}}), bad_key);
  EXPECT_EQ(of("with a space", {{a, 1}}), bad_key);
  EXPECT_EQ(of("!~!~!~!~", {{a, 1}}), "OK");
  EXPECT_EQ(of("12345678\n", {{a, 1}}), bad_key);
  EXPECT_EQ(of("1234567\x7f", {{a, 1}}), bad_key);
  EXPECT_EQ(of("Schlüssel", {{a, 1}}), bad_key);
  EXPECT_EQ(of("key-0001", {}), "INVALID_ARGUMENT INVALID_FIELD field=lines");
  EXPECT_EQ(of("key-0001", {{a, 1}, {b, 0}}),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[1].quantity");
  EXPECT_EQ(of("key-0001", {{a, -1}}), "INVALID_ARGUMENT INVALID_FIELD field=lines[0].quantity");
  EXPECT_EQ(of("key-0001", {{a, 1'000'001}}),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[0].quantity");
  EXPECT_EQ(of("key-0001", {{a, 1}, {"nothing", 1}}),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[1].product_id");
  EXPECT_EQ(of("key-0001", {{"a46e5e5f-2a39-4c55-9e3c-d1a9a8bd7a07", 1}}),  // Version 4.
            "INVALID_ARGUMENT INVALID_FIELD field=lines[0].product_id");
  EXPECT_EQ(of("key-0001", {{a, 1}, {b, 1}, {a, 2}}),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[2].product_id");
  EXPECT_EQ(of("key-0001", {{a, 1'000'000}}), "OK");
  Lines lines;
  for (int i = 0; i < 100; ++i) lines.emplace_back(NewProduct(1), 1);
  EXPECT_EQ(of("key-0002", lines), "OK");
  lines.emplace_back(NewProduct(1), 1);
  EXPECT_EQ(of("key-0003", lines), "INVALID_ARGUMENT INVALID_FIELD field=lines");
}

TEST_F(PlacingTest, NobodyIsLetInWithoutAToken) {
  const std::string cup = NewProduct(3);
  const v1::Order order = Placed("key-0001", {{cup, 1}});
  const std::string missing = "UNAUTHENTICATED TOKEN_MISSING";
  EXPECT_EQ(Outcome(orders_->PlaceOrder(Context(), Order("key-0002", {{cup, 1}}))), missing);
  EXPECT_EQ(Outcome(Get(Context(), order.id)), missing);
  EXPECT_EQ(Outcome(Cancel(Context(), order.id)), missing);
  EXPECT_EQ(Outcome(orders_->ListOrders(Context(), {})), missing);
  const Context forged = seam::testing::TestTokens().As("alice");
  EXPECT_EQ(Outcome(Get(forged, order.id)), "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Stock(cup), 2);
}

TEST_F(PlacingTest, ProductsIsAskedOnBehalfOfTheCallerAndWithinHisTime) {
  const Context caller = customer_.WithTimeout(std::chrono::minutes(1));
  const auto checked = [&](const Context& context) {
    EXPECT_EQ(seam::FindBearerToken(context), seam::FindBearerToken(caller));
    EXPECT_EQ(context.deadline(), caller.deadline());
  };
  EXPECT_CALL(products_, BatchGetProducts).WillOnce([&](const auto& context, const auto& request) {
    checked(context);
    return real_.BatchGetProducts(context, request);
  });
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    checked(context);
    return real_.ReserveStock(context, request);
  });
  EXPECT_EQ(Outcome(orders_->PlaceOrder(caller, Order("key-0001", {{NewProduct(1), 1}}))), "OK");
}

TEST_F(PlacingTest, NoTransactionIsOpenWhileProductsIsCalled) {
  const auto database = OpenBeside();
  int calls = 0;
  // Waits and fails when somebody else is writing.
  const auto write = [&] {
    ++calls;
    database->Write(Context(), [](Session& session) {
      session.Execute("UPDATE customer_order SET touched_at = touched_at + 1", {});
    });
  };
  EXPECT_CALL(products_, BatchGetProducts).WillOnce([&](const auto& context, const auto& request) {
    write();
    return real_.BatchGetProducts(context, request);
  });
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    write();
    return real_.ReserveStock(context, request);
  });
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce([&](const auto& context, const auto& request) {
        write();
        return real_.ConfirmReservation(context, request);
      });
  EXPECT_CALL(products_, ReleaseReservation)
      .WillOnce([&](const auto& context, const auto& request) {
        write();
        return real_.ReleaseReservation(context, request);
      });
  const v1::Order order = Placed("key-0001", {{NewProduct(1), 1}});
  EXPECT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  EXPECT_EQ(calls, 4);
}

TEST_F(PlacingTest, WithoutPricesNothingIsStored) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, BatchGetProducts).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "UNAVAILABLE CANNOT_CONNECT");
  EXPECT_TRUE(OwnOrders().empty());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "OK");
}

TEST_F(PlacingTest, AReservationThatIsNotDeliveredLeavesTheOrderPending) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ReserveStock).WillOnce(Return(NotDelivered())).WillOnce(DoDefault());
  const auto failed = Place("key-0001", {{cup, 2}});
  EXPECT_EQ(Outcome(failed), "UNAVAILABLE CANNOT_CONNECT");
  // The order may yet be placed, though this call was not delivered.
  const std::string id = OnlyOrder();
  EXPECT_EQ(failed.error().metadata.at("order_id"), id);
  EXPECT_EQ(State(id), kIsPending);
  EXPECT_EQ(Stock(cup), 3);
  Change(cup, 3, 999);
  const v1::Order order = Placed("key-0001", {{cup, 2}});
  EXPECT_EQ(order.id, id);
  EXPECT_EQ(order.total->amount_minor, 2 * 890);  // The price of the first call.
  EXPECT_EQ(Stock(cup), 1);
  ExpectFinal(id, kIsPlaced);
}

TEST_F(PlacingTest, AReservationWhoseAnswerIsLostIsNotMadeTwice) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce([&](const auto& context,
                    const auto& request) -> Result<products::v1::ReserveStockResponse> {
        EXPECT_EQ(Outcome(real_.ReserveStock(context, request)), "OK");
        return OutcomeUnknown();
      })
      .WillOnce(DoDefault());
  const auto failed = Place("key-0001", {{cup, 2}});
  EXPECT_EQ(Outcome(failed), "UNAVAILABLE CONNECTION_LOST");
  EXPECT_EQ(State(OnlyOrder()), kIsPending);
  EXPECT_EQ(Reserved(cup), 2);
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 2}})), "OK");
  EXPECT_EQ(Stock(cup), 1);
  EXPECT_EQ(Reserved(cup), 0);
  ExpectFinal(OnlyOrder(), kIsPlaced);
}

TEST_F(PlacingTest, AHandlerThatCouldNotDecideHasNotRefused) {
  const std::string cup = NewProduct(3);
  struct {
    Code code;
    const char* reason;
    const char* outcome;
  } const cases[] = {
      {Code::kUnavailable, "DATABASE_BUSY", "UNAVAILABLE DATABASE_BUSY"},
      {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED DEADLINE_EXCEEDED"},
      {Code::kInternal, "UNHANDLED_EXCEPTION", "UNAVAILABLE UNHANDLED_EXCEPTION"},
      {Code::kResourceExhausted, "TOO_MANY_CALLS", "UNAVAILABLE TOO_MANY_CALLS"},
      {Code::kCancelled, "CANCELLED", "UNAVAILABLE CANCELLED"},
  };
  int number = 1000;
  for (const auto& [code, reason, outcome] : cases) {
    EXPECT_CALL(products_, ReserveStock)
        .WillOnce(Return(seam::Fail(code, reason, "no")))
        .RetiresOnSaturation();
    const auto failed = Place("key-" + std::to_string(number++), {{cup, 1}});
    EXPECT_EQ(Outcome(failed), outcome);
    EXPECT_EQ(State(failed.error().metadata.at("order_id")), kIsPending);
  }
}

TEST_F(PlacingTest, WhatTheTransportRefusesProductsHasNotRefused) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce(Return(seam::Forward(
          {Code::kInvalidArgument, "INVALID_METADATA", "no", {}, Origin::kNotDelivered})))
      .WillOnce(DoDefault());
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "UNAVAILABLE INVALID_METADATA");
  EXPECT_EQ(State(OnlyOrder()), kIsPending);
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "OK");
}

TEST_F(PlacingTest, AConfirmationThatFailsDoesNotFailTheCall) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ConfirmReservation)
      .WillOnce(Return(NotDelivered()))
      .WillOnce([&](const auto& context,
                    const auto& request) -> Result<products::v1::ConfirmReservationResponse> {
        EXPECT_EQ(Outcome(real_.ConfirmReservation(context, request)), "OK");
        return OutcomeUnknown();
      })
      .WillRepeatedly(DoDefault());
  const v1::Order order = Placed("key-0001", {{cup, 2}});
  EXPECT_EQ(order.state, kIsPlaced);
  EXPECT_FALSE(Settled(order.id));
  EXPECT_EQ(Reserved(cup), 2);
  EXPECT_TRUE(Placed("key-0001", {{cup, 2}}) == order);  // Confirmed, but nobody was told.
  EXPECT_FALSE(Settled(order.id));
  EXPECT_TRUE(Placed("key-0001", {{cup, 2}}) == order);
  ExpectFinal(order.id, kIsPlaced);
  EXPECT_EQ(Stock(cup), 1);
}

TEST_F(PlacingTest, AReservationThatSomebodyReleasedCancelsTheOrder) {
  const std::string cup = NewProduct(3);
  EXPECT_CALL(products_, ReserveStock).WillOnce([&](const auto& context, const auto& request) {
    products::v1::ReleaseReservationRequest release;
    release.reservation_id = request.reservation_id;
    EXPECT_EQ(Outcome(real_.ReleaseReservation(context, release)), "OK");
    return real_.ReserveStock(context, request);
  });
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "ABORTED ORDER_CANCELLED");
  ExpectFinal(OnlyOrder(), kIsCancelled);
}

}  // namespace
}  // namespace shop::orders
