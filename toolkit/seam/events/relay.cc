#include "seam/events/relay.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include "seam/events/checks_internal.h"
#include "seam/events/leases_internal.h"
#include "seam/events/partition_internal.h"
#include "seam/events/rounds_internal.h"
#include "seam/events/rows_internal.h"
#include "seam/events/times_internal.h"
#include "seam/sql/rows.h"

namespace seam::events {
namespace {

using internal::Rounds;
using sql::Row;
using sql::Session;
using sql::Value;

constexpr std::chrono::milliseconds kFirstSendPause{100};

// How often in a lease's span it is looked for rows that nobody else will send.
constexpr int kLooksForStrays = 10;

// Destinations that rows stand for, by one step in the index for each.
constexpr const char* kWithKnown =
    "WITH RECURSIVE known(name) AS ("
    "SELECT min(destination) FROM seam_outbox UNION ALL "
    "SELECT (SELECT min(o.destination) FROM seam_outbox AS o WHERE o.destination > known.name) "
    "FROM known WHERE known.name IS NOT NULL) ";

std::string ReadStatement(std::size_t destinations) {
  // Rows for a destination that this relay does not have are going to be sent by another relay, or
  // addressed anew: what is newer waits for them, as it may be about the same entity. Those that
  // fail are asked for once and by an index of their own: looked for beside each row, PostgreSQL,
  // which takes a table that it last saw empty for empty, would read all that wait each time.
  return std::string(kWithKnown) + "SELECT " + internal::kEventColumns +
         " FROM seam_outbox AS o WHERE o.destination = $1 AND o.state = 0 "
         "AND o.next_try_at <= $2 AND o.part NOT IN " +
         internal::List(4, internal::kPartitions) +
         " AND o.entity NOT IN (SELECT f.entity FROM seam_outbox AS f WHERE f.destination = $1 "
         "AND f.state = 0 AND f.attempts > 0 AND f.next_try_at > $2) "
         "AND o.position < COALESCE((SELECT min(stray.first) FROM ("
         "SELECT (SELECT min(s.position) FROM seam_outbox AS s "
         "WHERE s.destination = known.name AND s.state = 0) AS first "
         "FROM known WHERE known.name NOT IN " +
         internal::List(4 + internal::kPartitions, static_cast<int>(destinations)) +
         ") AS stray), 9223372036854775807) ORDER BY o.position LIMIT $3";
}

// Destinations that nobody sends to any more, with events that have waited since $1.
std::string StraysStatement(std::size_t destinations) {
  return std::string(kWithKnown) + "SELECT known.name FROM known WHERE known.name NOT IN " +
         internal::List(3, static_cast<int>(destinations)) +
         " AND EXISTS (SELECT 1 FROM seam_outbox AS s WHERE s.destination = known.name "
         "AND s.state = 0 AND s.published_at <= $1) "
         "AND NOT EXISTS (SELECT 1 FROM seam_event_worker AS w "
         "WHERE w.work = 'outbox/' || known.name AND w.until > $2)";
}

}  // namespace

class Relay::Worker {
 public:
  Worker(sql::Database& database, const RelayOptions& options,
         std::shared_ptr<Destination> destination, std::vector<std::string> all, Log& log)
      : database_(database),
        options_(options),
        destination_(std::move(destination)),
        all_(std::move(all)),
        read_(ReadStatement(all_.size())),
        strays_(StraysStatement(all_.size())),
        log_(log),
        leases_(database, "outbox/" + destination_->name(), options_.lease, options_.clock, log),
        unreachable_(kFirstSendPause, options_.max_pause),
        rounds_(
            "outbox/" + destination_->name(),
            [this](const Context& context) { return Round(context); },
            [this] { leases_.GiveBack(); }, log) {}

  void Wake() noexcept { rounds_.Wake(); }

 private:
  using Waiting = internal::StoredEvent;

  [[nodiscard]] Rounds::Pause Round(const Context& context) {
    leases_.Keep(context);
    const std::vector<int> held = leases_.held();
    if (held.empty()) return {options_.poll};
    if (destination_->name() == all_.front()) Adopt(context, held);
    const std::vector<Waiting> batch = Read(context, held);
    if (batch.empty()) return {options_.poll};
    return Settle(context, batch, Send(context, batch));
  }

  // Addresses the rows anew that nobody else will send. One of the relay's workers does it for all.
  void Adopt(const Context& context, const std::vector<int>& held) {
    const std::int64_t now = Now();
    if (!adopts_.Is(now)) return;
    std::vector<Value> parameters = {now - options_.lease.count(), now};
    parameters.insert(parameters.end(), all_.begin(), all_.end());
    std::vector<std::string> strays;
    database_.Read(context, [&](Session& session) {
      session.Query(strays_, parameters, [&](const Row& row) { strays.emplace_back(row.Text(0)); });
    });
    for (const std::string& stray : strays) {
      std::int64_t adopted = 0;
      for (const int part : held) {
        adopted += database_.Write(context,
                                   [&](Session& session) { return AdoptIn(session, stray, part); });
      }
      if (adopted == 0) continue;
      log_.Warning("events for a destination that nobody sends to are addressed anew",
                   {{"source", options_.source},
                    {"destination", stray},
                    {"events", adopted},
                    {"new_destinations", all_.size()},
                    {"first_new", all_.front()}});
    }
    adopts_.Set(now, options_.lease / kLooksForStrays);
  }

  // A whole partition at a time, so that each entity's events keep their order: to the first
  // destination where they lie. For each further one there are copies at the end, behind which the
  // entity's newer events must come as well. Read has held those back so far.
  [[nodiscard]] std::int64_t AdoptIn(Session& session, const std::string& stray, int part) {
    if (all_.size() > 1 && database_.engine() == sql::Engine::kPostgresql) {
      // An event that is published meanwhile would have a place before the copies.
      session.ExecuteScript("LOCK TABLE seam_outbox IN SHARE ROW EXCLUSIVE MODE");
    }
    for (std::size_t i = 1; i < all_.size(); ++i) {
      const std::int64_t last =
          *session.QueryOne("SELECT COALESCE(max(position), 0) FROM seam_outbox", {},
                            [](const Row& row) { return row.Int64(0); });
      session.Execute(
          "INSERT INTO seam_outbox (destination, part, state, attempts, next_try_at, reason, "
          "settled_at, event_id, source, topic, type, entity, payload, published_at, traceparent) "
          "SELECT $1, part, 0, 0, 0, '', 0, event_id, source, topic, type, entity, payload, "
          "published_at, traceparent FROM seam_outbox "
          "WHERE state = 0 AND part = $3 AND (destination = $2 OR (destination = $1 AND entity IN "
          "(SELECT entity FROM seam_outbox WHERE destination = $2 AND state = 0 AND part = $3))) "
          "ORDER BY position",
          {all_[i], stray, part});
      session.Execute(
          "DELETE FROM seam_outbox WHERE destination = $1 AND state = 0 AND part = $3 "
          "AND position <= $4 AND entity IN "
          "(SELECT entity FROM seam_outbox WHERE destination = $2 AND state = 0 AND part = $3)",
          {all_[i], stray, part, last});
    }
    return session.Execute(
        "UPDATE seam_outbox SET destination = $1, attempts = 0, next_try_at = 0 "
        "WHERE destination = $2 AND state = 0 AND part = $3",
        {all_.front(), stray, part});
  }

  [[nodiscard]] std::vector<Waiting> Read(const Context& context, const std::vector<int>& held) {
    std::vector<Value> parameters = {destination_->name(), Now(), options_.batch};
    internal::AppendOtherParts(parameters, held);
    parameters.insert(parameters.end(), all_.begin(), all_.end());
    std::vector<Waiting> batch;
    database_.Read(context, [&](Session& session) {
      session.Query(read_, parameters,
                    [&](const Row& row) { batch.push_back(internal::ReadEvent(row)); });
    });
    return batch;
  }

  [[nodiscard]] std::vector<Result<void>> Send(const Context& context,
                                               const std::vector<Waiting>& batch) {
    std::vector<Event> events;
    events.reserve(batch.size());
    for (const Waiting& waiting : batch) events.push_back(waiting.event);
    // No longer than the leases last: after that another relay sends the same.
    const auto time = std::min(options_.send_timeout, leases_.remaining());
    std::vector<Result<void>> results;
    try {
      results = destination_->Send(context.WithTimeout(time), events);
    } catch (const std::exception& error) {
      results.assign(batch.size(),
                     Fail(Code::kInternal, "UNHANDLED_EXCEPTION",
                          "sending to " + destination_->name() + " threw: " + error.what()));
    }
    results.resize(batch.size(), Fail(Code::kInternal, "NO_RESULT",
                                      destination_->name() + " did not answer for each event"));
    if (options_.after_send) options_.after_send();
    return results;
  }

  // Notes in the database what became of a batch.
  [[nodiscard]] Rounds::Pause Settle(const Context& context, const std::vector<Waiting>& batch,
                                     const std::vector<Result<void>>& results) {
    std::vector<Value> sent;
    std::vector<std::pair<const Waiting*, Error>> refused;
    std::set<std::pair<std::string, std::string>> held_back;  // Sources and entities.
    std::optional<Error> unreachable;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Event& event = batch[i].event;
      if (results[i]) {
        sent.emplace_back(batch[i].position);
      } else if (!internal::IsOwnFault(results[i].error())) {
        if (!unreachable) unreachable = results[i].error();
      } else if (held_back.emplace(event.source, event.entity).second) {
        refused.emplace_back(&batch[i], results[i].error());
      }
    }
    if (!sent.empty() || !refused.empty()) {
      const std::int64_t now = Now();
      database_.Write(context, [&](Session& session) {
        sql::ExecuteIn(session, "DELETE FROM seam_outbox WHERE destination = $1 AND position IN",
                       {destination_->name()}, sent);
        for (const auto& [waiting, error] : refused) Note(session, *waiting, error, now);
      });
      for (const auto& [waiting, error] : refused) Tell(*waiting, error);
    }
    if (context.cancelled()) return {};
    if (unreachable) return Wait(*unreachable);
    if (!reachable_) {
      log_.Info("events are sent again",
                {{"source", options_.source}, {"destination", destination_->name()}});
      reachable_ = true;
      unreachable_.Reset();
    }
    const bool more = batch.size() == static_cast<std::size_t>(options_.batch);
    return {more ? std::chrono::milliseconds(0) : options_.poll};
  }

  [[nodiscard]] bool IsLastTry(const Waiting& waiting) const {
    return waiting.attempts + 1 >= options_.max_attempts;
  }

  void Note(Session& session, const Waiting& waiting, const Error& error, std::int64_t now) const {
    const auto pause =
        internal::PauseAfter(waiting.attempts + 1, kFirstSendPause, options_.max_pause);
    session.Execute(
        "UPDATE seam_outbox SET attempts = attempts + 1, reason = $3, state = $4, "
        "next_try_at = $5, settled_at = $6 "
        "WHERE position = $1 AND destination = $2 AND state = 0",
        {waiting.position, destination_->name(), internal::ReasonText(error),
         IsLastTry(waiting) ? 2 : 0, now + pause.count(), IsLastTry(waiting) ? now : 0});
  }

  void Tell(const Waiting& waiting, const Error& error) {
    const Event& event = waiting.event;
    const std::string reason = internal::ReasonText(error);
    if (IsLastTry(waiting)) {
      log_.Warning("an event is parked: its destination refuses it",
                   {{"box", "outbox"},
                    {"source", event.source},
                    {"destination", destination_->name()},
                    {"topic", event.topic},
                    {"entity", event.entity},
                    {"event_id", event.id},
                    {"position", waiting.position},
                    {"reason", reason},
                    {"see", "seam events parked"}});
      return;
    }
    log_.Info("an event is refused by its destination; it is tried again",
              {{"destination", destination_->name()},
               {"topic", event.topic},
               {"entity", event.entity},
               {"event_id", event.id},
               {"attempts", waiting.attempts + 1},
               {"reason", reason}});
  }

  [[nodiscard]] Rounds::Pause Wait(const Error& error) {
    if (reachable_) {
      log_.Warning("events cannot be sent; they wait in the outbox",
                   {{"source", options_.source},
                    {"destination", destination_->name()},
                    {"error", ToString(error)}});
      reachable_ = false;
    }
    return {unreachable_.Next(), false};
  }

  [[nodiscard]] std::int64_t Now() const { return internal::ToMillis(options_.clock()); }

  sql::Database& database_;
  const RelayOptions options_;
  const std::shared_ptr<Destination> destination_;
  const std::vector<std::string> all_;  // The names of the relay's destinations.
  const std::string read_;
  const std::string strays_;
  Log& log_;

  // For the thread of rounds_ alone.
  internal::Leases leases_;
  internal::Backoff unreachable_;
  bool reachable_ = true;
  internal::Due adopts_;

  Rounds rounds_;  // The last: it uses all others.
};

Relay::Relay(sql::Database& database, const RelayOptions& options,
             std::vector<std::shared_ptr<Destination>> destinations, Log& log) {
  std::vector<std::string> all;
  for (const auto& destination : destinations) all.push_back(destination->name());
  for (auto& destination : destinations) {
    workers_.push_back(
        std::make_unique<Worker>(database, options, std::move(destination), all, log));
  }
}

Relay::~Relay() = default;

void Relay::Wake() noexcept {
  for (const auto& worker : workers_) worker->Wake();
}

}  // namespace seam::events
