#include "seam/sql/postgresql.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "postgresql/private_postgresql.h"
#include "seam/sql/host_lookup_internal.h"
#include "seam/testing/temporary_folder.h"
#include "test_database.h"
#include "thrown.h"

namespace {

// A name whose name server is dead: it is asked, and nothing comes back.
class DeadName {
 public:
  static constexpr char kName[] = "dead.example";

  // As a resolver waits, but for the test's end.
  int Wait() {
    std::unique_lock lock(mutex_);
    ++asked_;
    ++waiting_;
    changed_.wait_for(lock, std::chrono::seconds(10), [this] { return forgotten_; });
    --waiting_;
    changed_.notify_all();
    return EAI_AGAIN;
  }
  // Ends the waiting; whoever asks from now on does not wait.
  void Forget() {
    std::unique_lock lock(mutex_);
    forgotten_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return waiting_ == 0; });
  }
  void Begin() {
    const std::lock_guard lock(mutex_);
    forgotten_ = false;
    asked_ = 0;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool forgotten_ = false;
  int asked_ = 0;
  int waiting_ = 0;
};

// A name whose look-up finds no descriptor.
constexpr std::string_view kNameWithoutAFile = "no-file.example";

DeadName& TheDeadName() {
  static DeadName name;
  return name;
}

}  // namespace

// In place of the system's, which it asks for other names; libpq calls this one too.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (name != nullptr && std::string_view(name) == DeadName::kName &&
      (hints->ai_flags & AI_NUMERICHOST) == 0) {
    return TheDeadName().Wait();
  }
  if (name != nullptr && std::string_view(name) == kNameWithoutAFile) {
    errno = EMFILE;
    return EAI_SYSTEM;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto system = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return system(name, service, hints, found);
}

namespace seam::sql {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

void Script(Database& database, std::string_view script) {
  database.Write(kNoContext, [&](Session& session) { session.ExecuteScript(script); });
}

// Takes one connection, and answers the question for TLS with no.
class ServerWithoutTls {
 public:
  ServerWithoutTls() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      const int client = accept(socket_, nullptr, nullptr);
      char question[8];
      if (recv(client, question, sizeof question, MSG_WAITALL) == sizeof question) {
        EXPECT_EQ(send(client, "N", 1, MSG_NOSIGNAL), 1);
      }
      close(client);
    });
  }
  ServerWithoutTls(const ServerWithoutTls&) = delete;
  ServerWithoutTls& operator=(const ServerWithoutTls&) = delete;
  ~ServerWithoutTls() {
    shutdown(socket_, SHUT_RDWR);  // If nobody came.
    thread_.join();
    close(socket_);
  }

  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::thread thread_;
};

// On the server that all tests share.
class PostgresqlTest : public ::testing::Test {
 protected:
  PostgresqlTest() {
    Script(*database_,
           "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, stock BIGINT NOT NULL);"
           "INSERT INTO item VALUES ('a', 0), ('b', 0)");
  }

  std::unique_ptr<Database> Open(const std::function<void(PostgresqlOptions&)>& change) const {
    PostgresqlOptions options = options_;
    change(options);
    return OpenPostgresql(options);
  }

  static std::int64_t Stock(Session& session, std::string_view id) {
    return session
        .QueryOne("SELECT stock FROM item WHERE id = $1", {id},
                  [](const Row& row) { return row.Int64(0); })
        .value();
  }
  static void SetStock(Session& session, std::string_view id, std::int64_t stock) {
    session.Execute("UPDATE item SET stock = $2 WHERE id = $1", {id, stock});
  }
  std::int64_t Stock(std::string_view id) const {
    return database_->Read(kNoContext, [&](Session& session) { return Stock(session, id); });
  }

  const PostgresqlOptions options_ = NewSchema(SharedServer());
  const std::unique_ptr<Database> database_ = OpenPostgresql(options_);
};

TEST_F(PostgresqlTest, ColumnsOfTheKnownTypesAreReadAndOthersAreRefused) {
  database_->Read(kNoContext, [](Session& session) {
    session.Query(
        "SELECT CAST(1 AS SMALLINT), CAST(2 AS INTEGER), CAST(0.5 AS REAL), "
        "CAST('v' AS VARCHAR(9)), CAST('c' AS CHAR(1)), sum(3), true, now()",
        {}, [](const Row& row) {
          EXPECT_EQ(row.Int64(0), 1);
          EXPECT_EQ(row.Int64(1), 2);
          EXPECT_EQ(row.Double(2), 0.5);
          EXPECT_EQ(row.Text(3), "v");
          EXPECT_EQ(row.Text(4), "c");
          EXPECT_EQ(row.Int64(5), 3);  // sum(INTEGER) is a BIGINT.
          EXPECT_THROW((void)row.Int64(6), SqlError);
          EXPECT_THROW((void)row.Text(7), SqlError);
        });
  });
  EXPECT_THAT(Thrown([&] { (void)Count(*database_, "SELECT sum(stock) FROM item"); }),
              HasSubstr("column 0 is not an integer"));
}

TEST_F(PostgresqlTest, DoublesComeBackToTheLastBit) {
  for (const double number : {-0.0, 5e-324, 1.0 / 3.0, -std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::max()}) {
    const auto back = database_->Read(kNoContext, [&](Session& session) {
      return session.QueryOne("SELECT CAST($1 AS DOUBLE PRECISION)", {number},
                              [](const Row& row) { return row.Double(0); });
    });
    EXPECT_EQ(back, number);
    EXPECT_EQ(std::signbit(back.value()), std::signbit(number));
  }
}

TEST_F(PostgresqlTest, NoMessageHoldsAValue) {
  Script(*database_,
         "CREATE TABLE secret (n BIGINT PRIMARY KEY, c TEXT CHECK (c <> 'hush'), d DATE);"
         "INSERT INTO secret VALUES (4711, 'x', NULL);"
         "CREATE FUNCTION tell(t TEXT) RETURNS BIGINT LANGUAGE plpgsql AS "
         "'BEGIN RAISE EXCEPTION ''value %'', t; END'");
  const auto run = [&](std::string_view statement, const std::vector<Value>& parameters) {
    return Thrown([&] {
      database_->Write(kNoContext,
                       [&](Session& session) { session.Execute(statement, parameters); });
    });
  };
  const auto says = [](const char* kind) {
    return AllOf(StartsWith(kind), Not(HasSubstr("4711")), Not(HasSubstr("hush")),
                 Not(HasSubstr("tomorrowish")));
  };
  EXPECT_THAT(run("INSERT INTO secret (n) VALUES ($1)", {4711}),
              AllOf(says("UNIQUE_VIOLATION"), HasSubstr("secret_pkey"), HasSubstr("23505")));
  EXPECT_THAT(run("INSERT INTO secret (n, c) VALUES (1, $1)", {"hush"}),
              AllOf(says("CHECK_VIOLATION"), HasSubstr("secret_c_check")));
  EXPECT_THAT(run("INSERT INTO secret (n, d) VALUES (1, CAST($1 AS DATE))", {"tomorrowish"}),
              says("MISUSE"));
  EXPECT_THAT(run("INSERT INTO secret (n) VALUES ($1)", {"hush"}), says("MISUSE"));
  EXPECT_THAT(run("SELECT tell($1)", {"hush"}), says("SYNTAX"));
}

TEST_F(PostgresqlTest, ATransactionThatAnotherContradictsIsRepeated) {
  int calls = 0;
  database_->Write(kNoContext, [&](Session& session) {
    const std::int64_t before = Stock(session, "a");
    if (++calls == 1) {
      std::thread([&] {
        database_->Write(kNoContext, [](Session& other) { SetStock(other, "a", 10); });
      }).join();
    }
    SetStock(session, "a", before + 1);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Stock("a"), 11);
}

// Each decides from the row that the other changes: only one of them may go on as it is.
TEST_F(PostgresqlTest, DecisionsFromReadsAreSerialised) {
  int calls = 0;
  const auto take = [](Session& session, std::string_view id) {
    if (Stock(session, "a") + Stock(session, "b") == 0) SetStock(session, id, 1);
  };
  database_->Write(kNoContext, [&](Session& session) {
    take(session, "a");
    if (++calls == 1) {
      std::thread([&] {
        database_->Write(kNoContext, [&](Session& other) { take(other, "b"); });
      }).join();
    }
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Stock("a") + Stock("b"), 1);
}

TEST_F(PostgresqlTest, WithReadCommittedAGuardedStatementWaitsAndIsNotRepeated) {
  const auto database =
      Open([](PostgresqlOptions& options) { options.isolation = Isolation::kReadCommitted; });
  std::atomic<int> calls{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        database->Write(kNoContext, [&](Session& session) {
          ++calls;
          session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'a'", {});
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 100);
  EXPECT_EQ(Stock("a"), 100);
}

TEST_F(PostgresqlTest, ATransactionThatNeverGetsThroughEndsAsAConflict) {
  std::int64_t calls = 0;
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  ++calls;
                  (void)Stock(session, "a");
                  std::thread([&] {
                    database_->Write(kNoContext,
                                     [&](Session& other) { SetStock(other, "a", calls); });
                  }).join();
                  SetStock(session, "a", -1);
                });
              }),
              AllOf(StartsWith("CONFLICT: " + database_->name()), HasSubstr("40001")));
  EXPECT_EQ(calls, 12);
  EXPECT_EQ(Stock("a"), 12);
}

TEST_F(PostgresqlTest, ADeadlockIsRepeated) {
  const auto database =
      Open([](PostgresqlOptions& options) { options.isolation = Isolation::kReadCommitted; });
  std::promise<void> first_has_a;
  std::promise<void> second_has_b;
  std::atomic<int> calls{0};
  std::thread second([&] {
    bool began = false;
    database->Write(kNoContext, [&](Session& session) {
      ++calls;
      session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'b'", {});
      if (!began) {
        began = true;
        second_has_b.set_value();
        first_has_a.get_future().wait();
      }
      session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'a'", {});
    });
  });
  bool began = false;
  database->Write(kNoContext, [&](Session& session) {
    ++calls;
    session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'a'", {});
    if (!began) {
      began = true;
      first_has_a.set_value();
      second_has_b.get_future().wait();
    }
    session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'b'", {});
  });
  second.join();
  EXPECT_GE(calls, 3);  // More when they meet again.
  EXPECT_EQ(Stock("a") + Stock("b"), 4);
}

TEST_F(PostgresqlTest, TheServerBreaksAStatementOffAtTheDeadlineAndTheConnectionStays) {
  const auto database = Open([](PostgresqlOptions& options) { options.pool.writers = 1; });
  const auto pid = [&] {
    return database->Write(kNoContext, [](Session& session) {
      return session.QueryOne("SELECT pg_backend_pid()", {},
                              [](const Row& row) { return row.Int64(0); });
    });
  };
  const auto before = pid();
  // The statement is prepared first, with time enough.
  const auto sleep = [&](double seconds, const Context& context) {
    return Thrown([&] {
      database->Write(context,
                      [&](Session& session) { session.Execute("SELECT pg_sleep($1)", {seconds}); });
    });
  };
  EXPECT_EQ(sleep(0, kNoContext), "nothing");
  EXPECT_THAT(sleep(60, Context().WithTimeout(milliseconds(50))),
              StartsWith("DEADLINE_EXCEEDED: " + database->name()));
  EXPECT_EQ(pid(), before);
}

// However the transactions before it on the connection have ended.
TEST_F(PostgresqlTest, ATransactionHasTheTimeoutOfItsOwnDeadline) {
  const auto database = Open([](PostgresqlOptions& options) { options.pool.writers = 1; });
  const auto timeout = [&](const Context& context, bool commit) {
    std::int64_t found = -1;
    Thrown([&] {
      database->Write(context, [&](Session& session) {
        found = *session.QueryOne(
            "SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'statement_timeout'", {},
            [](const Row& row) { return row.Int64(0); });
        if (!commit) throw SqlError(ErrorKind::kMisuse, "roll back");
      });
    });
    return found;
  };
  const auto hours = [](int count) { return Context().WithTimeout(std::chrono::hours(count)); };
  constexpr std::int64_t kHour = 3'600'000;
  for (const bool first : {true, false}) {
    for (const bool second : {true, false}) {
      EXPECT_EQ(timeout(kNoContext, first), 0);
      EXPECT_GT(timeout(hours(2), second), kHour);
      EXPECT_LE(timeout(hours(1), first), kHour);
      EXPECT_LE(timeout(hours(1), first), kHour);
      EXPECT_GT(timeout(hours(2), second), kHour);
    }
  }
}

TEST_F(PostgresqlTest, ACancelledStatementEndsAtTheServerAsWell) {
  CancellationSource source;
  const std::string running =
      "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)'";
  std::thread canceller([&] {
    while (Count(*database_, running) == 0) std::this_thread::yield();
    source.Cancel();
  });
  EXPECT_THAT(Thrown([&] {
                database_->Write(Context().WithCancellation(source), [](Session& session) {
                  session.Execute("SELECT pg_sleep(61)", {});
                });
              }),
              StartsWith("CANCELLED: " + database_->name()));
  canceller.join();
  while (Count(*database_, running) != 0) std::this_thread::sleep_for(milliseconds(5));
}

TEST_F(PostgresqlTest, AConnectionThatIsLostWhileCommittingLeavesTheOutcomeOpen) {
  Script(*database_,
         "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
         "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
         "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED "
         "FOR EACH ROW EXECUTE FUNCTION die()");
  int calls = 0;
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  ++calls;
                  session.Execute("INSERT INTO item VALUES ('c', 1)", {});
                });
              }),
              StartsWith("OUTCOME_UNKNOWN: " + database_->name()));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Count(*database_), 2);
  EXPECT_EQ(Thrown([&] { Script(*database_, "UPDATE item SET stock = 1"); }), "nothing");
}

TEST_F(PostgresqlTest, AnIdleConnectionThatWasEndedIsReplaced) {
  const auto end_others = [&] {
    Script(*Open([](PostgresqlOptions&) {}),
           "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
           "WHERE application_name = 'seam' AND pid <> pg_backend_pid()");
  };
  EXPECT_EQ(Stock("a"), 0);
  end_others();
  EXPECT_EQ(Stock("a"), 0);
  end_others();
  int calls = 0;
  database_->Write(kNoContext, [&](Session& session) {
    ++calls;
    SetStock(session, "a", 5);
  });
  EXPECT_EQ(calls, 1);
  end_others();
  EXPECT_EQ(
      database_->ReadSnapshot(kNoContext, [](Session& session) { return Stock(session, "a"); }), 5);
  // Within a transaction it cannot be.
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  SetStock(session, "a", 6);
                  end_others();
                  SetStock(session, "b", 6);
                });
              }),
              AllOf(StartsWith("UNAVAILABLE: " + database_->name()), HasSubstr("was lost")));
  EXPECT_EQ(Stock("a"), 5);
}

TEST_F(PostgresqlTest, AMigrationWaitsForAnotherForLongerThanForALock) {
  std::promise<void> reported;
  std::atomic<bool> told{false};
  const auto second = Open([&](PostgresqlOptions& options) {
    options.pool.max_wait = milliseconds(100);
    options.report = [&](std::string_view message, std::string_view detail) {
      EXPECT_EQ(message, "another process is changing the schema; waiting for it");
      EXPECT_EQ(detail, database_->name());
      if (!told.exchange(true)) reported.set_value();
    };
  });
  const auto waits = [&](int longer_than_ms) {
    return database_
        ->Read(kNoContext,
               [&](Session& session) {
                 return session.QueryOne(
                     "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND "
                     "clock_timestamp() - query_start > $1 * interval '1 ms'",
                     {longer_than_ms}, [](const Row& row) { return row.Int64(0) > 0; });
               })
        .value();
  };
  std::string lock_timeout;
  std::future<std::string> outcome;
  CancellationSource source;
  const auto migrate = [&](const Context& context) {
    return std::async(std::launch::async, [&second, &lock_timeout, context] {
      return Thrown([&] {
        second->WriteAlone(context, [&](Session& session) {
          lock_timeout = *session.QueryOne("SELECT current_setting('lock_timeout')", {},
                                           [](const Row& row) { return std::string(row.Text(0)); });
        });
      });
    });
  };
  const auto await = [&](int longer_than_ms) {
    while (outcome.wait_for(milliseconds(5)) != std::future_status::ready &&
           !waits(longer_than_ms)) {
    }
  };
  database_->WriteAlone(kNoContext, [&](Session&) {
    std::thread([&] {
      outcome = migrate(Context().WithCancellation(source));
      await(0);
      source.Cancel();
      EXPECT_THAT(outcome.get(), StartsWith("CANCELLED: " + database_->name()));
      while (waits(0)) std::this_thread::yield();
      outcome = migrate(kNoContext);
      await(200);  // Longer than a statement waits for a lock.
      EXPECT_EQ(reported.get_future().wait_for(std::chrono::seconds(20)),
                std::future_status::ready);
    }).join();
  });
  EXPECT_EQ(outcome.get(), "nothing");
  EXPECT_EQ(lock_timeout, "100ms");
}

// A role that may have fewer connections than it wants.
TEST_F(PostgresqlTest, APoolWithoutAnyConnectionWaitsForOne) {
  Script(*database_, "DROP SCHEMA IF EXISTS crowded CASCADE");
  Script(*database_,
         OwnershipStatements("crowded", "crowded") + "ALTER ROLE crowded CONNECTION LIMIT 1");
  const auto open = [&](milliseconds max_wait) {
    PostgresqlOptions options = options_;
    options.role = options.schema = "crowded";
    options.pool.max_wait = max_wait;
    return OpenPostgresql(options);
  };
  // Long enough to be refused once; who is slower is not, and misses nothing.
  const auto goes_on = [](const std::shared_future<std::string>& outcome) {
    return outcome.wait_for(milliseconds(100)) == std::future_status::timeout;
  };
  auto first = open(std::chrono::minutes(1));
  // Not for ever.
  EXPECT_THAT(Thrown([&] { (void)open(milliseconds(400)); }),
              AllOf(StartsWith("BUSY"), HasSubstr("too many connections for role \"crowded\"")));
  std::unique_ptr<Database> second;
  const std::shared_future<std::string> opened = std::async(
      std::launch::async, [&] { return Thrown([&] { second = open(std::chrono::minutes(1)); }); });
  EXPECT_TRUE(goes_on(opened)) << opened.get();
  first.reset();
  ASSERT_EQ(opened.get(), "nothing");

  // And so does a connection that has to be made anew.
  Script(*database_,
         "ALTER ROLE crowded CONNECTION LIMIT 0;"
         "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'crowded'");
  const std::shared_future<std::string> read = std::async(std::launch::async, [&] {
    return Thrown([&] { (void)Count(*second, "SELECT CAST(1 AS BIGINT)"); });
  });
  EXPECT_TRUE(goes_on(read)) << read.get();
  Script(*database_, "ALTER ROLE crowded CONNECTION LIMIT 1");
  EXPECT_EQ(read.get(), "nothing");
}

TEST_F(PostgresqlTest, ARoleCannotReachTheTablesOfAnother) {
  // Schemas are the server's, and so are there when this is repeated.
  Script(*database_, "DROP SCHEMA IF EXISTS \"orders \"\"s'\\ $$schema\", products CASCADE");
  const auto setup = [&] {
    Script(*database_, OwnershipStatements("orders role", "orders \"s'\\ $$schema"));
    Script(*database_, OwnershipStatements("products", "products"));
  };
  setup();
  setup();  // They may be run again.
  const auto orders = Open([](PostgresqlOptions& options) {
    options.role = "orders role";
    options.schema = "orders \"s'\\ $$schema";
  });
  const auto products = Open([](PostgresqlOptions& options) {
    options.role = "products";
    options.schema = "products";
  });
  Script(*orders, "CREATE TABLE mine (n BIGINT); INSERT INTO mine VALUES (1)");
  Script(*products, "CREATE TABLE product (n BIGINT); INSERT INTO product VALUES (2)");
  EXPECT_EQ(Count(*orders, "SELECT n FROM mine"), 1);
  EXPECT_EQ(Count(*products, "SELECT n FROM product"), 2);
  EXPECT_THAT(Thrown([&] { (void)Count(*orders, "SELECT n FROM products.product"); }),
              AllOf(StartsWith("FORBIDDEN: " + orders->name()), HasSubstr("permission denied")));
  EXPECT_THAT(Thrown([&] {
                (void)Count(*orders, "SELECT m.n FROM mine m JOIN products.product p ON true");
              }),
              StartsWith("FORBIDDEN"));
  EXPECT_THAT(Thrown([&] { Script(*orders, "DELETE FROM products.product"); }),
              StartsWith("FORBIDDEN"));
  EXPECT_THAT(Thrown([&] { Script(*orders, "CREATE TABLE products.spy (n BIGINT)"); }),
              StartsWith("FORBIDDEN"));
  // Without the schema's name it is not even found.
  EXPECT_THAT(Thrown([&] { (void)Count(*orders, "SELECT n FROM product"); }), StartsWith("SYNTAX"));
}

TEST_F(PostgresqlTest, AnAdministratorWhoIsNoSuperuserSetsARoleUp) {
  Open([](PostgresqlOptions&) {})->Read(kNoContext, [](Session& session) {
    session.ExecuteScript("SET default_transaction_read_only = off");
    session.ExecuteScript("DROP DATABASE IF EXISTS owned");
    session.ExecuteScript("DROP ROLE IF EXISTS tenant, owner");
    session.ExecuteScript("CREATE ROLE owner LOGIN CREATEROLE");
    session.ExecuteScript("CREATE DATABASE owned OWNER owner");
  });
  const auto open = [&](const char* role, const char* schema) {
    return Open([&](PostgresqlOptions& options) {
      options.address.replace(options.address.find("dbname="), std::string::npos, "dbname=owned");
      options.role = role;
      options.schema = schema;
    });
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        Thrown([&] { Script(*open("owner", "public"), OwnershipStatements("tenant", "tenant")); }),
        "nothing");
  }
  EXPECT_EQ(Thrown([&] { Script(*open("tenant", "tenant"), "CREATE TABLE mine (n BIGINT)"); }),
            "nothing");
}

TEST_F(PostgresqlTest, WhatCannotBeOpenedSaysWhy) {
  const auto open = [&](const std::function<void(PostgresqlOptions&)>& change) {
    return Thrown([&] { (void)Open(change); });
  };
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.schema = "nowhere"; }),
              AllOf(StartsWith("NOT_SET_UP"), HasSubstr("schema nowhere"),
                    HasSubstr("an administrator of the database has to make it")));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.role = "nobody"; }),
              AllOf(StartsWith("NOT_SET_UP: cannot connect to database postgres at "),
                    HasSubstr("FATAL:  role \"nobody\" does not exist (SQLSTATE 28000)")));
  EXPECT_THAT(open([](PostgresqlOptions& options) {
                options.address.replace(options.address.find("dbname="), std::string::npos,
                                        "dbname=nowhere");
              }),
              AllOf(StartsWith("REFUSED"), HasSubstr("database \"nowhere\" does not exist"),
                    HasSubstr("make the database")));
  EXPECT_THAT(
      open([](PostgresqlOptions& options) { options.address = "host=/nowhere dbname=shop"; }),
      AllOf(StartsWith("UNAVAILABLE: cannot connect to database shop at /nowhere"),
            HasSubstr("No such file")));
}

TEST_F(PostgresqlTest, WhatIsNoPasswordFileIsRefusedAndWaitedForByNobody) {
  const seam::testing::TemporaryFolder folder;
  const std::string file = folder / "password";
  const auto open = [&] {
    return Thrown(
        [&] { (void)Open([&](PostgresqlOptions& options) { options.password_file = file; }); });
  };
  const auto refused = [&](const char* why) {
    return AllOf(StartsWith("REFUSED"), HasSubstr("the password file " + file + " " + why));
  };
  const auto write = [&](const std::string& text) {
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
  };
  EXPECT_THAT(open(), refused("cannot be opened: No such file"));
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(open(), refused("is not a regular file"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_THAT(open(), refused("is not a regular file"));
  std::filesystem::remove(file);
  for (const char* const nothing : {"", "\r\n", "\nsecond line"}) {
    write(nothing);
    EXPECT_THAT(open(), refused("has no password in its first line"));
  }
  write(std::string(4097, 'p'));
  EXPECT_THAT(open(), refused("has more than 4096 bytes"));
  write(std::string(4096, 'p') + "\nsecond line");
  EXPECT_EQ(open(), "nothing");
  // Only root can give a file away.
  constexpr uid_t kSomebody = 12345;
  if (chown(file.c_str(), kSomebody, static_cast<gid_t>(-1)) != 0) return;
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  EXPECT_THAT(open(), refused("belongs to another user"));
}

TEST_F(PostgresqlTest, ADatabaseOfAnotherEncodingIsRefusedAtOnce) {
  // Not in a transaction, where no database can be made.
  Open([](PostgresqlOptions&) {})->Read(kNoContext, [](Session& session) {
    session.ExecuteScript("SET default_transaction_read_only = off");
    session.ExecuteScript("DROP DATABASE IF EXISTS latin");
    session.ExecuteScript("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'");
  });
  EXPECT_THAT(Thrown([&] {
                (void)Open([](PostgresqlOptions& options) {
                  options.address.replace(options.address.find("dbname="), std::string::npos,
                                          "dbname=latin");
                  options.schema = "public";
                });
              }),
              AllOf(StartsWith("REFUSED: cannot use database latin"), HasSubstr("UTF8")));
}

TEST_F(PostgresqlTest, AResolverThatDoesNotAnswerHoldsNobodyUp) {
  TheDeadName().Begin();
  PostgresqlOptions options = options_;
  options.address = std::string("dbname=postgres host=") + DeadName::kName;
  options.pool.max_wait = milliseconds(50);
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("UNAVAILABLE"), HasSubstr("resolver"), HasSubstr(DeadName::kName),
                    HasSubstr("has not answered for 50 ms")));
  while (TheDeadName().asked() < 1) std::this_thread::yield();
  EXPECT_EQ(TheDeadName().waiting(), 1) << "it was waited for";
  options.pool.max_wait = std::chrono::minutes(1);
  EXPECT_THAT(
      Thrown([&] { (void)OpenPostgresql(options, Context().WithTimeout(milliseconds(50))); }),
      StartsWith("DEADLINE_EXCEEDED"));
  while (TheDeadName().asked() < 2) std::this_thread::yield();
  EXPECT_EQ(TheDeadName().waiting(), 2);
  TheDeadName().Forget();
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("UNAVAILABLE"), HasSubstr("dead.example cannot be looked up")));
}

TEST(HostLookup, WhoeverAsksForANameAtOnceGetsOneAnswer) {
  TheDeadName().Begin();
  HostLookup lookup;
  const auto first = lookup.Begin(DeadName::kName);
  const auto second = lookup.Begin(DeadName::kName);
  while (TheDeadName().waiting() == 0) std::this_thread::yield();
  TheDeadName().Forget();
  EXPECT_THAT(first.get().failure, Not(IsEmpty()));
  EXPECT_THAT(second.get().addresses, IsEmpty());
  EXPECT_EQ(TheDeadName().asked(), 1);
  EXPECT_THAT(lookup.Begin("localhost").get().addresses, Not(IsEmpty()));
  EXPECT_THAT(lookup.Begin(DeadName::kName).get().addresses, IsEmpty());
  EXPECT_EQ(TheDeadName().asked(), 2) << "an old answer was given";
}

TEST(HostLookup, SaysWhatTheSystemSaysOfItsFailure) {
  EXPECT_THAT(HostLookup().Begin(std::string(kNameWithoutAFile)).get().failure,
              HasSubstr("open files"));
}

// It cannot come to pass later, so nobody waits for it.
TEST_F(PostgresqlTest, AServerWithoutTheTlsThatIsAskedForRefuses) {
  const ServerWithoutTls server;
  EXPECT_THAT(Thrown([&] {
                (void)Open([&](PostgresqlOptions& options) {
                  // The name has another address, perhaps, which nobody listens on.
                  options.address = "host=localhost dbname=shop sslmode=require port=" +
                                    std::to_string(server.port());
                });
              }),
              AllOf(StartsWith("REFUSED"), HasSubstr("shop at localhost"), HasSubstr("127.0.0.1"),
                    HasSubstr("server does not support SSL"), HasSubstr("make sslmode")));
}

TEST_F(PostgresqlTest, AServerThatTakesWritesMayBeAskedForInTheAddress) {
  for (const char* const target : {"read-write", "primary", "any"}) {
    const auto database = Open([&](PostgresqlOptions& options) {
      options.address += std::string(" target_session_attrs=") + target;
    });
    EXPECT_EQ(Count(*database), 2);
    Script(*database, "UPDATE item SET stock = 1");
    EXPECT_THAT(Thrown([&] {
                  database->Read(kNoContext, [](Session& session) {
                    session.Execute("UPDATE item SET stock = 2", {});
                  });
                }),
                AllOf(StartsWith("MISUSE"), HasSubstr("inside a read")));
  }
}

TEST_F(PostgresqlTest, ImpossibleOptionsAreRefused) {
  const auto open = [&](const std::function<void(PostgresqlOptions&)>& change) {
    return Thrown([&] { (void)Open(change); });
  };
  const auto address = [&](const char* text) {
    return open([&](PostgresqlOptions& options) { options.address = text; });
  };
  EXPECT_THAT(address("postgresql://me@host/shop"), HasSubstr("must not have user"));
  EXPECT_THAT(address("host=x dbname=shop options='-c a=b'"), HasSubstr("must not have options"));
  EXPECT_THAT(address("postgresql://:hush@host/shop"),
              AllOf(HasSubstr("must not have password"), Not(HasSubstr("hush"))));
  EXPECT_THAT(address("postgresql://:hush%@host/shop"),
              AllOf(StartsWith("MISUSE"), Not(HasSubstr("hush"))));
  EXPECT_THAT(address("host=x"), HasSubstr("no database"));
  EXPECT_THAT(address("host=x dbname=shop sslmode=bogus"),
              AllOf(StartsWith("MISUSE"), HasSubstr("invalid sslmode value: \"bogus\"")));
  for (const char* const port : {"99999", "0", "5432x", "5432,5433"}) {
    EXPECT_THAT(address((std::string("host=x dbname=shop port=") + port).c_str()),
                AllOf(StartsWith("MISUSE"), HasSubstr("port")));
  }
  EXPECT_THAT(address("host=a,b dbname=shop hostaddr=127.0.0.1"),
              AllOf(StartsWith("MISUSE"), HasSubstr("differ in length")));
  EXPECT_THAT(address("hostaddr=db.example dbname=shop"),
              AllOf(StartsWith("MISUSE"), HasSubstr("db.example"), HasSubstr("no IP address")));
  EXPECT_THAT(address("host=x dbname=shop target_session_attrs=standby"),
              AllOf(StartsWith("MISUSE"), HasSubstr("must be any, read-write or primary")));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.role.clear(); }), HasSubstr("role"));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.schema = std::string(64, 's'); }),
              HasSubstr("63 bytes"));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.max_statements = 0; }),
              HasSubstr("max_statements"));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.pool.readers = 0; }),
              HasSubstr("readers"));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.pool.writers = 0; }),
              HasSubstr("writers"));
  EXPECT_THAT(open([](PostgresqlOptions& options) { options.pool.max_wait = milliseconds(-1); }),
              HasSubstr("max_wait"));
}

// On a server of its own, small, which the tests do bad things to.
class PostgresqlServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<seam::testing::TemporaryFolder>();
    const std::string rights = *folder_ / "pg_hba.conf";
    std::ofstream(rights) << "local all postgres trust\nlocal all all scram-sha-256\n";
    server_ = std::make_unique<seam::testing::PrivatePostgresql>(
        std::vector<std::string>{"max_connections=6", "superuser_reserved_connections=0",
                                 "max_wal_senders=0", "hba_file=" + rights});
  }
  static void TearDownTestSuite() {
    server_.reset();
    folder_.reset();
  }

  PostgresqlServerTest() {
    Script(*database_, "CREATE TABLE item (n BIGINT); INSERT INTO item VALUES (1)");
  }

  std::string Insert(const Context& context = kNoContext) const {
    return Thrown([&] {
      database_->Write(
          context, [](Session& session) { session.Execute("INSERT INTO item VALUES (1)", {}); });
    });
  }
  std::string Read(const Context& context = kNoContext) const {
    return Thrown([&] {
      database_->Read(context,
                      [](Session& session) { session.Execute("SELECT count(*) FROM item", {}); });
    });
  }
  std::int64_t Items() const { return Count(*database_); }

  static std::unique_ptr<seam::testing::TemporaryFolder> folder_;
  static std::unique_ptr<seam::testing::PrivatePostgresql> server_;
  const PostgresqlOptions options_ = NewSchema(*server_);
  const std::unique_ptr<Database> database_ = OpenPostgresql(options_);
};

std::unique_ptr<seam::testing::TemporaryFolder> PostgresqlServerTest::folder_;
std::unique_ptr<seam::testing::PrivatePostgresql> PostgresqlServerTest::server_;

TEST_F(PostgresqlServerTest, AServerThatStartsAgainIsFoundAgain) {
  EXPECT_EQ(Insert(), "nothing");
  EXPECT_EQ(Items(), 2);
  server_->Stop();
  EXPECT_THAT(Read(), StartsWith("UNAVAILABLE: cannot connect to " + database_->name()));
  EXPECT_THAT(Insert(), StartsWith("UNAVAILABLE: cannot connect to " + database_->name()));
  server_->Start();
  EXPECT_EQ(Read(), "nothing");
  EXPECT_EQ(Insert(), "nothing");
  EXPECT_EQ(Items(), 3);
}

TEST_F(PostgresqlServerTest, AServerThatTakesNoWritesSaysSoAndIsFoundAgain) {
  const auto server_is = [&](const char* state) {
    database_->Read(kNoContext, [&](Session& session) {
      session.ExecuteScript("SET default_transaction_read_only = off");
      session.ExecuteScript(std::string("ALTER SYSTEM SET default_transaction_read_only = ") +
                            state);
      session.ExecuteScript("SET default_transaction_read_only = on");
    });
    server_->Stop();
    server_->Start();
  };
  server_is("on");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Insert(), AllOf(StartsWith("UNAVAILABLE: " + database_->name()),
                                HasSubstr("the server takes no writes now")));
    EXPECT_EQ(Read(), "nothing");
  }
  // It was the host that worked last; the others are not passed over for it.
  PostgresqlOptions options = options_;
  options.address.insert(options.address.find('/'), "/nowhere,");
  options.last_host = std::make_shared<LastHost>(0);
  const auto database = OpenPostgresql(options);
  EXPECT_EQ(options.last_host->load(), 1U);
  EXPECT_THAT(Thrown([&] { Script(*database, "INSERT INTO item VALUES (1)"); }),
              HasSubstr("the server takes no writes now"));
  EXPECT_EQ(options.last_host->load(), 0U);
  server_is("off");
  EXPECT_EQ(Insert(), "nothing");
  EXPECT_EQ(Items(), 2);
}

TEST_F(PostgresqlServerTest, CallersGoOnWhenTheServerWasKilledAmongThem) {
  std::atomic<bool> killed{false};
  std::atomic<bool> stopped{false};
  std::atomic<std::int64_t> known{0};
  std::atomic<std::int64_t> unknown{0};
  std::atomic<int> after{0};
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      bool counted = false;
      while (!stopped) {
        const std::string thrown = Insert();
        if (thrown == "nothing") {
          ++known;
          if (killed && !counted) {
            counted = true;
            ++after;
          }
        } else if (thrown.rfind("OUTCOME_UNKNOWN", 0) == 0) {
          ++unknown;
        } else {
          EXPECT_THAT(thrown, StartsWith("UNAVAILABLE"));
        }
        EXPECT_THAT(Read(), AnyOf(Eq("nothing"), StartsWith("UNAVAILABLE")));
      }
    });
  }
  while (known < 20) std::this_thread::yield();
  server_->Kill();
  server_->Start();
  killed = true;
  while (after < 2) std::this_thread::yield();
  stopped = true;
  for (std::thread& thread : threads) thread.join();
  // What was said to be committed is there, and nothing else.
  EXPECT_GE(Items(), 1 + known);
  EXPECT_LE(Items(), 1 + known + unknown);
}

TEST_F(PostgresqlServerTest, APausedServerHoldsNobodyBeyondTheDeadline) {
  const auto soon = [] { return Context().WithTimeout(milliseconds(100)); };
  EXPECT_EQ(Insert(), "nothing");
  server_->Pause();
  EXPECT_THAT(Read(soon()), StartsWith("DEADLINE_EXCEEDED"));  // On a connection that was there.
  EXPECT_THAT(Read(soon()), StartsWith("DEADLINE_EXCEEDED"));  // On a new one.
  EXPECT_THAT(Insert(soon()), StartsWith("DEADLINE_EXCEEDED"));
  PostgresqlOptions impatient = options_;
  impatient.pool.max_wait = milliseconds(50);
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(impatient); }),
              AllOf(StartsWith("UNAVAILABLE"), HasSubstr("has not answered for 50 ms")));
  CancellationSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(milliseconds(20));
    source.Cancel();
  });
  EXPECT_THAT(Read(Context().WithCancellation(source)), StartsWith("CANCELLED"));
  canceller.join();
  server_->Resume();
  EXPECT_EQ(Read(), "nothing");
  EXPECT_EQ(Items(), 2);
}

TEST_F(PostgresqlServerTest, ACommitThatAPausedServerDoesNotAnswerIsOfUnknownOutcome) {
  const Context context = Context().WithTimeout(milliseconds(200));
  EXPECT_THAT(Thrown([&] {
                database_->Write(context, [&](Session& session) {
                  session.Execute("INSERT INTO item VALUES (1)", {});
                  server_->Pause();
                });
              }),
              StartsWith("OUTCOME_UNKNOWN"));
  server_->Resume();
  EXPECT_EQ(Read(), "nothing");
}

TEST_F(PostgresqlServerTest, TheNextHostIsTriedWhenOneDoesNotAnswer) {
  const auto host = [](const PostgresqlOptions& options) {
    const std::string& address = options.address;
    return address.substr(address.find('/'), address.find(' ') - address.find('/'));
  };
  PostgresqlOptions options = NewSchema(SharedServer());
  options.address = "host=" + host(options_) + "," + host(options) + " dbname=postgres port=5432";
  options.pool.max_wait = std::chrono::seconds(1);
  std::vector<std::string> reports;
  options.report = [&](std::string_view message, std::string_view detail) {
    reports.push_back(std::string(message) + ": " + std::string(detail));
  };
  options.last_host = std::make_shared<LastHost>(0);
  server_->Pause();
  const std::string silent =
      "the server at " + host(options_) + ", port 5432 has not answered for ";
  // Only the first one of them begins with the host that is silent.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Thrown([&] { (void)OpenPostgresql(options); }), "nothing");
  EXPECT_THAT(reports,
              ElementsAre(AllOf(StartsWith("a host of the database does not answer; using another"),
                                HasSubstr(silent + "500 ms"))));
  options.last_host.reset();
  // Both are named when none can be reached.
  options.address = "host=" + host(options_) + ",/nowhere dbname=postgres port=5432";
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("UNAVAILABLE"), HasSubstr("has not answered for 500 ms"),
                    HasSubstr("/nowhere/")));
  server_->Resume();
}

TEST_F(PostgresqlServerTest, ADatabaseThatHasNotAnsweredIsReportedOnceInAWhile) {
  std::vector<std::string> reports;
  PostgresqlOptions options = options_;
  options.report = [&](std::string_view message, std::string_view detail) {
    reports.push_back(std::string(message) + ": " + std::string(detail));
  };
  const auto database = OpenPostgresql(options);
  const auto ask = [&] {
    return Thrown([&] {
      database->Read(Context().WithTimeout(milliseconds(300)),
                     [&](Session& session) { session.Execute("SELECT 1", {}); });
    });
  };
  EXPECT_EQ(Count(*database), 1);
  server_->Pause();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask(), StartsWith("DEADLINE_EXCEEDED"));
  server_->Resume();
  EXPECT_THAT(reports, ElementsAre(AllOf(StartsWith("the database has not answered in time: "),
                                         HasSubstr(database->name()))));
}

// The server has fewer connections than each pool may have.
TEST_F(PostgresqlServerTest, CallersWaitForTheConnectionsThatAServerOutOfThemHasGiven) {
  PostgresqlOptions options = options_;
  options.pool.readers = options.pool.writers = 16;
  options.pool.max_wait = std::chrono::minutes(1);
  const auto greedy = OpenPostgresql(options);
  Script(*greedy, "UPDATE item SET n = 0");  // Each pool has a connection.
  std::vector<std::thread> threads;
  threads.reserve(16);
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const std::string thrown = Thrown([&] {
          const auto work = [](Session& session) { session.Execute("SELECT 1", {}); };
          if (i % 2 == 0) {
            greedy->Read(kNoContext, work);
          } else {
            greedy->Write(kNoContext, work);
          }
        });
        EXPECT_EQ(thrown, "nothing");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PostgresqlServerTest, AServerOutOfConnectionsSaysSoAndRecovers) {
  PostgresqlOptions options = options_;
  options.pool.readers = 8;
  options.pool.max_wait = milliseconds(300);
  const auto greedy = OpenPostgresql(options);
  std::promise<void> leave;
  const std::shared_future<void> left = leave.get_future().share();
  std::atomic<int> inside{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const std::string thrown = Thrown([&] {
        greedy->Read(kNoContext, [&](Session& session) {
          session.Execute("SELECT 1", {});
          ++inside;
          left.wait();
        });
      });
      if (thrown == "nothing") return;
      ++refused;
      // Or what the server said, where the time was over by then.
      EXPECT_THAT(thrown, AllOf(StartsWith("BUSY"), AnyOf(HasSubstr("every connection was in use"),
                                                          HasSubstr("too many clients"))));
    });
  }
  while (inside + refused < 8) std::this_thread::yield();
  // A pool that has none to wait for.
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("BUSY: cannot connect to "), HasSubstr("too many clients")));
  leave.set_value();
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(refused, 2);
  EXPECT_EQ(Thrown([&] { (void)Count(*greedy); }), "nothing");
}

TEST_F(PostgresqlServerTest, APasswordIsReadFromItsFileWheneverAConnectionIsMade) {
  Script(*database_,
         OwnershipStatements("guarded", "guarded") + "ALTER ROLE guarded PASSWORD 'open sesame'");
  PostgresqlOptions options = options_;
  options.role = options.schema = "guarded";
  options.password_file = *folder_ / "password";
  std::ofstream(options.password_file) << "hush\n";
  std::filesystem::permissions(options.password_file, std::filesystem::perms(0640));
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("REFUSED"),
                    HasSubstr("can be read by others; run \"chmod 600 " + options.password_file)));
  std::filesystem::permissions(options.password_file, std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_write);
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("REFUSED"), HasSubstr("authentication failed"),
                    HasSubstr("the password is wrong"), Not(HasSubstr("hush"))));
  options.password_file.clear();
  EXPECT_THAT(Thrown([&] { (void)OpenPostgresql(options); }),
              AllOf(StartsWith("REFUSED"), HasSubstr("no password supplied"),
                    HasSubstr("database.password_folder"), HasSubstr("~/.pgpass")));
  options.password_file = *folder_ / "password";
  std::ofstream(options.password_file) << "open sesame\n";
  EXPECT_EQ(Thrown([&] { (void)OpenPostgresql(options); }), "nothing");
}

}  // namespace
}  // namespace seam::sql
