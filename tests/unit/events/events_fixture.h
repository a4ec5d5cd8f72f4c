#ifndef TESTS_UNIT_EVENTS_EVENTS_FIXTURE_H_
#define TESTS_UNIT_EVENTS_EVENTS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "postgresql/module_databases.h"
#include "seam/core/uuid.h"
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

// The error of a failed call, as "CODE REASON", with " field=…" when a field is named.
template <class T>
std::string Outcome(const Result<T>& result) {
  if (result) return "OK";
  const Error& error = result.error();
  std::string text = std::string(CodeName(error.code)) + " " + error.reason;
  if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
    text += " field=" + field->second;
  }
  return text;
}

// A destination that keeps what is sent to it, and answers what the test says.
class FakeDestination final : public Destination {
 public:
  explicit FakeDestination(std::string name) : name_(std::move(name)) {}

  using Answer = std::function<Result<void>(const Context&, const Event&)>;
  void AnswerWith(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] std::vector<Result<void>> Send(const Context& context,
                                               const std::vector<Event>& events) override {
    std::vector<Result<void>> results;
    std::vector<std::pair<std::string, Error>> failed;
    for (const Event& event : events) {
      const auto before = std::find_if(failed.begin(), failed.end(), [&](const auto& entry) {
        return entry.first == event.entity;
      });
      if (before != failed.end()) {
        results.emplace_back(Forward(before->second));
        continue;
      }
      Answer answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answer_;
        ++tries_;
      }
      Result<void> result = answer ? answer(context, event) : Result<void>();
      const std::lock_guard lock(mutex_);
      if (result) {
        sent_.push_back(event);
      } else {
        failed.emplace_back(event.entity, result.error());
      }
      results.push_back(std::move(result));
    }
    return results;
  }

  // The payloads that were sent for an entity, in order.
  [[nodiscard]] std::string Sent(const std::string& entity) const {
    const std::lock_guard lock(mutex_);
    std::string sent;
    for (const Event& event : sent_) {
      if (event.entity == entity) sent += (sent.empty() ? "" : " ") + event.payload;
    }
    return sent;
  }
  [[nodiscard]] int tries() const {
    const std::lock_guard lock(mutex_);
    return tries_;
  }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<Event> sent_;
  int tries_ = 0;
};

// A publisher, "things", and a subscriber, "stock", with a database each, and a clock that the test
// sets. Events are applied as rows of the table effect, where each may stand once.
class EventsFixture : public ::testing::Test {
 protected:
  // Opened when first used, by the test's own thread.
  Database& things() {
    if (!things_) {
      things_ = databases_.Open("things");
      Migrate(Context(), *things_, {EventTables(1)});
    }
    return *things_;
  }
  Database& stock() {
    if (!stock_) {
      stock_ = databases_.Open("stock");
      Migrate(Context(), *stock_,
              {{1, "effects",
                "CREATE TABLE effect (number INTEGER PRIMARY KEY AUTOINCREMENT, "
                "event_id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, payload TEXT NOT NULL)",
                "CREATE TABLE effect (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
                "event_id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, payload TEXT NOT NULL)"},
               EventTables(2)});
    }
    return *stock_;
  }

  // What an inbox's subscriber does before its effect.
  using Before = std::function<Result<void>(const Context&, const Event&)>;

  class Applier final : public Subscriber {
   public:
    Applier(Session& session, const Before& before) : session_(session), before_(before) {}
    [[nodiscard]] bool Knows(std::string_view type) const noexcept override {
      return type == kRenamed.type;
    }
    [[nodiscard]] Result<void> Receive(const Context& context, const Event& event) override {
      if (before_) {
        if (auto result = before_(context, event); !result) return result;
      }
      session_.Execute("INSERT INTO effect (event_id, entity, payload) VALUES ($1, $2, $3)",
                       {event.id, event.entity, event.payload});
      return {};
    }

   private:
    Session& session_;
    const Before& before_;
  };

  [[nodiscard]] InboxOptions Options() {
    InboxOptions options;
    options.subscriber = "stock";
    options.poll = milliseconds(5);
    options.clock = clock_;
    return options;
  }
  [[nodiscard]] std::unique_ptr<Inbox> OpenInbox(InboxOptions options, Before before = {}) {
    return std::make_unique<Inbox>(
        stock(), std::move(options),
        [before = std::move(before)](Session& session) {
          std::vector<std::unique_ptr<Subscriber>> made;
          made.push_back(std::make_unique<Applier>(session, before));
          return made;
        },
        log_);
  }
  [[nodiscard]] std::unique_ptr<Inbox> OpenInbox(Before before = {}) {
    return OpenInbox(Options(), std::move(before));
  }

  [[nodiscard]] RelayOptions Relaying() {
    RelayOptions options;
    options.source = "things";
    options.poll = milliseconds(5);
    options.clock = clock_;
    return options;
  }

  [[nodiscard]] static Event NewEvent(const std::string& entity, const std::string& payload) {
    return {NewUuidV7(),
            "things",
            std::string(kRenamed.topic),
            std::string(kRenamed.type),
            entity,
            payload,
            {},
            {}};
  }

  void Publish(const std::string& entity, const std::string& payload,
               const Context& context = Context()) {
    things().Write(context, [&](Session& session) {
      SqlOutbox outbox(session, publication_);
      outbox.Add(context, {kRenamed, entity, payload}).value();
    });
  }

  // The payloads that were applied for an entity, in order.
  std::string Effects(const std::string& entity) {
    std::string effects;
    stock().Read(Context(), [&](Session& session) {
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
  static std::int64_t Execute(Database& database, const std::string& statement) {
    return database.Write(Context(),
                          [&](Session& session) { return session.Execute(statement, {}); });
  }

  static std::vector<ParkedEvent> Parked(Database& database) {
    return database.Read(Context(), [](Session& session) { return ListParked(session, 100); });
  }
  static bool Retry(Database& database, Box box, std::int64_t position) {
    return database.Write(Context(),
                          [&](Session& session) { return RetryParked(session, box, position); });
  }
  static bool Drop(Database& database, Box box, std::int64_t position) {
    return database.Write(Context(),
                          [&](Session& session) { return DropParked(session, box, position); });
  }
  std::vector<Standing> Standings(Database& database) {
    return database.Read(Context(),
                         [&](Session& session) { return ReadStandings(session, clock_()); });
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
  // Until those who use the clock have gone round several times.
  bool AwaitRounds() {
    constexpr int kReadsOfSeveralRounds = 20;
    const std::int64_t until = reads_ + kReadsOfSeveralRounds;
    return Eventually([&] { return reads_ >= until; });
  }
  void Advance(milliseconds span) { now_ += span.count(); }

  // How many lines of the log have the text.
  std::int64_t Lines(std::string_view text) {
    const std::lock_guard lock(mutex_);
    return std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }

  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  std::atomic<std::int64_t> reads_ = 0;
  const std::function<std::chrono::system_clock::time_point()> clock_ = [this] {
    ++reads_;
    return std::chrono::system_clock::time_point(milliseconds(now_.load()));
  };

  const seam::testing::ModuleDatabases databases_;
  std::unique_ptr<Database> things_;
  std::unique_ptr<Database> stock_;
  Publication publication_{"things", {"stock"}, clock_};

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
