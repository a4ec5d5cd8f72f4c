#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "certificates.h"
#include "nats/private_nats_server.h"
#include "postgresql/module_databases.h"
#include "seam/core/uuid.h"
#include "seam/events/inbox.h"
#include "seam/events/nats/events_stream_internal.h"
#include "seam/events/nats/nats_connection.h"
#include "seam/events/nats/nats_destination.h"
#include "seam/events/nats/nats_source.h"
#include "seam/events/schema.h"
#include "seam/host/events_options.h"
#include "seam/testing/temporary_folder.h"

namespace seam::events {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PrivateNatsServer;

constexpr std::chrono::seconds kLong{20};

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// A log that can be looked into.
class Lines {
 public:
  [[nodiscard]] Log& log() { return log_; }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  [[nodiscard]] bool Await(const std::string& part) const {
    return Eventually([&] { return text().find(part) != std::string::npos; });
  }
  [[nodiscard]] int Count(const std::string& part) const {
    const std::string all = text();
    int count = 0;
    for (std::size_t at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) {
      ++count;
    }
    return count;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  Log log_{{.level = LogLevel::kDebug, .format = LogFormat::kText, .sink = [this](auto line) {
              const std::lock_guard lock(mutex_);
              text_ += std::string(line) + "\n";
            }}};
};

Event MakeEvent(const std::string& entity, const std::string& payload = "what happened") {
  Event event;
  event.id = NewUuidV7();
  event.source = "products";
  event.topic = "product.updated";
  event.type = "shop.products.v1.ProductUpdated";
  event.entity = entity;
  event.payload = payload;
  event.published_at = std::chrono::system_clock::time_point(milliseconds(1'732'300'000'123));
  event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return event;
}

std::vector<std::string> Ids(const std::vector<Event>& events) {
  std::vector<std::string> ids;
  ids.reserve(events.size());
  for (const Event& event : events) ids.push_back(event.id);
  return ids;
}

// The subscriber's module: a database with an inbox.
class Module {
 public:
  explicit Module(Log& log) : log_(log) {
    sql::Migrate(Context(), *database_, {EventTables(1)});
    inbox_.emplace(
        *database_, InboxOptions{.subscriber = "inventory"},
        [](sql::Session&) { return std::vector<std::unique_ptr<Subscriber>>(); }, log_);
  }

  [[nodiscard]] std::unique_ptr<NatsSource> Take(std::shared_ptr<NatsConnection> connection,
                                                 NatsSourceOptions options = {}) {
    options.source = "products";
    options.poll = milliseconds(20);
    if (options.lease == NatsSourceOptions().lease) options.lease = milliseconds(600);
    return std::make_unique<NatsSource>(std::move(connection), *database_, *inbox_,
                                        std::move(options), log_);
  }

  // Of the events, in the order in which they were taken.
  [[nodiscard]] std::vector<std::string> Taken() const {
    return database_->Read(Context(), [](sql::Session& session) {
      std::vector<std::string> ids;
      session.Query("SELECT event_id FROM seam_inbox ORDER BY position", {},
                    [&](const sql::Row& row) { ids.emplace_back(row.Text(0)); });
      return ids;
    });
  }
  [[nodiscard]] bool AwaitTaken(std::size_t count) const {
    return Eventually([&] { return Taken().size() >= count; });
  }
  [[nodiscard]] std::int64_t Place() const {
    return database_->Read(Context(), [](sql::Session& session) {
      return session
          .QueryOne("SELECT sequence FROM seam_event_place WHERE stream = 'seam-events-products'",
                    {}, [](const sql::Row& row) { return row.Int64(0); })
          .value_or(-1);
    });
  }
  void Execute(const std::string& statement) const {
    database_->Write(Context(), [&](sql::Session& session) { session.ExecuteScript(statement); });
  }
  [[nodiscard]] std::string LeaseHolder() const {
    return database_->Read(Context(), [](sql::Session& session) {
      return session
          .QueryOne("SELECT holder FROM seam_event_lease WHERE name = 'nats/products'", {},
                    [](const sql::Row& row) { return std::string(row.Text(0)); })
          .value_or("");
    });
  }
  [[nodiscard]] sql::Database& database() { return *database_; }

 private:
  Log& log_;
  const testing::ModuleDatabases databases_;
  const std::unique_ptr<sql::Database> database_ = databases_.Open("inventory");
  std::optional<Inbox> inbox_;
};

// What an operator, or a program of another make, does at the server.
class Operator {
 public:
  explicit Operator(const PrivateNatsServer& server) {
    Need(natsConnection_ConnectTo(&connection_, server.url().c_str()));
    Need(natsConnection_JetStream(&js_, connection_, nullptr));
  }
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  ~Operator() {
    jsCtx_Destroy(js_);
    natsConnection_Destroy(connection_);
  }

  void MakeStream(const char* name, const char* subjects,
                  const std::function<void(jsStreamConfig&)>& configure = {}) const {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Subjects = &subjects;
    config.SubjectsLen = 1;
    if (configure) configure(config);
    Need(js_AddStream(nullptr, js_, &config, nullptr, nullptr));
  }
  void DeleteStream(const char* name) const { Need(js_DeleteStream(js_, name, nullptr, nullptr)); }
  void PurgeStream(const char* name) const { Need(js_PurgeStream(js_, name, nullptr, nullptr)); }
  void Publish(const char* subject, const std::string& text) const {
    Need(js_Publish(nullptr, js_, subject, text.data(), static_cast<int>(text.size()), nullptr,
                    nullptr));
  }
  [[nodiscard]] std::uint64_t Messages() const {
    jsStreamInfo* info = nullptr;
    if (js_GetStreamInfo(&info, js_, "seam-events-products", nullptr, nullptr) != NATS_OK) return 0;
    const std::uint64_t messages = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return messages;
  }
  [[nodiscard]] std::int64_t MaxAge() const {
    jsStreamInfo* info = nullptr;
    Need(js_GetStreamInfo(&info, js_, "seam-events-products", nullptr, nullptr));
    const std::int64_t age = info->Config->MaxAge;
    jsStreamInfo_Destroy(info);
    return age;
  }
  // What the consumer has been told that it was taken.
  [[nodiscard]] std::uint64_t Confirmed() const {
    jsConsumerInfo* info = nullptr;
    if (js_GetConsumerInfo(&info, js_, "seam-events-products", "inventory", nullptr, nullptr) !=
        NATS_OK) {
      return 0;
    }
    const std::uint64_t sequence = info->AckFloor.Stream;
    jsConsumerInfo_Destroy(info);
    return sequence;
  }
  // Takes a message away from whoever it is for, as a second puller of its consumer does.
  void Steal() const {
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = "seam-events-products";
    options.Consumer = "inventory";
    natsSubscription* subscription = nullptr;
    Need(js_PullSubscribe(&subscription, js_, nullptr, "inventory", nullptr, &options, nullptr));
    natsMsgList list{};
    Need(natsSubscription_Fetch(&list, subscription, 1, 20'000, nullptr));
    natsMsgList_Destroy(&list);
    natsSubscription_Destroy(subscription);
  }
  void DeleteConsumer() const {
    Need(js_DeleteConsumer(js_, "seam-events-products", "inventory", nullptr, nullptr));
  }
  void MakeConsumer() const {
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = "inventory";
    Need(js_AddConsumer(nullptr, js_, "seam-events-products", &config, nullptr, nullptr));
  }

 private:
  static void Need(natsStatus status) {
    if (status != NATS_OK) ADD_FAILURE() << nats_GetLastError(nullptr);
  }

  natsConnection* connection_ = nullptr;
  jsCtx* js_ = nullptr;
};

NatsOptions To(const PrivateNatsServer& server) {
  NatsOptions options;
  options.url = server.url();
  options.max_pause = milliseconds(50);
  return options;
}

std::shared_ptr<NatsConnection> Connect(const PrivateNatsServer& server, Lines& lines) {
  return std::make_shared<NatsConnection>(To(server), lines.log());
}

Context Soon() { return Context().WithTimeout(kLong); }

void ExpectSent(NatsDestination& destination, const std::vector<Event>& events) {
  const auto results = destination.Send(Soon(), events);
  ASSERT_EQ(results.size(), events.size());
  for (const auto& result : results) EXPECT_TRUE(result) << ToString(result.error());
}

TEST(Nats, CarriesEventsAsTheyAre) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  EXPECT_EQ(destination.name(), "nats");
  EXPECT_TRUE(destination.Send(Soon(), {}).empty());

  std::vector<Event> events;
  for (int i = 0; i < 700; ++i) events.push_back(MakeEvent("p" + std::to_string(i % 300)));
  events[3].payload = std::string("\0\xff\x80", 3);
  ExpectSent(destination, events);
  const auto source = inventory.Take(connection);
  ASSERT_TRUE(inventory.AwaitTaken(events.size()));

  // About different entities they may overtake each other.
  std::map<std::string, std::vector<std::string>> sent;
  std::map<std::string, std::vector<std::string>> taken;
  for (const Event& event : events) sent[event.entity].push_back(event.id);
  inventory.database().Read(Context(), [&](sql::Session& session) {
    session.Query(
        "SELECT entity, event_id FROM seam_inbox ORDER BY position", {},
        [&](const sql::Row& row) { taken[std::string(row.Text(0))].emplace_back(row.Text(1)); });
    session.Query(
        "SELECT source, topic, type, entity, published_at, traceparent "
        "FROM seam_inbox WHERE event_id = $1",
        {events[3].id}, [&](const sql::Row& row) {
          EXPECT_EQ(row.Text(0), "products");
          EXPECT_EQ(row.Text(1), "product.updated");
          EXPECT_EQ(row.Text(2), "shop.products.v1.ProductUpdated");
          EXPECT_EQ(row.Text(3), "p3");
          EXPECT_EQ(row.Int64(4), 1'732'300'000'123);
          EXPECT_EQ(row.Text(5), events[3].traceparent);
        });
  });
  EXPECT_EQ(taken, sent);

  // The consumer at the server shows the same to its operator, and the stream has its limit.
  const Operator look(server);
  EXPECT_TRUE(Eventually([&] { return look.Confirmed() == 700; }));
  EXPECT_EQ(look.MaxAge(), std::chrono::nanoseconds(std::chrono::hours(7 * 24)).count());

  // One more is taken at once.
  ExpectSent(destination, {MakeEvent("p1")});
  EXPECT_TRUE(inventory.AwaitTaken(events.size() + 1));
  EXPECT_EQ(lines.Count("warning"), 0) << lines.text();
}

TEST(Nats, ServerKnowsARepeatedEvent) {
  const PrivateNatsServer server;
  Lines lines;
  NatsDestination destination(Connect(server, lines));
  const std::vector<Event> events = {MakeEvent("a"), MakeEvent("a"), MakeEvent("b")};
  ExpectSent(destination, events);
  ExpectSent(destination, events);
  EXPECT_EQ(Operator(server).Messages(), 3U);
}

TEST(Nats, NothingIsLostWhenTheServerIsKilled) {
  PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  const auto source = inventory.Take(connection);

  // One publisher that tries again, as a relay does.
  std::vector<Event> events;
  for (int i = 0; i < 400; ++i) events.push_back(MakeEvent("p" + std::to_string(i % 7)));
  std::thread publisher([&] {
    for (std::size_t first = 0; first < events.size(); first += 20) {
      std::vector<Event> rest(events.begin() + std::ptrdiff_t(first),
                              events.begin() + std::ptrdiff_t(first + 20));
      while (!rest.empty()) {
        const auto results = destination.Send(Context().WithTimeout(milliseconds(2000)), rest);
        std::vector<Event> failed;
        for (std::size_t i = 0; i < rest.size(); ++i) {
          if (results[i]) continue;
          EXPECT_EQ(results[i].error().code, Code::kUnavailable) << ToString(results[i].error());
          failed.push_back(rest[i]);
        }
        rest = std::move(failed);
      }
    }
  });
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(inventory.AwaitTaken(std::size_t(i) * 80));
    EXPECT_TRUE(Eventually([&] { return lines.Count("connected to NATS") == i; }));
    server.Kill();
    server.Start();
  }
  publisher.join();
  ASSERT_TRUE(inventory.AwaitTaken(events.size()));
  std::map<std::string, std::vector<std::string>> sent;
  std::map<std::string, std::vector<std::string>> taken;
  std::map<std::string, std::string> entities;
  for (const Event& event : events) {
    sent[event.entity].push_back(event.id);
    entities[event.id] = event.entity;
  }
  for (const std::string& id : inventory.Taken()) taken[entities[id]].push_back(id);
  EXPECT_EQ(taken, sent);
  EXPECT_EQ(lines.Count("the connection to NATS was lost"), 3) << lines.text();
  EXPECT_TRUE(Eventually([&] { return lines.Count("connected to NATS") == 4; })) << lines.text();
}

TEST(Nats, StartsBeforeItsServer) {
  PrivateNatsServer server("", false);
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  const auto source = inventory.Take(connection);
  EXPECT_TRUE(lines.Await("NATS cannot be reached; trying again"));
  EXPECT_FALSE(connection->connected());
  const Event event = MakeEvent("a");
  const auto results = destination.Send(Context().WithTimeout(milliseconds(20)), {event});
  ASSERT_FALSE(results.at(0));
  EXPECT_EQ(results[0].error().code, Code::kUnavailable);
  EXPECT_EQ(results[0].error().reason, "NATS_UNAVAILABLE");
  EXPECT_EQ(results[0].error().origin, Origin::kNotDelivered);
  EXPECT_THAT(results[0].error().message, HasSubstr(server.address()));

  server.Start();
  ExpectSent(destination, {event});
  EXPECT_TRUE(inventory.AwaitTaken(1));
  EXPECT_TRUE(connection->connected());
  EXPECT_EQ(lines.Count("NATS cannot be reached"), 1) << lines.text();
  EXPECT_EQ(lines.Count("connected to NATS"), 1) << lines.text();
}

TEST(Nats, RefusesAStreamOfAnotherKind) {
  const PrivateNatsServer server;
  Lines lines;
  const Operator other(server);
  other.MakeStream("seam-events-one", "something.else");
  other.MakeStream("seam-events-two", "seam.events.two.>",
                   [](auto& config) { config.Retention = js_WorkQueuePolicy; });
  other.MakeStream("seam-events-three", "seam.events.three.>",
                   [](auto& config) { config.Storage = js_MemoryStorage; });
  other.MakeStream("everything", "seam.events.four.*");
  NatsDestination destination(Connect(server, lines));
  const std::map<std::string, std::string> expected = {{"one", "seam.events.one.>"},
                                                       {"two", "retention"},
                                                       {"three", "memory"},
                                                       {"four", "another stream"}};
  std::vector<Event> events;
  for (const auto& [source, part] : expected) {
    events.push_back(MakeEvent("a"));
    events.back().source = source;
  }
  events.push_back(MakeEvent("a"));  // Of another source: not concerned.
  const auto results = destination.Send(Soon(), events);
  ASSERT_EQ(results.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_FALSE(results[i]);
    EXPECT_EQ(results[i].error().code, Code::kFailedPrecondition);
    EXPECT_EQ(results[i].error().reason, "STREAM_MISMATCH");
    EXPECT_THAT(results[i].error().message, HasSubstr("seam-events-" + events[i].source));
    EXPECT_THAT(results[i].error().message, HasSubstr(expected.at(events[i].source)));
  }
  EXPECT_TRUE(results[4]);

  Module inventory(lines.log());
  other.MakeConsumer();
  const auto source = inventory.Take(Connect(server, lines));
  EXPECT_TRUE(lines.Await("CONSUMER_MISMATCH"));
  other.DeleteConsumer();
  EXPECT_TRUE(inventory.AwaitTaken(1));
  EXPECT_TRUE(lines.Await("events are taken from NATS again"));
}

TEST(Nats, TellsAnEventsOwnFaultFromTheServers) {
  const PrivateNatsServer server("max_payload: 2048");
  Lines lines;
  NatsDestination destination(Connect(server, lines));
  Event bad_source = MakeEvent("a");
  bad_source.source = "a.b";
  Event not_utf8 = MakeEvent("\xff");
  Event odd_topic = MakeEvent("odd");
  odd_topic.topic = "*. >.";
  const std::vector<Event> events = {MakeEvent("large", std::string(3000, 'x')),
                                     MakeEvent("large"),  // Waits for the one before.
                                     // Only with its headers too large.
                                     MakeEvent("edge", std::string(1850, 'x')), bad_source,
                                     not_utf8, odd_topic, MakeEvent("small")};
  const auto results = destination.Send(Soon(), events);
  ASSERT_EQ(results.size(), events.size());
  for (const std::size_t i : {0U, 1U, 2U}) {
    ASSERT_FALSE(results[i]) << i;
    EXPECT_EQ(results[i].error().code, Code::kResourceExhausted);
    EXPECT_EQ(results[i].error().reason, "MESSAGE_TOO_LARGE");
    EXPECT_THAT(results[i].error().message, HasSubstr("2048"));
  }
  EXPECT_THAT(results[1].error().message, HasSubstr(events[0].id));
  for (const std::size_t i : {3U, 4U}) {
    ASSERT_FALSE(results[i]) << i;
    EXPECT_EQ(results[i].error().code, Code::kInvalidArgument);
  }
  EXPECT_TRUE(results[5]);
  EXPECT_TRUE(results[6]);
  EXPECT_EQ(Operator(server).Messages(), 2U);
}

TEST(Nats, SendsAnEntitysNextEventOnlyWhenTheOneBeforeIsStored) {
  const PrivateNatsServer server;
  Lines lines;
  NatsDestination destination(Connect(server, lines));
  // An operator's own limits: the server refuses what it has been sent.
  const Operator other(server);
  other.MakeStream("seam-events-products", "seam.events.products.>", [](auto& config) {
    config.MaxMsgSize = 2000;
    config.MaxMsgs = 3;
    config.Discard = js_DiscardNew;
  });
  const auto results =
      destination.Send(Soon(), {MakeEvent("a", std::string(3000, 'x')), MakeEvent("a"),
                                MakeEvent("b"), MakeEvent("b"), MakeEvent("b")});
  for (const std::size_t i : {0U, 1U}) {
    ASSERT_FALSE(results.at(i)) << i;
    EXPECT_EQ(results[i].error().code, Code::kResourceExhausted);
    EXPECT_EQ(results[i].error().reason, "MESSAGE_TOO_LARGE");
  }
  for (const std::size_t i : {2U, 3U, 4U}) EXPECT_TRUE(results.at(i)) << i;
  EXPECT_EQ(other.Messages(), 3U);

  // No room: the server's fault.
  for (const auto& result : destination.Send(Soon(), {MakeEvent("b"), MakeEvent("b")})) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kUnavailable);
    EXPECT_EQ(result.error().reason, "NATS_REFUSED");
    EXPECT_THAT(result.error().message, HasSubstr("maximum messages"));
  }
}

TEST(Nats, MakesAStreamAgainThatWasRemoved) {
  const PrivateNatsServer server;
  Lines lines;
  NatsDestination destination(Connect(server, lines));
  ExpectSent(destination, {MakeEvent("a")});
  const Operator other(server);
  other.DeleteStream("seam-events-products");
  for (const auto& result : destination.Send(Soon(), {MakeEvent("a"), MakeEvent("b")})) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kUnavailable);
  }
  ExpectSent(destination, {MakeEvent("a"), MakeEvent("b")});
  EXPECT_EQ(other.Messages(), 2U);
}

TEST(Nats, OneTakesAndAnotherTakesOver) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  std::vector<Event> events;
  const auto send = [&] {
    events.push_back(MakeEvent("a"));
    ExpectSent(destination, {events.back()});
  };

  // One that died has the lease for a while.
  const std::int64_t now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  inventory.Execute(
      "INSERT INTO seam_event_lease (name, holder, until) VALUES "
      "('nats/products', 'one that died', " +
      std::to_string(now + 300) + ")");
  auto one = inventory.Take(connection);
  send();
  ASSERT_TRUE(inventory.AwaitTaken(1));
  const std::string first_holder = inventory.LeaseHolder();
  EXPECT_NE(first_holder, "one that died");

  auto other = inventory.Take(Connect(server, lines));
  send();
  ASSERT_TRUE(inventory.AwaitTaken(2));
  EXPECT_EQ(inventory.LeaseHolder(), first_holder);
  one.reset();
  send();
  ASSERT_TRUE(inventory.AwaitTaken(3));
  EXPECT_NE(inventory.LeaseHolder(), first_holder);

  // Whose lease was taken away writes nothing any more, whatever its clock says.
  inventory.Execute("UPDATE seam_event_lease SET holder = 'a thief'");
  send();
  EXPECT_TRUE(inventory.AwaitTaken(4));  // When the thief's time is over.
  EXPECT_NE(inventory.LeaseHolder(), "a thief");
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
  EXPECT_EQ(lines.Count("warning"), 0) << lines.text();
}

TEST(Nats, TakesInOrderWhateverTheConsumerDoes) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  const auto source = inventory.Take(connection, {.batch = 3});
  std::vector<Event> events;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) {
      events.push_back(MakeEvent("a"));
      ExpectSent(destination, {events.back()});
    }
  };
  send(2);
  ASSERT_TRUE(inventory.AwaitTaken(2));

  // Another puller gets one, with others behind it or as the last: it is missed and taken.
  const Operator other(server);
  std::thread thief([&] { other.Steal(); });
  while (lines.Count("has repeated or left out events") == 0) {
    send(3);
    EXPECT_TRUE(inventory.AwaitTaken(events.size()));
  }
  thief.join();
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));

  // The consumer vanishes.
  other.DeleteConsumer();
  send(5);
  ASSERT_TRUE(inventory.AwaitTaken(events.size()));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
}

TEST(Nats, TakesLargeEvents) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  // More than is asked for at once.
  std::vector<Event> events;
  for (int i = 0; i < 15; ++i) events.push_back(MakeEvent("a", std::string(700'000, 'x')));
  ExpectSent(destination, events);
  const auto source = inventory.Take(connection);
  ASSERT_TRUE(inventory.AwaitTaken(events.size()));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
  EXPECT_EQ(lines.Count("repeated or left out"), 0) << lines.text();
  EXPECT_EQ(lines.Count("warning"), 0) << lines.text();
}

TEST(Nats, TakesAStreamThatWasMadeAgainFromItsBeginning) {
  PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  const auto source = inventory.Take(connection);
  std::vector<Event> events = {MakeEvent("a"), MakeEvent("b")};
  ExpectSent(destination, events);
  ASSERT_TRUE(inventory.AwaitTaken(2));

  // The server loses everything, and the publisher sends one again that it had sent.
  server.Kill();
  server.Forget();
  server.Start();
  for (const char* entity : {"a", "c", "d"}) events.push_back(MakeEvent(entity));
  const auto results = destination.Send(Soon(), {events.begin() + 1, events.end()});
  for (const auto& result : results) EXPECT_TRUE(result) << ToString(result.error());
  ASSERT_TRUE(inventory.AwaitTaken(5));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
  EXPECT_EQ(lines.Count("was lost and made again"), 1) << lines.text();

  // The stream goes back behind the place, as from an older copy, and grows beyond it: what the
  // place was is somebody else's now.
  inventory.Execute("UPDATE seam_event_place SET event_id = '" + NewUuidV7() + "'");
  server.Kill();
  server.Start();
  EXPECT_TRUE(Eventually([&] { return lines.Count("was lost and made again") == 2; }));
  events.push_back(MakeEvent("e"));
  ExpectSent(destination, {events.back()});
  ASSERT_TRUE(inventory.AwaitTaken(6));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
}

TEST(Nats, TellsOfEventsThatWereDropped) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  ExpectSent(destination, {MakeEvent("a")});
  auto source = inventory.Take(connection);
  ASSERT_TRUE(inventory.AwaitTaken(1));
  source.reset();
  EXPECT_EQ(inventory.LeaseHolder(), "");
  ExpectSent(destination, {MakeEvent("a"), MakeEvent("a")});
  Operator(server).PurgeStream("seam-events-products");
  ExpectSent(destination, {MakeEvent("a")});
  source = inventory.Take(connection);
  ASSERT_TRUE(inventory.AwaitTaken(2));
  EXPECT_TRUE(lines.Await("events were dropped"));
  EXPECT_THAT(lines.text(), HasSubstr("first=2 last=3"));
}

TEST(Nats, LeavesOutWhatIsNoEvent) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  std::vector<Event> events = {MakeEvent("a")};
  ExpectSent(destination, events);
  const Operator other(server);
  other.Publish("seam.events.products.nonsense", "not a message of ours");
  Event others = MakeEvent("a");
  others.source = "orders";
  other.Publish("seam.events.products.others", std::string(internal::EncodeEvent(others)->bytes()));
  // What only the inbox refuses.
  Event bad = MakeEvent("a");
  bad.id = "no id";
  ExpectSent(destination, {bad});
  events.push_back(MakeEvent("a"));
  ExpectSent(destination, {events.back()});
  other.Publish("seam.events.products.nonsense", "");
  const auto source = inventory.Take(connection);
  ASSERT_TRUE(Eventually([&] { return inventory.Place() == 6; }));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
  EXPECT_TRUE(Eventually([&] { return lines.Count("is no event and is left out") == 4; }));
  EXPECT_TRUE(Eventually([&] { return other.Confirmed() == 6; }));
  EXPECT_THAT(lines.text(), HasSubstr("seam.events.products.nonsense"));
}

TEST(Nats, TriesAgainWhileTheInboxCannotTake) {
  const PrivateNatsServer server;
  Lines lines;
  Module inventory(lines.log());
  const auto connection = Connect(server, lines);
  NatsDestination destination(connection);
  inventory.Execute("ALTER TABLE seam_inbox RENAME TO elsewhere");
  const auto source = inventory.Take(connection);
  std::vector<Event> events = {MakeEvent("a"), MakeEvent("a")};
  ExpectSent(destination, events);
  EXPECT_TRUE(lines.Await("events cannot be taken from NATS; trying again"));
  inventory.Execute("ALTER TABLE elsewhere RENAME TO seam_inbox");
  ASSERT_TRUE(inventory.AwaitTaken(2));
  EXPECT_THAT(inventory.Taken(), ElementsAreArray(Ids(events)));
  EXPECT_TRUE(lines.Await("events are taken from NATS again"));
}

TEST(Nats, UsesTlsAndCredentials) {
  const testing::TemporaryFolder folder;
  const testing::CertificateAuthority authority("a test's CA");
  const testing::CertificateAuthority stranger("a stranger's CA");
  const auto own =
      authority.Issue({.uris = {"spiffe://shop.example/nats"}, .addresses = {"127.0.0.1"}});
  const auto client = authority.Issue("spiffe://shop.example/products");
  testing::WriteFile(folder / "server.pem", own.certificate);
  testing::WriteFile(folder / "server.key", own.key);
  testing::WriteFile(folder / "ca.pem", authority.certificate());
  testing::WriteFile(folder / "stranger.pem", stranger.certificate());
  testing::WriteFile(folder / "client.pem", client.certificate);
  testing::WriteFile(folder / "client.key", client.key);
  const PrivateNatsServer server("tls { cert_file: \"" + folder / "server.pem" +
                                 "\", key_file: \"" + folder / "server.key" + "\", ca_file: \"" +
                                 folder / "ca.pem" +
                                 "\", verify: true }\n"
                                 "authorization { user: shop, password: quite-secret }");
  NatsOptions good;
  good.url = server.tls_url();
  good.user = "shop";
  good.password = "quite-secret";
  good.ca_file = folder / "ca.pem";
  good.certificate_file = folder / "client.pem";
  good.key_file = folder / "client.key";
  {
    Lines lines;
    NatsDestination destination(std::make_shared<NatsConnection>(good, lines.log()));
    ExpectSent(destination, {MakeEvent("a")});
    EXPECT_THAT(lines.text(), Not(HasSubstr("quite-secret")));
  }
  // What is told, and goes on being tried.
  const auto told = [&](const NatsOptions& options) {
    Lines lines;
    const NatsConnection connection(options, lines.log());
    EXPECT_TRUE(lines.Await("NATS cannot be reached"));
    EXPECT_FALSE(connection.connected());
    EXPECT_THAT(lines.text(), Not(HasSubstr("secret")));
    return lines.text();
  };
  NatsOptions wrong = good;
  wrong.ca_file = folder / "stranger.pem";
  EXPECT_THAT(told(wrong), HasSubstr("certificate"));
  wrong = good;
  wrong.server_name = "nats.shop.example";
  EXPECT_THAT(told(wrong), HasSubstr("mismatch"));
  wrong = good;
  wrong.password = "another-secret";
  EXPECT_THAT(told(wrong), HasSubstr("Authorization"));
  wrong = good;
  wrong.certificate_file.clear();
  wrong.key_file.clear();
  EXPECT_THAT(told(wrong), HasSubstr(server.address()));
  wrong = good;
  wrong.ca_file = folder / "missing.pem";
  EXPECT_THAT(told(wrong), HasSubstr("the file of the CAs"));
  wrong = good;
  wrong.user.clear();
  wrong.password.clear();
  wrong.credentials_file = folder / "missing.creds";
  EXPECT_THAT(told(wrong), HasSubstr("missing.creds"));
  wrong = NatsOptions();
  wrong.url = server.url();
  EXPECT_THAT(told(wrong), HasSubstr("SSL"));
}

TEST(Nats, RefusesImpossibleOptions) {
  const auto complaint = [](const NatsOptions& options) {
    const auto checked = CheckNatsOptions(options);
    return checked ? "" : checked.error().message;
  };
  NatsOptions options;
  for (const char* url : {"nats://127.0.0.1", "nats://nats.example:4222", "tls://[::1]:4222",
                          "nats://one:4222,nats://two:4223"}) {
    options.url = url;
    EXPECT_EQ(complaint(options), "") << url;
  }
  for (const char* url : {"", "127.0.0.1:4222", "http://127.0.0.1", "nats://", "nats://:4222",
                          "nats://one:", "nats://one:0", "nats://one:65536", "nats://one:4222x",
                          "nats://one/two", "nats://[::1", "nats://one,", "nats://one,tls://two"}) {
    options.url = url;
    EXPECT_NE(complaint(options), "") << url;
  }
  options.url = "nats://shop:quite-secret@one:4222";
  EXPECT_THAT(complaint(options), HasSubstr("no password"));
  EXPECT_THAT(complaint(options), Not(HasSubstr("quite-secret")));
  {
    Lines lines;
    const NatsConnection connection(options, lines.log());
    EXPECT_TRUE(lines.Await("NATS cannot be connected to"));
    EXPECT_THAT(lines.text(), Not(HasSubstr("quite-secret")));
  }
  options.url = "nats://one";
  options.user = "shop";
  EXPECT_NE(complaint(options), "");
  options.password = "secret";
  EXPECT_EQ(complaint(options), "");
  options.credentials_file = "shop.creds";
  EXPECT_NE(complaint(options), "");
  options.credentials_file.clear();
  options.ca_file = "ca.pem";
  EXPECT_THAT(complaint(options), HasSubstr("tls://"));
  options.url = "tls://one";
  EXPECT_EQ(complaint(options), "");
  options.key_file = "key.pem";
  EXPECT_NE(complaint(options), "");
}

// What a program with these options says, or how it is configured.
config::LoadResult LoadEvents(std::vector<const char*> arguments) {
  std::vector<config::Option> options;
  std::vector<config::Rule> rules;
  AddEventsOptions(options, rules);
  const config::OptionTable table(
      {.name = "shop", .version = "1", .summary = "A test's shop.", .environment_prefix = "SHOP"},
      options, rules);
  arguments.insert(arguments.begin(), "shop");
  return config::Load(table, static_cast<int>(arguments.size()), arguments.data(), {});
}

TEST(EventsOptions, SayWhichBusAndHow) {
  const auto usual = std::get<config::Configuration>(LoadEvents({}));
  EXPECT_FALSE(UsesNats(usual));

  const testing::TemporaryFolder folder;
  testing::WriteFile(folder / "password", "quite-secret\n");
  testing::WriteFile(folder / "file.pem", "-");
  const std::string password = folder / "password";
  const std::string file = folder / "file.pem";
  const auto given = std::get<config::Configuration>(LoadEvents({"--events.bus",
                                                                 "nats",
                                                                 "--events.nats.url",
                                                                 "tls://one,tls://two:4223",
                                                                 "--events.nats.user",
                                                                 "shop",
                                                                 "--events.nats.password",
                                                                 password.c_str(),
                                                                 "--events.nats.ca_file",
                                                                 file.c_str(),
                                                                 "--events.nats.certificate_file",
                                                                 file.c_str(),
                                                                 "--events.nats.key_file",
                                                                 file.c_str(),
                                                                 "--events.nats.server_name",
                                                                 "nats.example",
                                                                 "--events.nats.max_age_hours",
                                                                 "24",
                                                                 "--events.nats.replicas",
                                                                 "3"}));
  EXPECT_TRUE(UsesNats(given));
  const NatsOptions options = ReadNatsOptions(given, "shop");
  EXPECT_TRUE(CheckNatsOptions(options));
  EXPECT_EQ(options.url, "tls://one,tls://two:4223");
  EXPECT_EQ(options.name, "shop");
  EXPECT_EQ(options.user, "shop");
  EXPECT_EQ(options.password, "quite-secret");
  EXPECT_EQ(options.ca_file, file);
  EXPECT_EQ(options.certificate_file, file);
  EXPECT_EQ(options.key_file, file);
  EXPECT_EQ(options.server_name, "nats.example");
  EXPECT_EQ(options.max_age, std::chrono::hours(24));
  EXPECT_EQ(options.replicas, 3);
}

TEST(EventsOptions, AreRefusedWithTheOneToBlame) {
  const testing::TemporaryFolder folder;
  testing::WriteFile(folder / "shop.creds", "-");
  const std::string credentials = folder / "shop.creds";
  const std::string missing = folder / "missing";
  const auto refusal = [](std::vector<const char*> arguments) {
    const auto loaded = LoadEvents(std::move(arguments));
    const auto* exit = std::get_if<config::Exit>(&loaded);
    return exit == nullptr ? "" : exit->error;
  };
  EXPECT_THAT(refusal({"--events.bus", "kafka"}), HasSubstr("nats"));
  const std::string url =
      refusal({"--events.bus", "nats", "--events.nats.url", "nats://shop:quite-secret@one"});
  EXPECT_THAT(url, HasSubstr("--events.nats.url"));
  EXPECT_THAT(url, HasSubstr("no password"));
  EXPECT_THAT(url, Not(HasSubstr("quite-secret")));
  EXPECT_THAT(refusal({"--events.bus", "nats", "--events.nats.user", "shop"}),
              HasSubstr("events.nats.password"));
  EXPECT_THAT(refusal({"--events.bus", "nats", "--events.nats.server_name", "one"}),
              HasSubstr("events.nats.server_name: "));
  EXPECT_THAT(refusal({"--events.bus", "nats", "--events.nats.credentials_file", missing.c_str()}),
              HasSubstr("no such file"));
  EXPECT_EQ(
      refusal({"--events.bus", "nats", "--events.nats.credentials_file", credentials.c_str()}), "");
  std::filesystem::permissions(credentials, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(
      refusal({"--events.bus", "nats", "--events.nats.credentials_file", credentials.c_str()}),
      HasSubstr("0600"));
  // As long as the bus is another one, what is prepared for it does no harm.
  EXPECT_EQ(refusal({"--events.nats.credentials_file", missing.c_str()}), "");
}

}  // namespace
}  // namespace seam::events
