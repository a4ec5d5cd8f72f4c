// Events from the commit of a change to the commit of its effect, over both buses and on both
// databases, against a message that libnats publishes and takes without any database; and what the
// outbox costs the transaction that writes. All but the servers of PostgreSQL and NATS is in this
// process, and nothing is forced to the disk.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bare_jetstream.h"
#include "customer.h"
#include "goods.h"
#include "nats/private_nats_server.h"
#include "postgresql/private_postgresql.h"
#include "seam/events/direct.h"
#include "seam/events/inbox.h"
#include "seam/events/inbox_service.h"
#include "seam/events/nats/nats_destination.h"
#include "seam/events/nats/nats_source.h"
#include "seam/events/relay.h"
#include "seam/events/schema.h"
#include "seam/events/sql_outbox.h"
#include "seam/events/v1/inbox_in_process.h"
#include "seam/sql/migration.h"
#include "seam/sql/open.h"
#include "seam/testing/temporary_folder.h"
#include "seam/wire/message.h"
#include "shop/products/v1/products_codec.h"
#include "suites.h"

namespace bench {
namespace {

namespace events = seam::events;
using seam::Context;
using EventClock = std::chrono::steady_clock;

constexpr events::EventContract kChanged{"product.changed", "bench.ProductChanged"};
constexpr int kProducts = 200;
constexpr int kPartitions = 16;  // That workers share.
constexpr char kSource[] = "products";
constexpr char kSubscriber[] = "inventory";

// The same table on either side: the products, and the subscriber's copy of what it knows of them.
constexpr char kProductTable[] =
    "CREATE TABLE product (id TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)";
constexpr char kChange[] =
    "UPDATE product SET version = version + 1 WHERE id = $1 RETURNING version";
constexpr char kCopy[] = "UPDATE product SET version = version + 1 WHERE id = $1";

std::string ProductId(int number) { return "product-" + std::to_string(number); }

const std::string& Payload() {
  static const std::string payload(seam::wire::EncodeMessage(TypicalProduct()).value().bytes());
  return payload;
}

// The servers, and the databases of a run.
struct Places {
  seam::testing::TemporaryFolder folder;
  seam::testing::PrivatePostgresql postgresql;
  seam::testing::PrivateNatsServer nats;

  [[nodiscard]] std::unique_ptr<seam::sql::Database> Open(seam::sql::Engine engine,
                                                          const std::string& name) const {
    seam::sql::DatabaseOptions options;
    if (engine == seam::sql::Engine::kSqlite) {
      options.sqlite_file = folder / (name + ".sqlite");
    } else {
      const auto schema = [this](const std::string& role) {
        return seam::sql::PostgresqlSchema{
            .address = postgresql.address(), .role = role, .schema = role};
      };
      auto administrator = schema("postgres");
      administrator.schema = "public";
      seam::sql::OpenDatabase({.postgresql = administrator}, {})
          ->Write(Context(), [&](seam::sql::Session& session) {
            session.ExecuteScript(seam::sql::OwnershipStatements(name, name));
          });
      options.postgresql = schema(name);
    }
    auto database = seam::sql::OpenDatabase(
        options, {.durable = false, .isolation = seam::sql::Isolation::kReadCommitted});
    seam::sql::Migrate(Context(), *database,
                       {{1, "products", kProductTable, kProductTable}, events::EventTables(2)});
    database->Write(Context(), [](seam::sql::Session& session) {
      for (int i = 0; i < kProducts; ++i) {
        session.Execute("INSERT INTO product VALUES ($1, 0)", {ProductId(i)});
      }
    });
    return database;
  }
};

// Of the transaction that changes it; the version then.
std::int64_t Change(seam::sql::Session& session, int product,
                    const events::Publication* publication) {
  const std::string id = ProductId(product);
  const std::int64_t version =
      *session.QueryOne(kChange, {id}, [](const seam::sql::Row& row) { return row.Int64(0); });
  if (publication != nullptr) {
    events::SqlOutbox outbox(session, *publication);
    const auto told = outbox.Add(Context(), {kChanged, id, Payload()});
    if (!told) GiveUp(seam::ToString(told.error()));
  }
  return version;
}

class Copier final : public events::Subscriber {
 public:
  explicit Copier(seam::sql::Session& session) : session_(session) {}
  [[nodiscard]] bool Knows(std::string_view /*type*/) const noexcept override { return true; }
  [[nodiscard]] seam::Result<void> Receive(const Context& /*context*/,
                                           const events::Event& event) override {
    session_.Execute(kCopy, {event.entity});
    return {};
  }

 private:
  seam::sql::Session& session_;
};

struct ChainOptions {
  std::string name;  // For the table.
  std::string folder;
  seam::sql::Engine engine = seam::sql::Engine::kSqlite;
  bool nats = false;
  int workers = 1;  // Relays, and inboxes.
};

// A publisher and a subscriber, with all that is between them.
class Chain {
 public:
  Chain(const Places& places, ChainOptions options)
      : options_(std::move(options)),
        products_(places.Open(options_.engine, options_.folder + "_products")),
        inventory_(places.Open(options_.engine, options_.folder + "_inventory")),
        publication_{options_.folder, {options_.nats ? "nats" : kSubscriber}} {
    if (options_.nats) {
      events::NatsOptions connecting;
      connecting.url = places.nats.url();
      nats_ = std::make_shared<events::NatsConnection>(connecting, log_);
    }
    for (int i = 0; i < options_.workers; ++i) AddInbox();
    for (int i = 0; i < options_.workers; ++i) AddRelay();
    AwaitShares(*products_, "outbox/%");
    AwaitShares(*inventory_, "inbox/%");
  }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() {
    relays_.clear();
    sources_.clear();
    inboxes_.clear();
  }

  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }

  // From a commit until its effect is committed, in nanoseconds.
  [[nodiscard]] double One() {
    next_ = (next_ + 1) % kProducts;
    std::int64_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = transactions_;
    }
    const std::int64_t version = products_->Write(Context(), [this](seam::sql::Session& session) {
      return Change(session, next_, &publication_);
    });
    const auto start = EventClock::now();
    Wake();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return transactions_ > before; });
    }
    while (VersionOf(next_) < version) std::this_thread::yield();
    return Since(start);
  }

  // The same for many events that are committed at once.
  [[nodiscard]] double Many(int number) {
    const std::int64_t before = SumOfVersions();
    products_->Write(Context(), [&](seam::sql::Session& session) {
      for (int i = 0; i < number; ++i) Change(session, i % kProducts, &publication_);
    });
    const auto start = EventClock::now();
    Wake();
    while (SumOfVersions() < before + number) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return Since(start);
  }

 private:
  static double Since(EventClock::time_point start) {
    return std::chrono::duration<double, std::nano>(EventClock::now() - start).count();
  }

  // Leases short enough for all to have their share soon.
  static constexpr std::chrono::milliseconds kLease{2000};

  void AddInbox() {
    events::InboxOptions options;
    options.subscriber = kSubscriber;
    options.lease = kLease;
    options.before_commit = [this] {
      const std::lock_guard lock(mutex_);
      ++transactions_;
      changed_.notify_one();
    };
    inboxes_.push_back(std::make_unique<events::Inbox>(
        *inventory_, options,
        [](seam::sql::Session& session) {
          std::vector<std::unique_ptr<events::Subscriber>> made;
          made.push_back(std::make_unique<Copier>(session));
          return made;
        },
        log_));
    if (options_.nats) {
      events::NatsSourceOptions taking;
      taking.source = publication_.source;
      sources_.push_back(
          std::make_unique<events::NatsSource>(nats_, *inventory_, *inboxes_.back(), taking, log_));
    }
    services_.push_back(
        std::make_unique<events::InboxService>(std::vector<events::Inbox*>{inboxes_.back().get()}));
    clients_.push_back(std::make_unique<events::v1::InboxInProcessClient>(*services_.back()));
  }

  void AddRelay() {
    std::shared_ptr<events::Destination> destination;
    if (options_.nats) {
      destination = std::make_shared<events::NatsDestination>(nats_);
    } else {
      destination =
          std::make_shared<events::DirectDestination>(kSubscriber, *clients_.at(relays_.size()));
    }
    events::RelayOptions options;
    options.source = publication_.source;
    options.lease = kLease;
    relays_.push_back(
        std::make_unique<events::Relay>(*products_, options, std::vector{destination}, log_));
  }

  void Wake() {
    for (const auto& relay : relays_) relay->Wake();
  }

  // Until each has its partitions.
  void AwaitShares(seam::sql::Database& database, const std::string& work) const {
    const auto smallest = [&] {
      return database.Read(Context(), [&](seam::sql::Session& session) {
        std::vector<std::int64_t> shares;
        session.Query("SELECT count(*) FROM seam_event_lease WHERE name LIKE $1 GROUP BY holder",
                      {work}, [&](const seam::sql::Row& row) { shares.push_back(row.Int64(0)); });
        const bool all = static_cast<int>(shares.size()) == options_.workers;
        return all ? *std::min_element(shares.begin(), shares.end()) : 0;
      });
    };
    while (smallest() < kPartitions / options_.workers) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  [[nodiscard]] std::int64_t VersionOf(int product) const {
    return *inventory_->Read(Context(), [&](seam::sql::Session& session) {
      return session.QueryOne("SELECT version FROM product WHERE id = $1", {ProductId(product)},
                              [](const seam::sql::Row& row) { return row.Int64(0); });
    });
  }
  [[nodiscard]] std::int64_t SumOfVersions() const {
    return *inventory_->Read(Context(), [](seam::sql::Session& session) {
      return session.QueryOne("SELECT CAST(sum(version) AS BIGINT) FROM product", {},
                              [](const seam::sql::Row& row) { return row.Int64(0); });
    });
  }

  const ChainOptions options_;
  seam::Log log_{{.level = seam::LogLevel::kError}};
  const std::unique_ptr<seam::sql::Database> products_;
  const std::unique_ptr<seam::sql::Database> inventory_;
  const events::Publication publication_;
  std::shared_ptr<events::NatsConnection> nats_;
  int next_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t transactions_ = 0;  // That the inboxes were about to commit.

  std::vector<std::unique_ptr<events::Inbox>> inboxes_;
  std::vector<std::unique_ptr<events::NatsSource>> sources_;
  std::vector<std::unique_ptr<events::InboxService>> services_;
  std::vector<std::unique_ptr<events::v1::InboxInProcessClient>> clients_;
  std::vector<std::unique_ptr<events::Relay>> relays_;
};

// The transaction with the event in it against the one without.
void BenchOutbox(Report& report, const Places& places) {
  for (const auto engine : {seam::sql::Engine::kSqlite, seam::sql::Engine::kPostgresql}) {
    const bool sqlite = engine == seam::sql::Engine::kSqlite;
    report.progress(std::string("the outbox on ") + (sqlite ? "SQLite" : "PostgreSQL"));
    const auto database = places.Open(engine, "outbox");
    const events::Publication publication{kSource, {kSubscriber}};
    const auto change = [&](const events::Publication* told) {
      return [&, told](std::size_t times) {
        for (std::size_t i = 0; i < times; ++i) {
          Keep(database->Write(Context(), [&](seam::sql::Session& session) {
            return Change(session, static_cast<int>(i % kProducts), told);
          }));
        }
      };
    };
    Effort effort = report.effort();
    if (!report.quick) effort.slice *= sqlite ? 2 : 5;
    const auto measured =
        Race({{"with", change(&publication)}, {"without", change(nullptr)}}, effort);
    report.rows.push_back(
        {"events", std::string("one UPDATE and its event, ") + (sqlite ? "SQLite" : "PostgreSQL"),
         "the same transaction without the event", measured[0].nanoseconds, measured[1].nanoseconds,
         std::nullopt});
  }
}

constexpr char kBareOne[] = "JetStream by libnats alone: publish, take";

// One event at a time.
void BenchOneEvent(Report& report, std::vector<std::unique_ptr<Chain>>& chains,
                   BareJetStream& bare) {
  report.progress("an event from its commit to its effect");
  const int rounds = report.quick ? 2 : 41;
  const int events_a_round = report.quick ? 2 : 25;
  std::vector<std::vector<double>> samples(chains.size() + 1);
  // The first round warms connections and caches.
  for (int round = 0; round <= rounds; ++round) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      for (int event = 0; event < events_a_round; ++event) {
        const double took = i < chains.size() ? chains[i]->One() : bare.One();
        if (round > 0) samples[i].push_back(took);
      }
    }
  }
  for (const double part : {0.5, 0.99}) {
    const double theirs = Quantile(samples.back(), part);
    for (std::size_t i = 0; i < chains.size(); ++i) {
      report.rows.push_back(
          {"events", "commit to applied, " + chains[i]->name() + (part < 0.9 ? ", p50" : ", p99"),
           kBareOne, Quantile(samples[i], part), theirs, std::nullopt, rounds});
    }
  }
}

// Many at once; the time of one. There are as many inboxes as relays.
void BenchManyEvents(Report& report, const Places& places,
                     std::vector<std::unique_ptr<Chain>>& chains, BareJetStream& bare) {
  report.progress("many events at once");
  const int rounds = report.quick ? 1 : 7;
  const int number = report.quick ? 200 : 5000;
  Chain four(places,
             {"4 relays, direct, PostgreSQL", "four", seam::sql::Engine::kPostgresql, false, 4});
  std::vector<std::vector<double>> samples(chains.size() + 2);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < chains.size(); ++i) samples[i].push_back(chains[i]->Many(number));
    samples[chains.size()].push_back(four.Many(number));
    samples.back().push_back(bare.Many(number));
  }
  const auto of_one = [&](std::size_t i) { return Quantile(samples[i], 0.5) / number; };
  const auto row = [&](const std::string& ours, const std::string& theirs, std::size_t at,
                       std::size_t against) {
    report.rows.push_back({"events", "one of many events, " + ours, theirs, of_one(at),
                           of_one(against), std::nullopt, rounds});
  };
  for (std::size_t i = 0; i < chains.size(); ++i) {
    row("1 relay, " + chains[i]->name(), "JetStream by libnats alone, many at once", i,
        chains.size() + 1);
  }
  for (std::size_t i = 0; i < chains.size(); ++i) {
    if (chains[i]->name() == "direct, PostgreSQL") {
      row(four.name(), "1 relay", chains.size(), i);
    }
  }
}

}  // namespace

void BenchEvents(Report& report) {
  const Places places;
  BenchOutbox(report, places);
  using seam::sql::Engine;
  std::vector<std::unique_ptr<Chain>> chains;
  const auto add = [&](const char* name, const char* folder, Engine engine, bool nats) {
    chains.push_back(std::make_unique<Chain>(places, ChainOptions{name, folder, engine, nats}));
  };
  add("direct, SQLite", "direct_lite", Engine::kSqlite, false);
  add("direct, PostgreSQL", "direct_pg", Engine::kPostgresql, false);
  add("nats, SQLite", "nats_lite", Engine::kSqlite, true);
  add("nats, PostgreSQL", "nats_pg", Engine::kPostgresql, true);
  BareJetStream bare(places.nats.url(), Payload());
  BenchOneEvent(report, chains, bare);
  BenchManyEvents(report, places, chains, bare);
}

}  // namespace bench
