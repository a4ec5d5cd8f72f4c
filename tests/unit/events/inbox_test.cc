#include <condition_variable>
#include <optional>
#include <stdexcept>

#include "events_fixture.h"

namespace seam::events {
namespace {

using std::chrono::hours;

class InboxTest : public EventsFixture {};

TEST_F(InboxTest, AppliesEachEventOnceHoweverOftenItComes) {
  const auto inbox = OpenInbox();
  const Event one = NewEvent("a", "1");
  const Event two = NewEvent("a", "2");
  EXPECT_EQ(inbox->Accept(Context(), {one, two, one}).value(), 1);
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1 2"; }));
  const Event three = NewEvent("a", "3");
  EXPECT_EQ(inbox->Accept(Context(), {one, two, three}).value(), 2);
  EXPECT_EQ(inbox->Accept(Context(), {one}).value(), 1);
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1 2 3"; }));
  const auto standings = Standings(stock());
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].box, Box::kInbox);
  EXPECT_EQ(standings[0].peer, "things");
  EXPECT_EQ(standings[0].applied, 3);
  EXPECT_EQ(standings[0].redelivered, 3);
  EXPECT_EQ(standings[0].waiting, 0);
  EXPECT_EQ(Lines(""), 0);
}

TEST_F(InboxTest, TakesNothingWhenOneEventIsWrong) {
  const auto inbox = OpenInbox();
  InboxService service({inbox.get()});
  const auto deliver = [&](const std::function<void(v1::DeliverRequest&)>& change) {
    v1::DeliverRequest request;
    request.subscriber = "stock";
    for (int i = 0; i < 3; ++i) {
      v1::Event& event = request.events.emplace_back();
      event.id = NewUuidV7();
      event.source = "things";
      event.topic = kRenamed.topic;
      event.type = kRenamed.type;
      event.entity = "a";
      event.published_at.emplace();
    }
    change(request);
    return Outcome(service.Deliver(Context(), request));
  };
  const std::string wrong = "INVALID_ARGUMENT INVALID_FIELD field=";
  const std::string long_text(201, 'x');
  EXPECT_EQ(deliver([](auto& request) { request.subscriber = "other"; }),
            "NOT_FOUND UNKNOWN_SUBSCRIBER");
  EXPECT_EQ(deliver([](auto& request) { request.events.clear(); }), wrong + "events");
  EXPECT_EQ(deliver([](auto& request) { request.events.resize(501, request.events[0]); }),
            wrong + "events");
  EXPECT_EQ(deliver([](auto& request) { request.events[2].id = "7"; }), wrong + "events[2].id");
  EXPECT_EQ(deliver([](auto& request) { request.events[1].source = ""; }),
            wrong + "events[1].source");
  EXPECT_EQ(deliver([&](auto& request) { request.events[0].topic = long_text; }),
            wrong + "events[0].topic");
  EXPECT_EQ(deliver([](auto& request) { request.events[0].type = ""; }), wrong + "events[0].type");
  EXPECT_EQ(deliver([](auto& request) { request.events[0].entity = std::string("a\0b", 3); }),
            wrong + "events[0].entity");
  EXPECT_EQ(deliver([](auto& request) { request.events[1].published_at.reset(); }),
            wrong + "events[1].published_at");
  EXPECT_EQ(
      deliver([](auto& request) { request.events[2].published_at->seconds = 10'000'000'000; }),
      wrong + "events[2].published_at");
  EXPECT_EQ(deliver([&](auto& request) { request.events[0].traceparent = long_text; }),
            wrong + "events[0].traceparent");
  EXPECT_EQ(Count(stock(), "seam_inbox"), 0);
  EXPECT_EQ(deliver([](auto& /*request*/) {}), "OK");
}

TEST_F(InboxTest, TakesNoMoreThanItMay) {
  InboxOptions options = Options();
  options.max_waiting = 3;
  std::atomic<bool> fails = true;
  const auto inbox = OpenInbox(options, [&](const Context&, const Event&) -> Result<void> {
    if (fails) return Fail(Code::kUnavailable, "NOT_NOW", "not now");
    return {};
  });
  EXPECT_EQ(Outcome(inbox->Accept(Context(), {NewEvent("a", "1"), NewEvent("a", "2")})), "OK");
  EXPECT_EQ(Outcome(inbox->Accept(Context(), {NewEvent("a", "3")})), "OK");
  EXPECT_EQ(Outcome(inbox->Accept(Context(), {NewEvent("b", "1")})),
            "RESOURCE_EXHAUSTED INBOX_FULL");
  fails = false;
  Advance(options.longest_pause);
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1 2 3"; }));
  EXPECT_EQ(Outcome(inbox->Accept(Context(), {NewEvent("b", "1")})), "OK");
}

TEST_F(InboxTest, AFailingEventHoldsBackOnlyItsEntity) {
  std::atomic<bool> fails = true;
  const auto inbox = OpenInbox([&](const Context&, const Event& event) -> Result<void> {
    if (fails && event.payload == "a2") return Fail(Code::kUnavailable, "NOT_NOW", "not now");
    return {};
  });
  EXPECT_TRUE(
      inbox->Accept(Context(), {NewEvent("a", "a1"), NewEvent("b", "b1"), NewEvent("a", "a2"),
                                NewEvent("a", "a3"), NewEvent("b", "b2")}));
  ASSERT_TRUE(Eventually([&] { return Effects("b") == "b1 b2"; }));
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "a4"), NewEvent("b", "b3")}));
  ASSERT_TRUE(Eventually([&] { return Effects("b") == "b1 b2 b3"; }));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Effects("a"), "a1");
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 0 AND attempts = 1"), 1);
  EXPECT_EQ(Standings(stock())[0].retrying, 1);
  EXPECT_EQ(Standings(stock())[0].waiting, 3);

  Advance(Options().first_pause - milliseconds(1));  // Not yet.
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE attempts = 1"), 1);
  Advance(milliseconds(1));
  ASSERT_TRUE(Eventually([&] { return Count(stock(), "seam_inbox WHERE attempts = 2") == 1; }));
  fails = false;
  Advance(2 * Options().first_pause);
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "a1 a2 a3 a4"; }));
  EXPECT_EQ(Lines("could not be applied"), 2);
}

TEST_F(InboxTest, ParksWhatFailsTooOften) {
  InboxOptions options = Options();
  options.max_attempts = 3;
  std::atomic<bool> fails = true;
  const auto inbox = OpenInbox(options, [&](const Context&, const Event& event) -> Result<void> {
    if (fails && event.payload == "a1") throw std::runtime_error("password 1234");
    return {};
  });
  const Event poison = NewEvent("a", "a1");
  EXPECT_TRUE(inbox->Accept(Context(), {poison, NewEvent("a", "a2")}));
  ASSERT_TRUE(Eventually([&] {
    Advance(options.longest_pause);
    return Effects("a") == "a2";
  }));
  const auto parked = Parked(stock());
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked[0].box, Box::kInbox);
  EXPECT_EQ(parked[0].peer, "things");
  EXPECT_EQ(parked[0].event.id, poison.id);
  EXPECT_EQ(parked[0].event.payload, "a1");
  EXPECT_EQ(parked[0].attempts, 3);
  EXPECT_THAT(parked[0].reason, ::testing::StartsWith("INTERNAL UNHANDLED_EXCEPTION"));
  EXPECT_THAT(parked[0].reason, ::testing::Not(::testing::HasSubstr("1234")));
  EXPECT_EQ(Lines("1234"), 3);
  EXPECT_EQ(Lines("seam events parked"), 1);

  // Once more for nothing, then with success.
  EXPECT_FALSE(Retry(stock(), Box::kInbox, parked[0].position + 1));
  EXPECT_TRUE(Retry(stock(), Box::kInbox, parked[0].position));
  ASSERT_TRUE(Eventually([&] {
    Advance(options.longest_pause);
    return Parked(stock()).size() == 1;
  }));
  fails = false;
  EXPECT_TRUE(Retry(stock(), Box::kInbox, parked[0].position));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "a2 a1"; }));
  EXPECT_FALSE(Retry(stock(), Box::kInbox, parked[0].position));
  EXPECT_FALSE(Drop(stock(), Box::kInbox, parked[0].position));
}

TEST_F(InboxTest, WhatWasDroppedIsRemembered) {
  const auto inbox = OpenInbox([&](const Context&, const Event& event) -> Result<void> {
    if (event.payload == "a1") return Fail(Code::kDataLoss, "INVALID_EVENT", "no such message");
    return {};
  });
  const Event poison = NewEvent("a", "a1");
  EXPECT_TRUE(inbox->Accept(Context(), {poison, NewEvent("a", "a2")}));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "a2"; }));
  const auto parked = Parked(stock());  // At once, as it never gets better.
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked[0].attempts, 1);
  EXPECT_TRUE(Drop(stock(), Box::kInbox, parked[0].position));
  EXPECT_TRUE(Parked(stock()).empty());
  EXPECT_EQ(inbox->Accept(Context(), {poison}).value(), 1);
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Effects("a"), "a2");
}

TEST_F(InboxTest, RollsBackWhatIsBrokenOffBeforeTheCommit) {
  InboxOptions options = Options();
  std::atomic<int> left = 2;
  options.before_commit = [&] {
    if (left-- > 0) throw std::runtime_error("broken off");
  };
  const auto inbox = OpenInbox(options);
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "1"), NewEvent("a", "2")}));
  ASSERT_TRUE(Eventually([&] {
    Advance(options.longest_pause);
    return Effects("a") == "1 2";
  }));
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 1"), 2);
}

TEST_F(InboxTest, NotesUnknownEventsAsApplied) {
  const auto inbox = OpenInbox();
  Event unknown = NewEvent("a", "1");
  unknown.type = "test.SomethingNew";
  EXPECT_TRUE(inbox->Accept(Context(), {unknown, NewEvent("a", "2")}));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "2"; }));
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 1"), 2);
}

TEST_F(InboxTest, ContinuesTheTraceWithALimitOfTime) {
  std::mutex mutex;
  std::optional<Context> seen;
  std::optional<Event> received;
  const auto inbox = OpenInbox([&](const Context& context, const Event& event) -> Result<void> {
    const std::lock_guard lock(mutex);
    seen = context;
    received = event;
    return {};
  });
  Event event = NewEvent("ä", "1");
  const TraceContext trace = NewTrace();
  event.traceparent = FormatTraceparent(trace);
  event.published_at = clock_();
  EXPECT_TRUE(inbox->Accept(Context(), {event}));
  ASSERT_TRUE(Eventually([&] { return Effects("ä") == "1"; }));
  EXPECT_EQ(seen->trace().trace_id, trace.trace_id);
  EXPECT_NE(seen->trace().span_id, trace.span_id);
  EXPECT_TRUE(seen->deadline());
  EXPECT_EQ(received->id, event.id);
  EXPECT_EQ(received->source, "things");
  EXPECT_EQ(received->topic, kRenamed.topic);
  EXPECT_EQ(received->published_at, event.published_at);
}

TEST_F(InboxTest, ForgetsWhatWasAppliedLongAgo) {
  const auto inbox = OpenInbox();
  const Event old = NewEvent("a", "1");
  EXPECT_TRUE(inbox->Accept(Context(), {old}));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1"; }));
  Advance(Options().keep_applied);
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("b", "1")}));
  ASSERT_TRUE(Eventually([&] { return Effects("b") == "1"; }));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Count(stock(), "seam_inbox"), 2);
  Advance(Options().lease);
  EXPECT_TRUE(Eventually([&] { return Count(stock(), "seam_inbox") == 1; }));
  EXPECT_EQ(inbox->Accept(Context(), {old}).value(), 0);
}

TEST_F(InboxTest, StandingsTellHowFarBehindItIs) {
  const auto inbox = OpenInbox([](const Context&, const Event&) -> Result<void> {
    return Fail(Code::kUnavailable, "NOT_NOW", "not now");
  });
  Event event = NewEvent("a", "1");
  event.published_at = clock_();
  EXPECT_TRUE(inbox->Accept(Context(), {event}));
  Advance(milliseconds(90));
  const auto standings = Standings(stock());
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].waiting, 1);
  EXPECT_EQ(standings[0].lag, milliseconds(90));
}

TEST_F(InboxTest, AnotherOneTakesOverWhenALeaseHasEnded) {
  InboxOptions options = Options();
  options.lease = milliseconds(1000);
  const std::int64_t until = now_ + options.lease.count();
  for (int part = 0; part < 16; ++part) {
    Execute(stock(), "INSERT INTO seam_event_lease (name, holder, until) VALUES ('inbox/" +
                         std::to_string(part) + "', 'dead', " + std::to_string(until) + ")");
  }
  const auto inbox = OpenInbox(options);
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "1")}));
  Advance(options.lease - milliseconds(1));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Effects("a"), "");
  Advance(milliseconds(1));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1"; }));
  EXPECT_EQ(Lines("taken over"), 1);
}

TEST_F(InboxTest, TakesNoLeaseThatAnotherTakesAtTheSameTime) {
  std::unique_ptr<Inbox> inbox;
  stock().Write(Context(), [&](Session& session) {
    for (int part = 0; part < 16; ++part) {
      session.Execute("INSERT INTO seam_event_lease (name, holder, until) VALUES ($1, 'other', $2)",
                      {"inbox/" + std::to_string(part), now_ + Options().lease.count()});
    }
    // It sees no leases, and waits to take them.
    if (!inbox) inbox = OpenInbox();
    EXPECT_TRUE(Eventually([&] { return reads_ > 0; }));
  });
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "1")}));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Count(stock(), "seam_event_lease WHERE holder = 'other'"), 16);
  EXPECT_EQ(Effects("a"), "");
}

// As when its clock is wrong, or it has slept for long.
TEST_F(InboxTest, AppliesNothingOnceAnotherHoldsThePartition) {
  InboxOptions options = Options();
  options.lease = hours(1);  // So that it does not look by itself.
  const auto inbox = OpenInbox(options);
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "1")}));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1"; }));
  Execute(stock(), "UPDATE seam_event_lease SET holder = 'other'");
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "2"), NewEvent("b", "1")}));
  ASSERT_TRUE(AwaitRounds());
  EXPECT_EQ(Count(stock(), "effect"), 1);
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 0 AND attempts = 0"), 2);
  Execute(stock(), "DELETE FROM seam_event_lease");
  Advance(hours(1));
  ASSERT_TRUE(Eventually([&] { return Effects("a") == "1 2"; }));
}

TEST_F(InboxTest, SeveralShareTheWork) {
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
  const auto one = OpenInbox([&](const Context&, const Event&) -> Result<void> {
    ++first;
    return {};
  });
  const auto other = OpenInbox([&](const Context&, const Event&) -> Result<void> {
    ++second;
    return {};
  });
  ASSERT_TRUE(Eventually([&] {
    Advance(milliseconds(500));
    return Count(
               stock(),
               "(SELECT holder FROM seam_event_lease GROUP BY holder HAVING count(*) = 8) AS h") ==
           2;
  }));
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i) {
    events.push_back(NewEvent("e" + std::to_string(i % 20), std::to_string(i)));
  }
  EXPECT_TRUE(one->Accept(Context(), events));
  other->Wake();
  ASSERT_TRUE(Eventually([&] { return Count(stock(), "effect") == 200; }));
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
  EXPECT_EQ(Effects("e3"), "3 23 43 63 83 103 123 143 163 183");
}

TEST_F(InboxTest, EndsQuicklyAndGivesItsLeasesBack) {
  std::atomic<bool> entered = false;
  auto inbox = OpenInbox([&](const Context& context, const Event&) -> Result<void> {
    entered = true;
    while (!context.cancelled()) std::this_thread::sleep_for(milliseconds(1));
    return {};
  });
  EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a", "1")}));
  ASSERT_TRUE(Eventually([&] { return entered.load(); }));
  EXPECT_GT(Count(stock(), "seam_event_lease"), 0);
  inbox.reset();
  EXPECT_EQ(Count(stock(), "seam_event_lease"), 0);
  EXPECT_EQ(Count(stock(), "seam_event_worker"), 0);
  EXPECT_EQ(Effects("a"), "");
  inbox = OpenInbox();
  EXPECT_TRUE(Eventually([&] { return Effects("a") == "1"; }));
  EXPECT_EQ(Lines(""), 0);
}

}  // namespace
}  // namespace seam::events
