#ifndef SEAM_EVENTS_ROWS_INTERNAL_H_
#define SEAM_EVENTS_ROWS_INTERNAL_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "seam/events/event.h"
#include "seam/events/partition_internal.h"
#include "seam/events/times_internal.h"
#include "seam/sql/database.h"

// What the statements for both boxes have in common.
namespace seam::events::internal {

// A waiting event.
struct StoredEvent {
  std::int64_t position = 0;
  std::int64_t attempts = 0;
  Event event{};
};

// Of a row "o", as ReadEvent reads them.
inline constexpr const char* kEventColumns =
    "o.position, o.attempts, o.event_id, o.source, o.topic, o.type, o.entity, o.payload, "
    "o.published_at, o.traceparent";

[[nodiscard]] inline StoredEvent ReadEvent(const sql::Row& row) {
  StoredEvent stored;
  stored.position = row.Int64(0);
  stored.attempts = row.Int64(1);
  stored.event.id = row.Text(2);
  stored.event.source = row.Text(3);
  stored.event.topic = row.Text(4);
  stored.event.type = row.Text(5);
  stored.event.entity = row.Text(6);
  stored.event.payload = row.Blob(7);
  stored.event.published_at = FromMillis(row.Int64(8));
  stored.event.traceparent = row.Text(9);
  return stored;
}

// "($4, $5, $6)".
[[nodiscard]] inline std::string List(int first, int count) {
  std::string list = "(";
  for (int i = 0; i < count; ++i) list += (i == 0 ? "$" : ", $") + std::to_string(first + i);
  return list + ")";
}

// For "o.part NOT IN" a List of kPartitions: those that are not held. It is asked so since
// PostgreSQL, as long as it knows nothing of a table, takes a list of what is wanted for so few
// rows that it would rather read and sort all that wait. Always as many, so that the text is the
// same.
inline void AppendOtherParts(std::vector<sql::Value>& parameters, const std::vector<int>& held) {
  constexpr int kNone = -1;
  for (int part = 0; part < kPartitions; ++part) {
    const bool is_held = std::find(held.begin(), held.end(), part) != held.end();
    parameters.emplace_back(is_held ? kNone : part);
  }
}

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_ROWS_INTERNAL_H_
