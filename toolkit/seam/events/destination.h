#ifndef SEAM_EVENTS_DESTINATION_H_
#define SEAM_EVENTS_DESTINATION_H_

#include <string>
#include <vector>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"

namespace seam::events {

// Where a relay sends events (a port): the inbox of a subscriber (direct.h), or a broker
// (nats/nats_destination.h). Thread-safe.
class Destination {
 public:
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  virtual ~Destination() = default;

  // What rows of the outbox are addressed by: the subscriber's name, or "nats".
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  // Sends events, in this order among those about one entity, and answers for each: success when
  // the other side has stored it. After one that failed, later ones about its entity are not sent
  // and have its error. A retry may send again what had arrived. Blocks up to the context's
  // deadline. An error's code says what comes next: INVALID_ARGUMENT, OUT_OF_RANGE and
  // RESOURCE_EXHAUSTED with reason MESSAGE_TOO_LARGE are the event's own fault, and count towards
  // its parking; all others mean that the other side cannot take any now.
  [[nodiscard]] virtual std::vector<Result<void>> Send(const Context& context,
                                                       const std::vector<Event>& events) = 0;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_DESTINATION_H_
