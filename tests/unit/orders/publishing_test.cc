#include <memory>
#include <string>
#include <vector>

#include "orders_fixture.h"
#include "shop/orders/v1/order_events_subscriber.h"
#include "unit/published.h"

namespace shop::orders {
namespace {

using testing::DoDefault;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Return;

// Writes down what it is told.
class Listener final : public v1::OrderEventsSubscriber {
 public:
  Result<void> OnOrderPlaced(const Context& /*context*/, const seam::events::Event& event,
                             const v1::OrderPlaced& message) override {
    EXPECT_EQ(event.entity, message.order_id);
    std::string line = "placed " + message.customer_id + " " +
                       std::to_string(message.total->amount_minor) + message.total->currency;
    for (const v1::PlacedLine& placed : message.lines) {
      line += " " + std::to_string(placed.quantity);
    }
    lines.push_back(line);
    placed_at = message.placed_at;
    return {};
  }
  Result<void> OnOrderCancelled(const Context& /*context*/, const seam::events::Event& event,
                                const v1::OrderCancelled& message) override {
    EXPECT_EQ(event.entity, message.order_id);
    EXPECT_TRUE(message.cancelled_at);
    lines.push_back("cancelled " + message.customer_id);
    return {};
  }

  std::vector<std::string> lines;
  std::optional<seam::Timestamp> placed_at;
};

class OrdersPublishingTest : public OrdersFixture {
 protected:
  OrdersPublishingTest() { orders_ = Open(Telling()); }

  [[nodiscard]] OrdersOptions Telling() {
    OrdersOptions options = Options();
    options.destinations = {std::make_shared<NobodyThere>()};
    return options;
  }

  // What was told, in that order.
  std::vector<std::string> Told() {
    Listener listener;
    for (const seam::events::Event& event : Published(*OpenBeside())) {
      EXPECT_EQ(event.source, "orders");
      EXPECT_TRUE(listener.Receive(Context(), event));
    }
    return listener.lines;
  }
};

TEST_F(OrdersPublishingTest, TellsOnceThatAnOrderIsPlacedAndThatItIsCancelled) {
  const std::string cup = NewProduct(10);
  const std::string jug = NewProduct(10);
  const v1::Order order = Placed("key-0001", {{cup, 4}, {jug, 1}});
  ASSERT_EQ(Outcome(Place("key-0001", {{cup, 4}, {jug, 1}})), "OK");
  const std::string placed =
      "placed alice " + std::to_string(order.total->amount_minor) + order.total->currency + " 4 1";
  EXPECT_THAT(Told(), ElementsAre(placed));
  ASSERT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  ASSERT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  EXPECT_THAT(Told(), ElementsAre(placed, "cancelled alice"));
}

TEST_F(OrdersPublishingTest, TellsNothingOfAnOrderThatIsRefused) {
  const std::string cup = NewProduct(1);
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 4}})), "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(OrdersPublishingTest, TellsOfWhatTheRecoveryDoes) {
  const std::string cup = NewProduct(10);
  EXPECT_CALL(products_, ReserveStock)
      .WillOnce(Return(NotDelivered()))
      .WillOnce(DoDefault())
      .WillOnce(Return(NotDelivered()));
  EXPECT_EQ(Outcome(Place("key-0001", {{cup, 1}})), "UNAVAILABLE CANNOT_CONNECT");
  EXPECT_THAT(Told(), IsEmpty());
  Worker worker(*this, Telling());
  Advance(std::chrono::seconds(11));
  EXPECT_EQ(worker.Run().finished, 1);
  ASSERT_EQ(Told().size(), 1U);
  EXPECT_EQ(Told().front().substr(0, 12), "placed alice");
  // One that waits for too long is cancelled.
  EXPECT_EQ(Outcome(Place("key-0002", {{cup, 1}})), "UNAVAILABLE CANNOT_CONNECT");
  Advance(std::chrono::minutes(16));
  EXPECT_EQ(worker.Run().finished, 1);
  ASSERT_EQ(Told().size(), 2U);
  EXPECT_EQ(Told().back(), "cancelled alice");
}

TEST_F(OrdersPublishingTest, WithoutAnybodyToTellNothingIsWritten) {
  orders_ = Open(Options());
  Placed("key-0001", {{NewProduct(10), 4}});
  EXPECT_THAT(Told(), IsEmpty());
}

}  // namespace
}  // namespace shop::orders
