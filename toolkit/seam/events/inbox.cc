#include "seam/events/inbox.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include "seam/core/text.h"
#include "seam/core/uuid.h"
#include "seam/events/checks_internal.h"
#include "seam/events/leases_internal.h"
#include "seam/events/partition_internal.h"
#include "seam/events/rounds_internal.h"
#include "seam/events/rows_internal.h"
#include "seam/events/times_internal.h"
#include "seam/sql/error.h"
#include "seam/sql/rows.h"

namespace seam::events {
namespace {

using internal::Rounds;
using internal::StoredEvent;
using sql::ErrorKind;
using sql::Row;
using sql::Session;
using sql::SqlError;
using sql::Value;

constexpr std::size_t kMostDelivered = 500;
constexpr std::size_t kMostCharacters = 200;
constexpr std::size_t kMostTraceparentBytes = 200;

// How often the waiting are counted, for max_waiting.
constexpr std::chrono::seconds kCounts{5};

// Remembered rows that are removed at a time.
constexpr int kRemovedAtOnce = 500;

std::string InboxReadStatement() {
  return std::string("SELECT ") + internal::kEventColumns +
         " FROM seam_inbox AS o WHERE o.state = 0 AND o.next_try_at <= $1 AND o.part NOT IN " +
         internal::List(3, internal::kPartitions) +
         " AND (o.source, o.entity) NOT IN (SELECT f.source, f.entity FROM seam_inbox AS f "
         "WHERE f.state = 0 AND f.attempts > 0 AND f.next_try_at > $1) "
         "ORDER BY o.position LIMIT $2";
}

Failure InvalidEvents(const std::string& field, const std::string& what) {
  return Fail(Code::kInvalidArgument, "INVALID_FIELD", field + " " + what, {{"field", field}});
}

// Null when the text may stand there.
const char* WrongWith(std::string_view text) {
  if (text.empty()) return "is empty";
  if (!internal::IsStorable(text)) return "is not UTF-8 without NUL";
  if (CountCharacters(text) > kMostCharacters) return "is longer than 200 characters";
  return nullptr;
}

Result<void> CheckEvents(const std::vector<Event>& events) {
  if (events.empty() || events.size() > kMostDelivered) {
    return InvalidEvents("events", "has " + std::to_string(events.size()) + "; send 1 to 500");
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const std::string at = "events[" + std::to_string(i) + "].";
    if (!IsUuidV7(event.id)) return InvalidEvents(at + "id", "is not a UUIDv7 in lower case");
    const std::pair<const char*, std::string_view> texts[] = {{"source", event.source},
                                                              {"topic", event.topic},
                                                              {"type", event.type},
                                                              {"entity", event.entity}};
    for (const auto& [field, text] : texts) {
      if (const char* wrong = WrongWith(text)) return InvalidEvents(at + field, wrong);
    }
    if (event.traceparent.size() > kMostTraceparentBytes ||
        !internal::IsStorable(event.traceparent)) {
      return InvalidEvents(at + "traceparent", "is no traceparent");
    }
  }
  return {};
}

// Whether it says something about the database at this time, rather than about what was done.
bool PassesByItself(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBusy:
    case ErrorKind::kConflict:
    case ErrorKind::kCancelled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kRefused:
    case ErrorKind::kNotSetUp:
    case ErrorKind::kOutcomeUnknown: return true;
    default: return false;
  }
}

}  // namespace

class Inbox::Worker {
 public:
  Worker(sql::Database& database, InboxOptions options, MakeSubscribers make_subscribers, Log& log)
      : database_(database),
        options_(std::move(options)),
        make_subscribers_(std::move(make_subscribers)),
        log_(log),
        read_(InboxReadStatement()),
        leases_(database, "inbox", options_.lease, options_.clock, log),
        rounds_(
            "inbox", [this](const Context& context) { return Round(context); },
            [this] { leases_.GiveBack(); }, log) {}

  [[nodiscard]] const std::string& subscriber() const noexcept { return options_.subscriber; }

  [[nodiscard]] Result<int> Accept(const Context& context, const std::vector<Event>& events) {
    auto known = sql::Answer([&] {
      return database_.Write(context, [&](Session& session) { return AcceptIn(session, events); });
    });
    if (known) Wake();
    return known;
  }

  [[nodiscard]] Result<int> AcceptIn(Session& session, const std::vector<Event>& events) {
    if (auto valid = CheckEvents(events); !valid) return Forward(valid.error());
    if (auto room = CheckRoom(session); !room) return Forward(room.error());
    const std::int64_t now = Now();
    int known = 0;
    std::set<std::string_view> ids;
    std::vector<Value> values;
    for (const Event& event : events) {
      if (!ids.insert(event.id).second) {
        ++known;
        continue;
      }
      values.insert(values.end(), {internal::PartitionOf(event.entity), 0, 0, 0, "", now, 0, 0,
                                   event.id, event.source, event.topic, event.type, event.entity,
                                   Value::Blob(event.payload),
                                   internal::ToMillis(event.published_at), event.traceparent});
    }
    constexpr std::size_t kColumns = 16;
    sql::InsertRows(session,
                    "INSERT INTO seam_inbox (part, state, attempts, next_try_at, reason, "
                    "received_at, settled_at, redelivered, event_id, source, topic, type, entity, "
                    "payload, published_at, traceparent) VALUES",
                    kColumns, values,
                    " ON CONFLICT (event_id) DO UPDATE "
                    "SET redelivered = seam_inbox.redelivered + 1 RETURNING redelivered",
                    [&](const Row& row) { known += row.Int64(0) > 0 ? 1 : 0; });
    waiting_ += static_cast<std::int64_t>(events.size());
    return known;
  }

  void Wake() noexcept { rounds_.Wake(); }

 private:
  // What became of a transaction that was to apply events.
  enum class Applied : std::uint8_t {
    kAll,
    kOutdated,  // Others hold the partitions, or have changed the rows: look anew.
    kFailed,    // By the fault of an event.
  };
  struct Attempt {
    Applied applied = Applied::kAll;
    Error error{};       // Of kFailed, as it stands in the row.
    std::string told{};  // The same for the log.
  };
  using Batch = std::vector<const StoredEvent*>;

  // Waiting rows are counted now and then; in between it is as if none of them had been applied.
  [[nodiscard]] Result<void> CheckRoom(Session& session) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    const auto counts = std::chrono::steady_clock::duration(kCounts).count();
    if (waiting_ >= options_.max_waiting || now - counted_at_ >= counts) {
      waiting_ = *session.QueryOne(
          "SELECT count(*) FROM (SELECT 1 FROM seam_inbox WHERE state = 0 LIMIT $1) AS waiting",
          {options_.max_waiting}, [](const Row& row) { return row.Int64(0); });
      counted_at_ = now;
    }
    if (waiting_ < options_.max_waiting) return {};
    return Fail(Code::kResourceExhausted, "INBOX_FULL",
                options_.subscriber + " has " + std::to_string(options_.max_waiting) +
                    " events that wait to be applied and takes no more; send them again later",
                {{"subscriber", options_.subscriber}});
  }

  [[nodiscard]] Rounds::Pause Round(const Context& context) {
    leases_.Keep(context);
    const std::vector<int> held = leases_.held();
    if (held.empty()) return {options_.poll};
    const bool forgotten_all = held.front() != 0 || ForgetSome(context);
    const std::vector<StoredEvent> batch = Read(context, held);
    const bool more = !forgotten_all || batch.size() == static_cast<std::size_t>(options_.batch);
    Apply(context, batch);
    return {more ? std::chrono::milliseconds(0) : options_.poll};
  }

  [[nodiscard]] std::vector<StoredEvent> Read(const Context& context,
                                              const std::vector<int>& held) {
    std::vector<Value> parameters = {Now(), options_.batch};
    internal::AppendOtherParts(parameters, held);
    std::vector<StoredEvent> batch;
    database_.Read(context, [&](Session& session) {
      session.Query(read_, parameters,
                    [&](const Row& row) { batch.push_back(internal::ReadEvent(row)); });
    });
    return batch;
  }

  // In the order of their positions; those that have failed before each in a transaction of its
  // own, since they may do so again.
  void Apply(const Context& context, const std::vector<StoredEvent>& events) {
    held_back_.clear();
    Batch fresh;
    for (const StoredEvent& event : events) {
      if (event.attempts == 0) {
        fresh.push_back(&event);
        continue;
      }
      if (!ApplyTogether(context, fresh) || !ApplyAlone(context, event)) return;
      fresh.clear();
    }
    static_cast<void>(ApplyTogether(context, fresh));
  }

  // False when it has to be looked anew.
  [[nodiscard]] bool ApplyTogether(const Context& context, Batch batch) {
    batch.erase(std::remove_if(batch.begin(), batch.end(),
                               [this](const StoredEvent* event) { return IsHeldBack(*event); }),
                batch.end());
    if (batch.empty()) return true;
    if (batch.size() > 1) {
      const Attempt attempt = Try(context, batch);
      if (attempt.applied != Applied::kFailed) return attempt.applied == Applied::kAll;
    }
    for (const StoredEvent* event : batch) {
      if (!ApplyAlone(context, *event)) return false;
    }
    return true;
  }

  [[nodiscard]] bool ApplyAlone(const Context& context, const StoredEvent& event) {
    if (IsHeldBack(event)) return true;
    const Attempt attempt = Try(context, {&event});
    if (attempt.applied != Applied::kFailed) return attempt.applied == Applied::kAll;
    const bool hopeless =
        attempt.error.code == Code::kDataLoss && attempt.error.reason == "INVALID_EVENT";
    const bool parks = hopeless || event.attempts + 1 >= options_.max_attempts;
    if (!parks) held_back_.emplace(event.event.source, event.event.entity);
    Note(context, event, attempt, parks);
    return true;
  }

  [[nodiscard]] bool IsHeldBack(const StoredEvent& event) const {
    return held_back_.count({event.event.source, event.event.entity}) > 0;
  }

  // One transaction with the effects of some events. Throws what is the database's own trouble.
  [[nodiscard]] Attempt Try(const Context& caller, const Batch& batch) {
    const Context context = caller.WithTimeout(options_.apply_timeout);
    Attempt attempt;
    try {
      const Result<void> applied = database_.Write(context, [&](Session& session) {
        attempt = Attempt();
        return ApplyIn(session, context, batch, attempt);
      });
      if (applied || attempt.applied == Applied::kOutdated) return attempt;
      attempt.error = applied.error();
      attempt.told = ToString(applied.error());
    } catch (const SqlError& error) {
      if (PassesByItself(error.kind()) || caller.cancelled()) throw;
      attempt.error = sql::ToError(error);
      attempt.told = error.what();
    } catch (const std::exception& error) {
      attempt.error = Unhandled();
      attempt.told = error.what();
    } catch (...) {
      attempt.error = Unhandled();
      attempt.told = "something that is no std::exception was thrown";
    }
    attempt.applied = Applied::kFailed;
    return attempt;
  }

  // Its text may hold secrets, and rows are for all to see who operate the program.
  static Error Unhandled() {
    return {Code::kInternal,
            "UNHANDLED_EXCEPTION",
            "the subscriber threw; the log has more",
            {},
            Origin::kHandler};
  }

  [[nodiscard]] Result<void> ApplyIn(Session& session, const Context& context, const Batch& batch,
                                     Attempt& attempt) {
    std::set<int> parts;
    std::vector<Value> positions;
    for (const StoredEvent* event : batch) {
      parts.insert(internal::PartitionOf(event->event.entity));
      positions.emplace_back(event->position);
    }
    const bool held = leases_.Fence(session, {parts.begin(), parts.end()});
    // Before the effects, so that each row's lock is held while they come about.
    if (!held || sql::ExecuteIn(session,
                                "UPDATE seam_inbox SET state = 1, settled_at = $1, payload = $2, "
                                "reason = '' WHERE state = 0 AND position IN",
                                {Now(), Value::Blob("")},
                                positions) != static_cast<std::int64_t>(batch.size())) {
      attempt.applied = Applied::kOutdated;
      leases_.Lose();
      return Fail(Code::kAborted, "OUTDATED", "others apply these events");
    }
    const auto subscribers = make_subscribers_(session);
    for (const StoredEvent* stored : batch) {
      const Event& event = stored->event;
      const auto parent = ParseTraceparent(event.traceparent);
      const Context place = context.WithTrace(parent ? ChildSpan(*parent) : NewTrace());
      for (const auto& subscriber : subscribers) {
        if (!subscriber->Knows(event.type)) continue;
        if (auto received = subscriber->Receive(place, event); !received) return received;
      }
    }
    if (options_.before_commit) options_.before_commit();
    return {};
  }

  void Note(const Context& context, const StoredEvent& stored, const Attempt& attempt, bool parks) {
    const Event& event = stored.event;
    const std::string reason = internal::ReasonText(attempt.error);
    const std::int64_t now = Now();
    const auto pause =
        internal::PauseAfter(stored.attempts + 1, options_.first_pause, options_.longest_pause);
    // Nothing is noted of what another has tried meanwhile.
    const bool noted = database_.Write(context, [&](Session& session) {
      return session.Execute(
                 "UPDATE seam_inbox SET attempts = attempts + 1, reason = $3, state = $4, "
                 "next_try_at = $5, settled_at = $6 "
                 "WHERE position = $1 AND state = 0 AND attempts = $2",
                 {stored.position, stored.attempts, reason, parks ? 2 : 0, now + pause.count(),
                  parks ? now : 0}) == 1;
    });
    if (!noted) return;
    std::vector<LogField> fields = {{"box", "inbox"},
                                    {"subscriber", options_.subscriber},
                                    {"source", event.source},
                                    {"topic", event.topic},
                                    {"entity", event.entity},
                                    {"event_id", event.id},
                                    {"position", stored.position},
                                    {"attempts", stored.attempts + 1},
                                    {"reason", reason},
                                    {"error", attempt.told}};
    if (parks) fields.emplace_back("see", "seam events parked");
    log_.Write(LogLevel::kWarning,
               parks ? "an event is parked: it cannot be applied"
                     : "an event could not be applied; it is tried again",
               fields);
  }

  // Removes some rows whose time is over, when it is time to look for them. False when there may be
  // more.
  [[nodiscard]] bool ForgetSome(const Context& context) {
    const std::int64_t now = Now();
    if (!forgets_.Is(now)) return true;
    const std::int64_t before = now - std::chrono::milliseconds(options_.keep_applied).count();
    std::int64_t removed = 0;
    const bool any = database_.Read(context, [&](Session& session) {
      return session
          .QueryOne("SELECT 1 FROM seam_inbox WHERE state IN (1, 3) AND settled_at < $1 LIMIT 1",
                    {before}, [](const Row&) { return true; })
          .has_value();
    });
    if (any) {
      removed = database_.Write(context, [&](Session& session) {
        return session.Execute(
            "DELETE FROM seam_inbox WHERE position IN (SELECT position FROM seam_inbox "
            "WHERE state IN (1, 3) AND settled_at < $1 LIMIT $2)",
            {before, kRemovedAtOnce});
      });
    }
    if (removed == kRemovedAtOnce) return false;
    forgets_.Set(now, options_.lease);
    return true;
  }

  [[nodiscard]] std::int64_t Now() const { return internal::ToMillis(options_.clock()); }

  sql::Database& database_;
  const InboxOptions options_;
  const MakeSubscribers make_subscribers_;
  Log& log_;
  const std::string read_;

  // For all threads that accept.
  std::atomic<std::int64_t> waiting_{0};
  std::atomic<std::chrono::steady_clock::rep> counted_at_{
      std::chrono::steady_clock::duration::min().count() / 2};

  // For the thread of rounds_ alone.
  internal::Leases leases_;
  std::set<std::pair<std::string, std::string>> held_back_;  // Sources and entities.
  internal::Due forgets_;

  Rounds rounds_;  // The last: it uses all others.
};

Inbox::Inbox(sql::Database& database, InboxOptions options, MakeSubscribers make_subscribers,
             Log& log)
    : worker_(std::make_unique<Worker>(database, std::move(options), std::move(make_subscribers),
                                       log)) {}

Inbox::~Inbox() = default;

const std::string& Inbox::subscriber() const noexcept { return worker_->subscriber(); }

Result<int> Inbox::Accept(const Context& context, const std::vector<Event>& events) {
  return worker_->Accept(context, events);
}

Result<int> Inbox::AcceptIn(sql::Session& session, const std::vector<Event>& events) {
  return worker_->AcceptIn(session, events);
}

void Inbox::Wake() noexcept { worker_->Wake(); }

}  // namespace seam::events
