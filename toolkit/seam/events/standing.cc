#include "seam/events/standing.h"

#include <algorithm>

#include "seam/events/rows_internal.h"
#include "seam/events/times_internal.h"

namespace seam::events {
namespace {

using sql::Row;
using sql::Session;
using sql::Value;

std::chrono::milliseconds LagOf(const Row& row, int column, std::int64_t now) {
  if (row.IsNull(column)) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(std::max<std::int64_t>(0, now - row.Int64(column)));
}

void AppendParked(Session& session, const char* table, const char* peer, Box box,
                  std::int64_t limit, std::vector<ParkedEvent>& parked) {
  const std::string statement = std::string("SELECT ") + internal::kEventColumns + ", o." + peer +
                                ", o.reason, o.settled_at FROM " + table +
                                " AS o WHERE o.state = 2 ORDER BY o.position LIMIT $1";
  session.Query(statement, {limit}, [&](const Row& row) {
    internal::StoredEvent stored = internal::ReadEvent(row);
    ParkedEvent& event = parked.emplace_back();
    event.box = box;
    event.position = stored.position;
    event.attempts = stored.attempts;
    event.event = std::move(stored.event);
    constexpr int kPeer = 10;
    event.peer = row.Text(kPeer);
    event.reason = row.Text(kPeer + 1);
    event.parked_at = internal::FromMillis(row.Int64(kPeer + 2));
  });
}

}  // namespace

std::vector<Standing> ReadStandings(Session& session, std::chrono::system_clock::time_point now) {
  const std::int64_t millis = internal::ToMillis(now);
  std::vector<Standing> standings;
  session.Query(
      "SELECT destination, count(*) FILTER (WHERE state = 0), "
      "count(*) FILTER (WHERE state = 0 AND attempts > 0), count(*) FILTER (WHERE state = 2), "
      "min(published_at) FILTER (WHERE state = 0) "
      "FROM seam_outbox GROUP BY destination ORDER BY destination",
      {}, [&](const Row& row) {
        Standing& standing = standings.emplace_back();
        standing.box = Box::kOutbox;
        standing.peer = row.Text(0);
        standing.waiting = row.Int64(1);
        standing.retrying = row.Int64(2);
        standing.parked = row.Int64(3);
        standing.lag = LagOf(row, 4, millis);
      });
  session.Query(
      "SELECT source, count(*) FILTER (WHERE state = 0), "
      "count(*) FILTER (WHERE state = 0 AND attempts > 0), count(*) FILTER (WHERE state = 2), "
      "min(published_at) FILTER (WHERE state = 0), count(*) FILTER (WHERE state IN (1, 3)), "
      "CAST(sum(redelivered) AS BIGINT), max(settled_at) FILTER (WHERE state = 1) FROM seam_inbox "
      "GROUP BY source ORDER BY source",
      {}, [&](const Row& row) {
        Standing& standing = standings.emplace_back();
        standing.box = Box::kInbox;
        standing.peer = row.Text(0);
        standing.waiting = row.Int64(1);
        standing.retrying = row.Int64(2);
        standing.parked = row.Int64(3);
        standing.lag = LagOf(row, 4, millis);
        standing.applied = row.Int64(5);
        standing.redelivered = row.Int64(6);
        if (!row.IsNull(7)) standing.last_applied_at = internal::FromMillis(row.Int64(7));
      });
  return standings;
}

std::vector<ParkedEvent> ListParked(Session& session, std::int64_t limit) {
  std::vector<ParkedEvent> parked;
  AppendParked(session, "seam_outbox", "destination", Box::kOutbox, limit, parked);
  const std::int64_t rest = limit - static_cast<std::int64_t>(parked.size());
  if (rest > 0) AppendParked(session, "seam_inbox", "source", Box::kInbox, rest, parked);
  return parked;
}

bool RetryParked(Session& session, Box box, std::int64_t position) {
  const char* const statement =
      box == Box::kOutbox
          ? "UPDATE seam_outbox SET state = 0, attempts = 0, next_try_at = 0, settled_at = 0 "
            "WHERE position = $1 AND state = 2"
          : "UPDATE seam_inbox SET state = 0, attempts = 0, next_try_at = 0, settled_at = 0 "
            "WHERE position = $1 AND state = 2";
  return session.Execute(statement, {position}) == 1;
}

bool DropParked(Session& session, Box box, std::int64_t position) {
  if (box == Box::kOutbox) {
    return session.Execute("DELETE FROM seam_outbox WHERE position = $1 AND state = 2",
                           {position}) == 1;
  }
  return session.Execute(
             "UPDATE seam_inbox SET state = 3, payload = $2 WHERE position = $1 AND state = 2",
             {position, Value::Blob("")}) == 1;
}

}  // namespace seam::events
