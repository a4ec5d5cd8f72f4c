// A process of the events under fire; see events_under_fire.h. A publisher changes things and has a
// relay; a subscriber has an inbox. Either may be told to end itself at a place, as kill -9 does,
// and to have a fault, to see that the game finds it:
//   tells-apart      a publisher that publishes in another transaction than the change
//   reverses         a relay that sends the later events of a batch first
//   effects-apart    a subscriber whose effects are committed by themselves
//   knows-no-event   a subscriber that takes every event for a new one

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "seam/core/uuid.h"
#include "seam/events/direct.h"
#include "seam/events/inbox.h"
#include "seam/events/inbox_service.h"
#include "seam/events/nats/nats_destination.h"
#include "seam/events/nats/nats_source.h"
#include "seam/events/relay.h"
#include "seam/events/v1/inbox_remote.h"
#include "seam/events/v1/inbox_seam.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/host/stop_signals.h"
#include "seam/sql/open.h"
#include "tables.h"

namespace seam::events::fault {
namespace {

using std::chrono::milliseconds;

struct PartOptions {
  std::string database;  // A SQLite file, or the address of PostgreSQL with `role`.
  std::string role;
  std::uint64_t seed = 1;
  int lease_ms = 0;
  std::string ends_at;  // A place, reached so many times.
  int times = 0;
  std::string fault;
  std::string nats;                  // The server's address, when events go by it.
  std::vector<std::string> inboxes;  // Otherwise the publisher's: the sockets of all subscribers.
  int pause_us = 2000;               // Between two changes; none are made when it is negative.
  std::string socket;                // The subscriber's own.
  std::string effects;               // Of effects-apart: another SQLite file.
  std::int64_t max_waiting = 1'000'000;
};

// Where this process ends itself.
class End {
 public:
  End(std::string place, int times) : place_(std::move(place)), left_(times) {}

  void At(std::string_view place) noexcept {
    if (place == place_ && --left_ == 0) kill(getpid(), SIGKILL);
  }

 private:
  const std::string place_;
  std::atomic<int> left_;
};

std::unique_ptr<sql::Database> Open(const std::string& database, const std::string& role) {
  sql::DatabaseOptions options;
  if (role.empty()) {
    options.sqlite_file = database;
  } else {
    options.postgresql = sql::PostgresqlSchema{.address = database, .role = role, .schema = role};
  }
  return sql::OpenDatabase(options,
                           {.durable = false, .isolation = sql::Isolation::kReadCommitted});
}

// Calls one subscriber after the other until one can be reached.
class AnyInbox final : public v1::InboxClient {
 public:
  AnyInbox(const std::vector<std::string>& sockets, bool reverses) : reverses_(reverses) {
    for (const std::string& socket : sockets) {
      GrpcChannelOptions options;
      options.target = "unix:" + socket;
      options.wait_for_first_connection = false;
      options.check_health = false;
      channels_.push_back(OpenGrpcChannel(v1::InboxSeam::contract(), options).value());
      clients_.push_back(std::make_unique<v1::InboxRemoteClient>(*channels_.back()));
    }
  }

  [[nodiscard]] Result<v1::DeliverResponse> Deliver(const Context& context,
                                                    const v1::DeliverRequest& request) override {
    v1::DeliverRequest sent = request;
    if (reverses_) std::reverse(sent.events.begin(), sent.events.end());
    const std::size_t first = next_++;
    for (std::size_t i = 0;; ++i) {
      auto response = clients_[(first + i) % clients_.size()]->Deliver(context, sent);
      if (response || response.error().code != Code::kUnavailable || i + 1 == clients_.size()) {
        return response;
      }
    }
  }

 private:
  const bool reverses_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<v1::InboxRemoteClient>> clients_;
  std::atomic<std::size_t> next_ = 0;
};

void ChangeThings(sql::Database& database, const std::string& destination, Relay& relay, End& end,
                  const PartOptions& options, const StopSignals& stop, Log& log) {
  const bool apart = options.fault == "tells-apart";
  std::mt19937_64 random(options.seed);
  while (!stop.asked()) {
    const std::string thing = ThingName(static_cast<int>(random() % kThings));
    const Context context = stop.context();
    try {
      const std::int64_t version = database.Write(context, [&](sql::Session& session) {
        const std::int64_t changed = ChangeThing(session, thing);
        if (!apart) TellChange(context, session, destination, thing, changed);
        return changed;
      });
      end.At("published");
      if (apart) {
        database.Write(context, [&](sql::Session& session) {
          TellChange(context, session, destination, thing, version);
        });
      }
      relay.Wake();
    } catch (const sql::SqlError& error) {
      // What became of it stands in the table.
      log.Info("a change was broken off", {{"error", error.what()}});
    }
    std::this_thread::sleep_for(std::chrono::microseconds(options.pause_us));
  }
}

std::shared_ptr<NatsConnection> ConnectToNats(const PartOptions& options, Log& log) {
  NatsOptions connecting;
  connecting.url = options.nats;
  connecting.max_pause = milliseconds(100);
  return std::make_shared<NatsConnection>(connecting, log);
}

void Publish(const PartOptions& options, const StopSignals& stop, Log& log) {
  const auto database = Open(options.database, options.role);
  End end(options.ends_at, options.times);
  AnyInbox inbox(options.inboxes, options.fault == "reverses");
  std::shared_ptr<Destination> destination;
  if (options.nats.empty()) {
    destination = std::make_shared<DirectDestination>(std::string(kSubscriber), inbox);
  } else {
    destination = std::make_shared<NatsDestination>(ConnectToNats(options, log));
  }
  RelayOptions relaying;
  relaying.source = kPublisher;
  relaying.poll = milliseconds(10);
  relaying.lease = milliseconds(options.lease_ms);
  relaying.batch = 20;
  relaying.max_pause = milliseconds(50);
  relaying.after_send = [&end] { end.At("sent"); };
  Relay relay(*database, relaying, {destination}, log);
  log.Info("ready");
  if (options.pause_us >= 0) {
    ChangeThings(*database, destination->name(), relay, end, options, stop, log);
  }
  stop.Wait();
}

// Fails now and then, so that events are tried again.
class Applier final : public Subscriber {
 public:
  Applier(sql::Session& session, sql::Database* apart, std::mt19937_64& random)
      : session_(session), apart_(apart), random_(random) {}

  [[nodiscard]] bool Knows(std::string_view type) const noexcept override {
    return type == kChanged.type;
  }

  [[nodiscard]] Result<void> Receive(const Context& context, const Event& event) override {
    if (random_() % 64 == 0) return Fail(Code::kUnavailable, "BAD_LUCK", "try again");
    const std::int64_t version = std::stoll(event.payload);
    if (apart_ == nullptr) {
      NoteEffect(session_, event.entity, version);
    } else {
      apart_->Write(context,
                    [&](sql::Session& session) { NoteEffect(session, event.entity, version); });
    }
    return {};
  }

 private:
  sql::Session& session_;
  sql::Database* const apart_;
  std::mt19937_64& random_;
};

class Taker final : public v1::InboxHandler {
 public:
  Taker(Inbox& inbox, End& end, bool knows_no_event)
      : service_({&inbox}), end_(end), knows_no_event_(knows_no_event) {}

  Result<v1::DeliverResponse> Deliver(const Context& context,
                                      const v1::DeliverRequest& request) override {
    v1::DeliverRequest taken = request;
    if (knows_no_event_) {
      for (v1::Event& event : taken.events) event.id = NewUuidV7();
    }
    auto response = service_.Deliver(context, taken);
    // What was known may be what nobody waits for any more.
    if (response && response->known == 0) end_.At("taken");
    return response;
  }

 private:
  InboxService service_;
  End& end_;
  const bool knows_no_event_;
};

void Subscribe(const PartOptions& options, const StopSignals& stop, Log& log) {
  const auto database = Open(options.database, options.role);
  const auto apart = options.effects.empty() ? nullptr : Open(options.effects, "");
  End end(options.ends_at, options.times);
  std::mt19937_64 random(options.seed);
  InboxOptions receiving;
  receiving.subscriber = kSubscriber;
  receiving.poll = milliseconds(10);
  receiving.lease = milliseconds(options.lease_ms);
  receiving.batch = 10;
  receiving.first_pause = milliseconds(10);
  receiving.longest_pause = milliseconds(100);
  receiving.max_waiting = options.max_waiting;
  receiving.before_commit = [&end] { end.At("applied"); };
  Inbox inbox(
      *database, receiving,
      [&](sql::Session& session) {
        std::vector<std::unique_ptr<Subscriber>> made;
        made.push_back(std::make_unique<Applier>(session, apart.get(), random));
        return made;
      },
      log);
  if (!options.nats.empty()) {
    NatsSourceOptions taking;
    taking.source = kPublisher;
    taking.lease = milliseconds(options.lease_ms);
    taking.poll = milliseconds(20);
    taking.batch = 20;
    taking.max_pause = milliseconds(50);
    const NatsSource source(ConnectToNats(options, log), *database, inbox, taking, log);
    log.Info("ready");
    stop.Wait();
    return;
  }
  Taker taker(inbox, end, options.fault == "knows-no-event");
  v1::InboxServicer servicer(taker);
  GrpcServerOptions serving;
  serving.addresses = {"unix:" + options.socket};
  const auto server = GrpcServer::Start({&servicer}, serving, log).value();
  log.Info("ready");
  stop.Wait();
}

int Main(int argc, char** argv) {
  PartOptions options;
  std::string kind;
  CLI::App app{"A process of the events under fire."};
  app.add_option("kind", kind)->required()->check(CLI::IsMember({"publisher", "subscriber"}));
  app.add_option("--database", options.database)->required();
  app.add_option("--role", options.role);
  app.add_option("--seed", options.seed);
  app.add_option("--lease", options.lease_ms)->required();
  app.add_option("--ends-at", options.ends_at);
  app.add_option("--times", options.times);
  app.add_option("--fault", options.fault);
  app.add_option("--nats", options.nats);
  app.add_option("--inbox", options.inboxes);
  app.add_option("--pause-us", options.pause_us);
  app.add_option("--socket", options.socket);
  app.add_option("--effects", options.effects);
  app.add_option("--max-waiting", options.max_waiting);
  CLI11_PARSE(app, argc, argv);

  Log log({.level = LogLevel::kInfo, .format = LogFormat::kText});
  const StopSignals stop(log, std::chrono::seconds(30));
  if (kind == "publisher") {
    Publish(options, stop, log);
  } else {
    Subscribe(options, stop, log);
  }
  return 0;
}

}  // namespace
}  // namespace seam::events::fault

int main(int argc, char** argv) { return seam::events::fault::Main(argc, argv); }
