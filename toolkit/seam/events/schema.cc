#include "seam/events/schema.h"

#include <string_view>

namespace seam::events {
namespace {

// Times are milliseconds since 1970 in UTC.
//
// position is the order of publishing and of arrival: a row's is higher than that of every row
// about its entity that was committed before. part is the partition that the entity falls into.
//
// seam_outbox has a row for each event and destination until it was sent. state: 0 waiting, 2
// parked.
//
// seam_inbox has a row for each event. state: 0 waiting, 1 applied, 2 parked, 3 dropped; the
// payload of what was applied or dropped is emptied, and the row removed when its time is over.
//
// A lease's name is the work: "outbox/inventory/3" is what goes to inventory of partition 3,
// "inbox/3" what is applied of it. seam_event_worker has who is there to share it.
//
// seam_event_place has how far an inbox has taken a broker's stream: the message at `sequence` was
// the last. `created` is when the stream was made, as the broker tells it.
constexpr std::string_view kSqlite = R"(
CREATE TABLE seam_outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  destination TEXT NOT NULL,
  part INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  settled_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  entity TEXT NOT NULL,
  payload BLOB NOT NULL,
  published_at INTEGER NOT NULL,
  traceparent TEXT NOT NULL
) STRICT;

CREATE INDEX seam_outbox_by_destination ON seam_outbox (destination, state, position);
CREATE INDEX seam_outbox_failing ON seam_outbox (destination, next_try_at)
  WHERE state = 0 AND attempts > 0;
CREATE INDEX seam_outbox_parked ON seam_outbox (position) WHERE state = 2;

CREATE TABLE seam_inbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  part INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  redelivered INTEGER NOT NULL,
  event_id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  entity TEXT NOT NULL,
  payload BLOB NOT NULL,
  published_at INTEGER NOT NULL,
  traceparent TEXT NOT NULL
) STRICT;

CREATE INDEX seam_inbox_waiting ON seam_inbox (position) WHERE state = 0;
CREATE INDEX seam_inbox_failing ON seam_inbox (next_try_at) WHERE state = 0 AND attempts > 0;
CREATE INDEX seam_inbox_settled ON seam_inbox (settled_at) WHERE state IN (1, 3);
CREATE INDEX seam_inbox_parked ON seam_inbox (position) WHERE state = 2;

CREATE TABLE seam_event_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE seam_event_worker (
  work TEXT NOT NULL,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (work, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE seam_event_place (
  stream TEXT NOT NULL PRIMARY KEY,
  created INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  event_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)";

constexpr std::string_view kPostgresql = R"(
CREATE TABLE seam_outbox (
  position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination TEXT NOT NULL,
  part BIGINT NOT NULL,
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  settled_at BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  entity TEXT NOT NULL,
  payload BYTEA NOT NULL,
  published_at BIGINT NOT NULL,
  traceparent TEXT NOT NULL
);

CREATE INDEX seam_outbox_by_destination ON seam_outbox (destination, state, position);
CREATE INDEX seam_outbox_failing ON seam_outbox (destination, next_try_at)
  WHERE state = 0 AND attempts > 0;
CREATE INDEX seam_outbox_parked ON seam_outbox (position) WHERE state = 2;

CREATE TABLE seam_inbox (
  position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  part BIGINT NOT NULL,
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL,
  redelivered BIGINT NOT NULL,
  event_id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  topic TEXT NOT NULL,
  type TEXT NOT NULL,
  entity TEXT NOT NULL,
  payload BYTEA NOT NULL,
  published_at BIGINT NOT NULL,
  traceparent TEXT NOT NULL
);

CREATE INDEX seam_inbox_waiting ON seam_inbox (position) WHERE state = 0;
CREATE INDEX seam_inbox_failing ON seam_inbox (next_try_at) WHERE state = 0 AND attempts > 0;
CREATE INDEX seam_inbox_settled ON seam_inbox (settled_at) WHERE state IN (1, 3);
CREATE INDEX seam_inbox_parked ON seam_inbox (position) WHERE state = 2;

CREATE TABLE seam_event_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE seam_event_worker (
  work TEXT NOT NULL,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (work, holder)
);

CREATE TABLE seam_event_place (
  stream TEXT NOT NULL PRIMARY KEY,
  created BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  event_id TEXT NOT NULL
);
)";

}  // namespace

sql::Migration EventTables(int version) {
  return {version, "events: outbox and inbox", kSqlite, kPostgresql};
}

}  // namespace seam::events
