#ifndef SEAM_EVENTS_OUTBOX_H_
#define SEAM_EVENTS_OUTBOX_H_

#include <string>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"

namespace seam::events {

// An event that is about to be published.
struct NewEvent {
  EventContract contract{};
  std::string entity{};
  std::string payload{};
};

// Where the generated publishers put events (a port): a table beside the data that they tell of,
// written by the transaction that changes the data. The event is sent if, and only if, that
// transaction is committed. So an Outbox stands in one transaction and lives no longer than it; for
// one thread. seam::events::SqlOutbox is the one over seam::sql; with a database layer of your own,
// write a row as SqlOutbox does. Tests have RecordingOutbox (seam/events/recording_outbox.h).
class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  virtual ~Outbox() = default;

  // Publish after the change that the event tells of, when its row is locked: then events about one
  // entity lie here in the order of the changes. Fails with INVALID_ARGUMENT, reason INVALID_EVENT,
  // when the entity is empty, longer than kMaxEntityBytes, or not UTF-8; nothing is added then.
  // Failures of the database come as its exceptions.
  [[nodiscard]] virtual Result<void> Add(const Context& context, NewEvent event) = 0;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_OUTBOX_H_
