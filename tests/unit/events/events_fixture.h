#ifndef TESTS_UNIT_EVENTS_EVENTS_FIXTURE_H_
#define TESTS_UNIT_EVENTS_EVENTS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "postgresql/module_databases.h"
#include "seam/events/direct.h"
#include "seam/events/inbox.h"
#include "seam/events/inbox_service.h"
#include "seam/events/relay.h"
#include "seam/events/schema.h"
#include "seam/events/sql_outbox.h"
#include "seam/events/standing.h"
#include "seam/events/v1/inbox_in_process.h"

namespace seam::events {

using sql::Database;
using sql::Row;
using sql::Session;
using std::chrono::milliseconds;

inline constexpr EventContract kRenamed{"thing.renamed", "test.ThingRenamed"};

// A publisher, "things", and a subscriber, "stock", with a database each. Events are applied as
// rows of the table effect, where each may stand once.
class EventsFixture : public ::testing::Test {
 protected:
  EventsFixture() {
    Migrate(Context(), *things_,
            {{1, "things", "CREATE TABLE thing (id TEXT NOT NULL, name TEXT NOT NULL)",
              "CREATE TABLE thing (id TEXT NOT NULL, name TEXT NOT NULL)"},
             EventTables(2)});
    Migrate(Context(), *stock_,
            {{1, "effects", kSqliteEffects, kPostgresqlEffects}, EventTables(2)});
  }

  // Waits for what other threads do; a test that waits this long has failed.
  static bool Eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }

  void Publish(const std::string& entity, const std::string& payload,
               const Context& context = Context()) {
    things_->Write(context, [&](Session& session) {
      SqlOutbox outbox(session, publication_);
      outbox.Add(context, {kRenamed, entity, payload}).value();
    });
  }

  static constexpr const char* kSqliteEffects =
      "CREATE TABLE effect (number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL "
      "UNIQUE, "
      "entity TEXT NOT NULL, payload TEXT NOT NULL)";
  static constexpr const char* kPostgresqlEffects =
      "CREATE TABLE effect (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
      "event_id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, payload TEXT NOT NULL)";

  // The payloads that were applied for an entity, in order.
  std::string Effects(const std::string& entity) {
    std::string effects;
    stock_->Read(Context(), [&](Session& session) {
      session.Query("SELECT payload FROM effect WHERE entity = $1 ORDER BY number", {entity},
                    [&](const Row& row) {
                      if (!effects.empty()) effects += " ";
                      effects += row.Text(0);
                    });
    });
    return effects;
  }

  static std::int64_t Count(Database& database, const std::string& what) {
    return *database.Read(Context(), [&](Session& session) {
      return session.QueryOne("SELECT count(*) FROM " + what, {},
                              [](const Row& row) { return row.Int64(0); });
    });
  }

  const seam::testing::ModuleDatabases databases_;
  const std::unique_ptr<Database> things_ = databases_.Open("things");
  const std::unique_ptr<Database> stock_ = databases_.Open("stock");
  Publication publication_{"things", {"stock"}};

  std::mutex mutex_;
  std::vector<std::string> lines_;
  Log log_{{.level = LogLevel::kDebug,
            .format = LogFormat::kText,
            .sink = [this](std::string_view line) {
              const std::lock_guard lock(mutex_);
              lines_.emplace_back(line);
            }}};
};

}  // namespace seam::events

#endif  // TESTS_UNIT_EVENTS_EVENTS_FIXTURE_H_
