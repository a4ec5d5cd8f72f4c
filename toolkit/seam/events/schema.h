#ifndef SEAM_EVENTS_SCHEMA_H_
#define SEAM_EVENTS_SCHEMA_H_

#include "seam/sql/migration.h"

namespace seam::events {

// The step that brings the tables of events into a module's own database: seam_outbox, seam_inbox,
// seam_event_lease, seam_event_worker and seam_event_place. A module that publishes or subscribes
// takes it among its steps, with the number that is next there:
//
//   seam::sql::Migrate(context, database, {…, seam::events::EventTables(3)});
//
// Its text never changes; what is added to the tables later comes as a further step of this kind.
[[nodiscard]] sql::Migration EventTables(int version);

}  // namespace seam::events

#endif  // SEAM_EVENTS_SCHEMA_H_
