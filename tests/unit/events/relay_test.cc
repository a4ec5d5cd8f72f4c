#include <condition_variable>
#include <stdexcept>
#include <string>

#include "events_fixture.h"
#include "seam/events/recording_outbox.h"

namespace seam::events {
namespace {

class RelayTest : public EventsFixture {
 protected:
  using Destinations = std::vector<std::shared_ptr<Destination>>;

  [[nodiscard]] std::unique_ptr<Relay> OpenRelay(Destinations destinations) {
    return OpenRelay(Relaying(), std::move(destinations));
  }
  [[nodiscard]] std::unique_ptr<Relay> OpenRelay(const RelayOptions& options,
                                                 Destinations destinations) {
    return std::make_unique<Relay>(things(), options, std::move(destinations), log_);
  }

  [[nodiscard]] std::int64_t Rows(const std::string& where = "1 = 1") {
    return Count(things(), "seam_outbox WHERE " + where);
  }

  static Result<void> Unreachable(const Context& /*context*/, const Event& /*event*/) {
    return Fail(Code::kUnavailable, "UNREACHABLE", "nobody is there");
  }

  const std::shared_ptr<FakeDestination> fake_ = std::make_shared<FakeDestination>("stock");
};

TEST_F(RelayTest, SendsWhatWasCommitted) {
  const Context context = Context().WithTrace(NewTrace());
  const std::string payload("\0\xff", 2);
  const auto rolled_back = things().Write(context, [&](Session& session) -> Result<void> {
    SqlOutbox outbox(session, publication_);
    outbox.Add(context, {kRenamed, "a", "never"}).value();
    return Fail(Code::kAborted, "CHANGED_MY_MIND", "");
  });
  EXPECT_FALSE(rolled_back);
  EXPECT_EQ(Rows(), 0);

  std::mutex mutex;
  std::vector<Event> sent;
  fake_->AnswerWith([&](const Context&, const Event& event) -> Result<void> {
    const std::lock_guard lock(mutex);
    sent.push_back(event);
    return {};
  });
  const auto relay = OpenRelay({fake_});
  Publish("a", payload, context);
  relay->Wake();
  ASSERT_TRUE(Eventually([&] { return fake_->tries() == 1 && Rows() == 0; }));
  const Event& event = sent.at(0);
  EXPECT_TRUE(IsUuidV7(event.id));
  EXPECT_EQ(event.source, "things");
  EXPECT_EQ(event.topic, kRenamed.topic);
  EXPECT_EQ(event.type, kRenamed.type);
  EXPECT_EQ(event.entity, "a");
  EXPECT_EQ(event.payload, payload);
  EXPECT_EQ(event.published_at, clock_());
  EXPECT_EQ(event.traceparent, FormatTraceparent(context.trace()));
  EXPECT_EQ(Lines(""), 0);
}

TEST_F(RelayTest, AnOutboxRefusesWhatNamesNoEntity) {
  const auto outcomes = [](Outbox& outbox) {
    std::string all;
    for (const std::string& entity : {std::string(), std::string(201, 'x'), std::string("\xff"),
                                      std::string("a\0b", 3), std::string(200, 'x')}) {
      all += Outcome(outbox.Add(Context(), {kRenamed, entity, "p"})) + "\n";
    }
    return all;
  };
  const std::string refused = "INVALID_ARGUMENT INVALID_EVENT\n";
  const std::string expected = refused + refused + refused + refused + "OK\n";
  things().Write(Context(), [&](Session& session) {
    SqlOutbox outbox(session, publication_);
    EXPECT_EQ(outcomes(outbox), expected);
  });
  EXPECT_EQ(Rows(), 1);
  RecordingOutbox recording;
  EXPECT_EQ(outcomes(recording), expected);
  ASSERT_EQ(recording.events().size(), 1U);
  EXPECT_EQ(recording.events()[0].payload, "p");
}

TEST_F(RelayTest, EventsReachTheSubscriberInOrder) {
  // Nobody waits for a poll here.
  InboxOptions receiving = Options();
  receiving.poll = std::chrono::minutes(10);
  RelayOptions relaying = Relaying();
  relaying.poll = std::chrono::minutes(10);
  const auto inbox = OpenInbox(receiving);
  InboxService service({inbox.get()});
  v1::InboxInProcessClient client(service);
  const auto relay = OpenRelay(relaying, {std::make_shared<DirectDestination>("stock", client)});
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    Publish("a" + std::to_string(i % 2), std::to_string(i));
    if (i % 2 == 0) expected += (i == 0 ? "" : " ") + std::to_string(i);
    relay->Wake();
    ASSERT_TRUE(Eventually([&] { return i > 1 || Count(stock(), "effect") == i + 1; }));
  }
  ASSERT_TRUE(Eventually([&] { return Count(stock(), "effect") == 40; }));
  EXPECT_EQ(Effects("a0"), expected);
  EXPECT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(Lines(""), 0);
}

TEST_F(RelayTest, ADeadDestinationHoldsBackNobody) {
  const auto dead = std::make_shared<FakeDestination>("dead");
  const auto slow = std::make_shared<FakeDestination>("slow");
  std::atomic<bool> alive = false;
  dead->AnswerWith([&](const Context& context, const Event& event) {
    return alive ? Result<void>() : Unreachable(context, event);
  });
  slow->AnswerWith([&](const Context& context, const Event&) -> Result<void> {
    while (!alive && !context.cancelled()) std::this_thread::sleep_for(milliseconds(1));
    return {};
  });
  publication_.destinations = {"stock", "dead", "slow"};
  RelayOptions options = Relaying();
  options.max_pause = milliseconds(10);
  const auto relay = OpenRelay(options, {dead, slow, fake_});
  for (int i = 0; i < 10; ++i) Publish("a", std::to_string(i));
  ASSERT_TRUE(Eventually([&] { return fake_->Sent("a") == "0 1 2 3 4 5 6 7 8 9"; }));
  ASSERT_TRUE(Eventually([&] { return dead->tries() > 3; }));
  EXPECT_EQ(Rows("destination = 'dead' AND state = 0 AND attempts = 0"), 10);
  EXPECT_EQ(Lines("cannot be sent"), 1);
  EXPECT_EQ(Lines("sent again"), 0);
  const auto standings = Standings(things());
  ASSERT_GE(standings.size(), 1U);
  EXPECT_EQ(standings[0].box, Box::kOutbox);
  EXPECT_EQ(standings[0].peer, "dead");
  EXPECT_EQ(standings[0].waiting, 10);

  alive = true;
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(dead->Sent("a"), "0 1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(slow->Sent("a"), "0 1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(Lines("cannot be sent"), 1);
  EXPECT_EQ(Lines("sent again"), 1);
}

TEST_F(RelayTest, ARefusedEventHoldsBackItsEntityUntilItIsParked) {
  std::atomic<bool> refuses = true;
  fake_->AnswerWith([&](const Context&, const Event& event) -> Result<void> {
    if (refuses && event.payload == "a1") {
      return Fail(Code::kResourceExhausted, "MESSAGE_TOO_LARGE", "too large");
    }
    return {};
  });
  RelayOptions options = Relaying();
  options.max_attempts = 3;
  const auto relay = OpenRelay(options, {fake_});
  for (const char* payload : {"a1", "b1", "a2", "b2"}) Publish(std::string(payload, 1), payload);
  ASSERT_TRUE(Eventually([&] { return fake_->Sent("b") == "b1 b2"; }));
  Publish("b", "b3");
  Publish("a", "a3");
  ASSERT_TRUE(Eventually([&] { return fake_->Sent("b") == "b1 b2 b3"; }));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(fake_->Sent("a"), "");
  EXPECT_EQ(Rows("attempts = 1"), 1);
  EXPECT_EQ(Standings(things())[0].retrying, 1);
  Advance(options.max_pause);
  ASSERT_TRUE(Eventually([&] { return Rows("attempts = 2") == 1; }));
  EXPECT_EQ(fake_->Sent("a"), "");
  Advance(options.max_pause);
  ASSERT_TRUE(Eventually([&] { return fake_->Sent("a") == "a2 a3"; }));
  const auto parked = Parked(things());
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked[0].box, Box::kOutbox);
  EXPECT_EQ(parked[0].peer, "stock");
  EXPECT_EQ(parked[0].event.payload, "a1");
  EXPECT_EQ(parked[0].attempts, 3);
  EXPECT_EQ(parked[0].parked_at, clock_());
  EXPECT_THAT(parked[0].reason, ::testing::HasSubstr("MESSAGE_TOO_LARGE"));
  EXPECT_EQ(Lines("seam events parked"), 1);
  EXPECT_EQ(Lines("cannot be sent"), 0);

  refuses = false;
  EXPECT_TRUE(Retry(things(), Box::kOutbox, parked[0].position));
  ASSERT_TRUE(Eventually([&] { return fake_->Sent("a") == "a2 a3 a1"; }));
}

TEST_F(RelayTest, AParkedEventCanBeDropped) {
  fake_->AnswerWith([&](const Context&, const Event&) -> Result<void> {
    return Fail(Code::kInvalidArgument, "INVALID_FIELD", "no");
  });
  RelayOptions options = Relaying();
  options.max_attempts = 1;
  const auto relay = OpenRelay(options, {fake_});
  Publish("a", "1");
  ASSERT_TRUE(Eventually([&] { return Parked(things()).size() == 1; }));
  const std::int64_t position = Parked(things())[0].position;
  EXPECT_FALSE(Drop(things(), Box::kOutbox, position + 1));
  EXPECT_TRUE(Drop(things(), Box::kOutbox, position));
  EXPECT_FALSE(Drop(things(), Box::kOutbox, position));
  EXPECT_EQ(Rows(), 0);
}

TEST_F(RelayTest, WhatWasNotSentSurvives) {
  fake_->AnswerWith(Unreachable);
  auto relay = OpenRelay({fake_});
  for (int i = 0; i < 3; ++i) Publish("a", std::to_string(i));
  ASSERT_TRUE(Eventually([&] { return fake_->tries() > 0; }));
  relay.reset();
  EXPECT_EQ(Rows(), 3);
  EXPECT_FALSE(Retry(things(), Box::kOutbox, 1));  // It is not parked.
  EXPECT_FALSE(Drop(things(), Box::kOutbox, 1));
  EXPECT_EQ(Count(things(), "seam_event_lease"), 0);
  Publish("a", "3");
  fake_->AnswerWith({});
  relay = OpenRelay({fake_});
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(fake_->Sent("a"), "0 1 2 3");
}

// As when the relay dies between the two.
TEST_F(RelayTest, SendsAgainWhatWasSentAndNotNoted) {
  const auto inbox = OpenInbox();
  InboxService service({inbox.get()});
  v1::InboxInProcessClient client(service);
  RelayOptions options = Relaying();
  std::atomic<bool> breaks = true;
  options.after_send = [&] {
    if (breaks.exchange(false)) throw std::runtime_error("broken off");
  };
  Publish("a", "1");
  const auto relay = OpenRelay(options, {std::make_shared<DirectDestination>("stock", client)});
  ASSERT_TRUE(Eventually([&] { return Rows() == 0 && Effects("a") == "1"; }));
  EXPECT_EQ(Standings(stock())[0].redelivered, 1);
  EXPECT_EQ(Lines("is interrupted"), 1);
  EXPECT_TRUE(Eventually([&] { return Lines("goes on") == 1; }));
}

TEST_F(RelayTest, SeveralShareTheWork) {
  const auto second = std::make_shared<FakeDestination>("stock");
  auto one = OpenRelay({fake_});
  const auto other = OpenRelay({second});
  ASSERT_TRUE(Eventually([&] {
    Advance(milliseconds(500));
    return Count(
               things(),
               "(SELECT holder FROM seam_event_lease GROUP BY holder HAVING count(*) = 8) AS h") ==
           2;
  }));
  for (int i = 0; i < 60; ++i) Publish("e" + std::to_string(i % 20), std::to_string(i));
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(fake_->tries() + second->tries(), 60);
  EXPECT_GT(fake_->tries(), 0);
  EXPECT_GT(second->tries(), 0);
  const std::string all = fake_->Sent("e7") + second->Sent("e7");
  EXPECT_EQ(all, "7 27 47");

  // One of them dies without giving its leases back: they stand in a dead one's name.
  one.reset();
  for (int part = 0; part < 16; ++part) {
    Execute(things(), "INSERT INTO seam_event_lease (name, holder, until) VALUES ('outbox/stock/" +
                          std::to_string(part) + "', 'dead', " +
                          std::to_string(now_ + Relaying().lease.count()) +
                          ") ON CONFLICT DO NOTHING");
  }
  for (int i = 60; i < 80; ++i) Publish("e" + std::to_string(i % 20), std::to_string(i));
  ASSERT_TRUE(Eventually([&] {
    Advance(milliseconds(500));
    return Rows() == 0;
  }));
  EXPECT_EQ(fake_->tries() + second->tries(), 80);
  EXPECT_THAT(second->Sent("e7"), ::testing::EndsWith("67"));
}

TEST_F(RelayTest, EndsQuicklyWhileItSends) {
  fake_->AnswerWith([&](const Context& context, const Event&) -> Result<void> {
    while (!context.cancelled()) std::this_thread::sleep_for(milliseconds(1));
    return Fail(Code::kCancelled, "CANCELLED", "");
  });
  auto relay = OpenRelay({fake_});
  Publish("a", "1");
  ASSERT_TRUE(Eventually([&] { return fake_->tries() == 1; }));
  relay.reset();
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Count(things(), "seam_event_worker"), 0);
  EXPECT_EQ(Lines(""), 0);
}

// The bus was switched while events were in the outbox, and more are published.
TEST_F(RelayTest, AddressesAnewWhatNobodySends) {
  Publish("a", "1");
  Publish("b", "1");
  Publish("a", "2");
  publication_.destinations = {"bus"};
  Publish("a", "3");
  Publish("c", "1");
  const auto bus = std::make_shared<FakeDestination>("bus");
  const auto relay = OpenRelay({bus});
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(bus->tries(), 0);  // What is newer waits, and the old relay may still be there.
  Advance(Relaying().lease);
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(bus->Sent("a"), "1 2 3");
  EXPECT_EQ(bus->Sent("b"), "1");
  EXPECT_EQ(bus->Sent("c"), "1");
  EXPECT_EQ(bus->tries(), 5);
  EXPECT_GE(Lines("addressed anew"), 1);
}

TEST_F(RelayTest, AddressesAnewToEachOfItsDestinations) {
  publication_.destinations = {"bus"};
  for (int i = 0; i < 9; ++i) Publish("e" + std::to_string(i % 3), std::to_string(i));
  publication_.destinations = {"one", "two", "three"};
  for (int i = 9; i < 18; ++i) Publish("e" + std::to_string(i % 3), std::to_string(i));
  Advance(Relaying().lease);
  std::vector<std::shared_ptr<FakeDestination>> fakes;
  Destinations destinations;
  for (const std::string& name : publication_.destinations) {
    destinations.push_back(fakes.emplace_back(std::make_shared<FakeDestination>(name)));
  }
  const auto relay = OpenRelay(destinations);
  for (int i = 18; i < 27; ++i) Publish("e" + std::to_string(i % 3), std::to_string(i));
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  for (const auto& fake : fakes) {
    EXPECT_EQ(fake->Sent("e0"), "0 3 6 9 12 15 18 21 24") << fake->name();
    EXPECT_EQ(fake->Sent("e2"), "2 5 8 11 14 17 20 23 26") << fake->name();
  }
}

TEST_F(RelayTest, KeepsTheOrderOfWhatIsPublishedWhileItAddressesAnew) {
  publication_.destinations = {"bus"};
  Publish("a", "1");
  publication_.destinations = {"one", "two"};
  const auto one = std::make_shared<FakeDestination>("one");
  const auto two = std::make_shared<FakeDestination>("two");
  two->AnswerWith(Unreachable);
  RelayOptions options = Relaying();
  options.max_pause = milliseconds(10);
  const auto relay = OpenRelay(options, {one, two});
  ASSERT_TRUE(AwaitRounds());
  things().Write(Context(), [&](Session& session) {
    SqlOutbox outbox(session, publication_);
    outbox.Add(Context(), {kRenamed, "a", "2"}).value();
    Advance(Relaying().lease);
    // SQLite lets nobody else write meanwhile.
    for (int i = 0; i < 3 && things().engine() == sql::Engine::kPostgresql; ++i) {
      EXPECT_TRUE(AwaitRounds());
    }
  });
  two->AnswerWith({});
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(one->Sent("a"), "1 2");
  EXPECT_EQ(two->Sent("a"), "1 2");
}

TEST_F(RelayTest, LeavesToAnotherRelayWhatItHas) {
  publication_.destinations = {"old"};
  const auto old = std::make_shared<FakeDestination>("old");
  old->AnswerWith(Unreachable);
  RelayOptions options = Relaying();
  options.max_pause = milliseconds(10);
  auto other = OpenRelay(options, {old});
  Publish("a", "1");
  ASSERT_TRUE(Eventually([&] { return old->tries() > 0; }));
  publication_.destinations = {"stock"};
  Publish("a", "2");
  const auto relay = OpenRelay({fake_});
  for (int i = 0; i < 6; ++i) {  // Longer than a lease, in steps in which it is renewed.
    Advance(milliseconds(2000));
    ASSERT_TRUE(AwaitRounds());
  }
  EXPECT_EQ(fake_->tries(), 0);
  old->AnswerWith({});
  ASSERT_TRUE(Eventually([&] { return Rows() == 0; }));
  EXPECT_EQ(old->Sent("a"), "1");
  EXPECT_EQ(fake_->Sent("a"), "2");
}

// Relays and inboxes come, end, break off, and lose their leases when they are slow.
TEST_F(RelayTest, NothingIsLostDoubledOrReorderedWhileTheyComeAndGo) {
  constexpr std::int64_t kEntities = 8;
  constexpr std::int64_t kEventsOfEach = 25;
  std::atomic<int> sends = 0;
  std::atomic<int> commits = 0;
  RelayOptions relaying = Relaying();
  relaying.clock = std::chrono::system_clock::now;
  relaying.lease = milliseconds(60);
  relaying.batch = 7;
  relaying.after_send = [&] {
    if (++sends % 15 == 0) throw std::runtime_error("broken off");
  };
  InboxOptions receiving = Options();
  receiving.clock = relaying.clock;
  receiving.lease = relaying.lease;
  receiving.batch = 7;
  receiving.first_pause = milliseconds(1);
  receiving.longest_pause = milliseconds(5);
  receiving.max_attempts = 1000;
  receiving.before_commit = [&] {
    if (++commits % 15 == 0) throw std::runtime_error("broken off");
  };
  publication_.clock = relaying.clock;

  struct Pair {
    std::unique_ptr<Inbox> inbox;
    std::unique_ptr<InboxService> service;
    std::unique_ptr<v1::InboxInProcessClient> client;
    std::unique_ptr<Relay> relay;
  };
  const auto open = [&] {
    Pair pair;
    pair.inbox = OpenInbox(receiving);
    pair.service = std::make_unique<InboxService>(std::vector<Inbox*>{pair.inbox.get()});
    pair.client = std::make_unique<v1::InboxInProcessClient>(*pair.service);
    pair.relay = OpenRelay(relaying, {std::make_shared<DirectDestination>("stock", *pair.client)});
    return pair;
  };
  const auto close = [](Pair& pair) {
    pair.relay.reset();
    pair.inbox.reset();
  };
  std::vector<Pair> pairs;
  for (int i = 0; i < 3; ++i) pairs.push_back(open());
  std::thread publisher([&] {
    for (int i = 0; i < kEventsOfEach; ++i) {
      for (int entity = 0; entity < kEntities; ++entity) {
        Publish("e" + std::to_string(entity), std::to_string(i));
      }
    }
  });
  const auto done = [&] { return Count(stock(), "effect") == kEntities * kEventsOfEach; };
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_TRUE(
        Eventually([&, before = commits.load()] { return commits > before + 3 || done(); }));
    Pair& pair = pairs[i % pairs.size()];
    close(pair);
    pair = open();
  }
  publisher.join();
  EXPECT_TRUE(Eventually(
      [&] { return Count(stock(), "effect") == kEntities * kEventsOfEach && Rows() == 0; }));
  for (Pair& pair : pairs) close(pair);
  std::string expected;
  for (int i = 0; i < kEventsOfEach; ++i) expected += (i == 0 ? "" : " ") + std::to_string(i);
  for (int entity = 0; entity < kEntities; ++entity) {
    EXPECT_EQ(Effects("e" + std::to_string(entity)), expected);
  }
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 1"), kEntities * kEventsOfEach);
}

// What a subscriber's process answers, as DirectDestination meets it.
class RefusingInbox final : public v1::InboxClient {
 public:
  Result<v1::DeliverResponse> Deliver(const Context& /*context*/,
                                      const v1::DeliverRequest& request) override {
    calls.push_back(request.events.size());
    for (const v1::Event& event : request.events) {
      if (event.payload == "bad") return Fail(Code::kInvalidArgument, "INVALID_FIELD", "bad");
      if (event.payload == "dead") return Fail(Code::kUnavailable, "UNREACHABLE", "dead");
    }
    for (const v1::Event& event : request.events) taken += event.payload.substr(0, 2) + " ";
    return v1::DeliverResponse();
  }

  std::vector<std::size_t> calls;
  std::string taken;
};

class DirectDestinationTest : public ::testing::Test {
 protected:
  std::string Send(const std::vector<std::pair<std::string, std::string>>& entities_and_payloads) {
    std::vector<Event> events;
    for (const auto& [entity, payload] : entities_and_payloads) {
      Event& event = events.emplace_back();
      event.entity = entity;
      event.payload = payload;
    }
    std::string outcomes;
    for (const Result<void>& result : destination_.Send(Context(), events)) {
      outcomes += result ? "+" : result.error().code == Code::kUnavailable ? "u" : "r";
    }
    return outcomes;
  }

  RefusingInbox inbox_;
  DirectDestination destination_{"stock", inbox_};
};

TEST_F(DirectDestinationTest, SendsTheOthersOneByOneWhenOneIsRefused) {
  EXPECT_EQ(Send({{"a", "a1"}, {"b", "bad"}, {"a", "a2"}, {"b", "b2"}, {"c", "c1"}}), "+r+r+");
  EXPECT_EQ(inbox_.taken, "a1 a2 c1 ");
  EXPECT_EQ(inbox_.calls, (std::vector<std::size_t>{5, 1, 1, 1, 1}));
}

TEST_F(DirectDestinationTest, StopsWhenNobodyIsThere) {
  EXPECT_EQ(Send({{"a", "a1"}, {"b", "dead"}, {"c", "c1"}}), "uuu");
  EXPECT_EQ(inbox_.calls, (std::vector<std::size_t>{3}));
  EXPECT_EQ(Send({{"a", "a1"}, {"b", "bad"}, {"c", "c1"}, {"d", "dead"}, {"e", "e1"}}), "+r+uu");
  EXPECT_EQ(inbox_.calls, (std::vector<std::size_t>{3, 5, 1, 1, 1, 1}));
}

TEST_F(DirectDestinationTest, KeepsCallsSmall) {
  std::vector<std::pair<std::string, std::string>> events(501, {"a", "a"});
  EXPECT_EQ(Send(events), std::string(501, '+'));
  EXPECT_EQ(inbox_.calls, (std::vector<std::size_t>{500, 1}));
  inbox_.calls.clear();
  const std::string large(600'000, 'x');
  EXPECT_EQ(Send({{"a", large}, {"b", large}, {"c", large + large}, {"d", "d1"}}), "++++");
  EXPECT_EQ(inbox_.calls, (std::vector<std::size_t>{1, 1, 1, 1}));
}

}  // namespace
}  // namespace seam::events
