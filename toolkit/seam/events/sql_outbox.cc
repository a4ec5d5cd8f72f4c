#include "seam/events/sql_outbox.h"

#include <utility>

#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "seam/events/checks_internal.h"
#include "seam/events/partition_internal.h"
#include "seam/events/times_internal.h"
#include "seam/sql/rows.h"

namespace seam::events {

Result<void> SqlOutbox::Add(const Context& context, NewEvent event) {
  if (auto valid = internal::CheckEntity(event.contract, event.entity); !valid) return valid;
  const auto now = publication_.clock();
  const std::string id = NewUuidV7(now);
  const std::string traceparent =
      context.trace().valid() ? FormatTraceparent(context.trace()) : std::string();
  std::vector<sql::Value> values;
  for (const std::string& destination : publication_.destinations) {
    values.insert(values.end(),
                  {destination, internal::PartitionOf(event.entity), 0, 0, 0, "", 0, id,
                   publication_.source, event.contract.topic, event.contract.type, event.entity,
                   sql::Value::Blob(event.payload), internal::ToMillis(now), traceparent});
  }
  constexpr std::size_t kColumns = 15;
  sql::InsertRows(session_,
                  "INSERT INTO seam_outbox (destination, part, state, attempts, next_try_at, "
                  "reason, settled_at, event_id, source, topic, type, entity, payload, "
                  "published_at, traceparent) VALUES",
                  kColumns, values);
  return {};
}

}  // namespace seam::events
