#include "events_fixture.h"

namespace seam::events {
namespace {

class Applier final : public Subscriber {
 public:
  explicit Applier(Session& session) : session_(session) {}
  [[nodiscard]] bool Knows(std::string_view type) const noexcept override {
    return type == kRenamed.type;
  }
  [[nodiscard]] Result<void> Receive(const Context& /*context*/, const Event& event) override {
    session_.Execute("INSERT INTO effect (event_id, entity, payload) VALUES ($1, $2, $3)",
                     {event.id, event.entity, event.payload});
    return {};
  }

 private:
  Session& session_;
};

TEST_F(EventsFixture, GoFromTheOutboxToTheSubscriber) {
  Inbox inbox(
      *stock_, {.subscriber = "stock"},
      [](Session& session) {
        std::vector<std::unique_ptr<Subscriber>> made;
        made.push_back(std::make_unique<Applier>(session));
        return made;
      },
      log_);
  InboxService service({&inbox});
  v1::InboxInProcessClient client(service);
  Relay relay(*things_, {.source = "things"},
              {std::make_shared<DirectDestination>("stock", client)}, log_);
  for (int i = 0; i < 300; ++i) Publish("a" + std::to_string(i % 3), std::to_string(i));
  relay.Wake();
  EXPECT_TRUE(Eventually([&] { return Count(*stock_, "effect") == 300; }));
  EXPECT_TRUE(Eventually([&] { return Count(*things_, "seam_outbox") == 0; }));
  EXPECT_EQ(lines_, std::vector<std::string>());
}

}  // namespace
}  // namespace seam::events
