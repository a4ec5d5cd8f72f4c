#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "inventory_fixture.h"
#include "products/module.h"
#include "seam/events/direct.h"
#include "seam/events/recording_outbox.h"
#include "seam/events/v1/inbox_in_process.h"
#include "shop/orders/v1/order_events_publisher.h"
#include "shop/products/v1/product_events_publisher.h"

namespace shop::inventory {
namespace {

// Calls it until it is true.
template <class Condition>
bool Becomes(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Only how often to look.
  }
  return true;
}

class EventsTest : public InventoryFixture {
 protected:
  EventsTest() {
    real_clock_ = true;
    parts_ = PartsWith(Options());
    service_.emplace(parts_, products_);
    EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  }

  // What products sends when it has published this.
  template <class Message>
  seam::events::Event Sent(const Message& message, const std::string& source = "products") {
    seam::events::RecordingOutbox outbox;
    if constexpr (std::is_same_v<Message, orders::v1::OrderCancelled>) {
      EXPECT_TRUE(orders::v1::OrderEventsPublisher(outbox).Publish(context_, message));
    } else {
      EXPECT_TRUE(products::v1::ProductEventsPublisher(outbox).Publish(context_, message));
    }
    const seam::events::NewEvent& published = outbox.events().front();
    seam::events::Event event;
    event.id = seam::NewUuidV7();
    event.source = source;
    event.topic = published.contract.topic;
    event.type = published.contract.type;
    event.entity = published.entity;
    event.payload = published.payload;
    event.published_at = std::chrono::system_clock::now();
    return event;
  }
  seam::events::Event Updated(const std::string& name, std::int64_t stock, std::int64_t version) {
    products::v1::ProductUpdated event;
    event.product_id = kCup;
    event.name = name;
    event.stock = stock;
    event.version = version;
    return Sent(event);
  }
  seam::events::Event Stocked(std::int64_t stock, std::int64_t version) {
    products::v1::StockChanged event;
    event.product_id = kCup;
    event.stock = stock;
    event.version = version;
    return Sent(event);
  }
  seam::events::Event Deleted(std::int64_t version) {
    products::v1::ProductDeleted event;
    event.product_id = kCup;
    event.version = version;
    return Sent(event);
  }

  // Delivers them and waits until they are applied.
  void Apply(const std::vector<seam::events::Event>& events) {
    const auto known = parts_->inbox.Accept(context_, events);
    ASSERT_TRUE(known) << seam::ToString(known.error());
    EXPECT_TRUE(Becomes([&] { return Status().waiting == 0; }));
  }
  v1::GetStatusResponse Status() { return service_->GetStatus(context_, {}).value(); }

  std::shared_ptr<Parts> parts_;
  std::optional<InventoryService> service_;
};

TEST_F(EventsTest, AreApplied) {
  EXPECT_FALSE(Status().last_applied_at);
  Apply({Updated("Cup", 10, 1), Stocked(7, 2), Stocked(6, 3)});
  EXPECT_EQ(Known(kCup), "Cup 6 v3");
  EXPECT_TRUE(Status().last_applied_at);
  Apply({Updated("Mug", 6, 4)});
  EXPECT_EQ(Known(kCup), "Mug 6 v4");
  Apply({Deleted(5)});
  EXPECT_EQ(Known(kCup), "-");
}

TEST_F(EventsTest, OlderOnesChangeNothing) {
  Apply({Updated("Cup", 10, 5)});
  Apply({Stocked(7, 4), Updated("Old cup", 3, 2), Deleted(3)});
  EXPECT_EQ(Known(kCup), "Cup 10 v5");
}

TEST_F(EventsTest, OneThatComesAgainIsCounted) {
  const seam::events::Event event = Updated("Cup", 10, 1);
  Apply({event});
  Apply({event});
  EXPECT_EQ(Status().redelivered, 1);
  EXPECT_EQ(Known(kCup), "Cup 10 v1");
}

TEST_F(EventsTest, WhatIsNoEventIsParkedAndHoldsUpNobody) {
  seam::events::Event broken = Updated("Cup", 10, 1);
  broken.payload = "\xFF";
  Apply({broken, Stocked(9, 2)});
  EXPECT_EQ(Status().parked, 1);
  EXPECT_EQ(Known(kCup), " 9 v2") << "the name came with the one that is parked";
}

TEST_F(EventsTest, ThoseOfOthersChangeNothing) {
  orders::v1::OrderCancelled cancelled;
  cancelled.order_id = kCup;
  cancelled.customer_id = "alice";
  Apply({Sent(cancelled, "orders")});
  EXPECT_EQ(Known(kCup), "-");
  EXPECT_EQ(Status().parked, 0);
}

// The real products, whose events go through a relay to this inbox, while several rebuilds are at
// work.
TEST_F(EventsTest, WhileRebuildsAreAtWorkBothEndWithTheSame) {
  const auto module = OpenInventory(Options(), verifier_, log_).value();
  const auto inbox = module->NewInboxHandler();
  seam::events::v1::InboxInProcessClient inbox_client(*inbox, {});
  const auto real =
      products::OpenProducts({.database = databases_.Of("products"),
                              .durable = false,
                              .destinations = {std::make_shared<seam::events::DirectDestination>(
                                  "inventory", inbox_client)},
                              .log = &log_},
                             verifier_)
          .value();
  products::v1::ProductsInProcessClient client(*real, {});

  constexpr int kProducts = 7;
  std::vector<std::string> ids;
  const auto create = [&](const std::string& id) {
    products::v1::CreateProductRequest request;
    request.id = id;
    request.name = "Cup";
    request.price.emplace().currency = "EUR";
    request.stock = 1000;
    EXPECT_EQ(Outcome(client.CreateProduct(admin_, request)), "OK");
  };
  for (int i = 0; i < kProducts; ++i) create(ids.emplace_back(seam::NewUuidV7()));

  std::atomic<bool> done = false;
  std::thread rebuilder([&] {
    const auto parts = PartsWith(Options());
    Rebuild rebuild(*parts, client);
    while (!done) {
      WantRebuild();
      EXPECT_EQ(rebuild.Run(context_), Rebuild::Outcome::kDone);
    }
  });
  for (int i = 0; i < 60; ++i) {
    const std::string& id = ids[static_cast<std::size_t>(i) % kProducts];
    if (!client.GetProduct(context_, {.id = id})) continue;
    const std::string reservation = seam::NewUuidV7();
    EXPECT_EQ(
        Outcome(client.ReserveStock(context_, {.reservation_id = reservation,
                                               .lines = {{.product_id = id, .quantity = 1}}})),
        "OK");
    EXPECT_EQ(Outcome(client.ConfirmReservation(context_, {.reservation_id = reservation})), "OK");
    if (i % 9 != 8) continue;
    EXPECT_EQ(Outcome(client.DeleteProduct(admin_, {.id = id})), "OK");
    if (i % 2 == 0) create(id);  // Half of them come back.
  }
  done = true;
  rebuilder.join();

  const auto products_database = databases_.Open("products");
  EXPECT_TRUE(Becomes([&] {
    return products_database->Read(context_, [](Session& session) {
      return session
                 .QueryOne("SELECT COUNT(*) FROM seam_outbox", {},
                           [](const seam::sql::Row& row) { return row.Int64(0); })
                 .value() == 0;
    });
  }));
  EXPECT_TRUE(Becomes([&] { return Status().waiting == 0; }));
  for (const std::string& id : ids) {
    const auto product = client.GetProduct(context_, {.id = id});
    EXPECT_EQ(Known(id), product ? "Cup " + std::to_string(product->product->stock) + " v" +
                                       std::to_string(product->product->version)
                                 : "-");
  }
}

}  // namespace
}  // namespace shop::inventory
