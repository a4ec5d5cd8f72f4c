#ifndef SEAM_EVENTS_SUBSCRIBER_H_
#define SEAM_EVENTS_SUBSCRIBER_H_

#include <string_view>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"

namespace seam::events {

// What applies events (a port). Modules do not implement it themselves but override the OnX methods
// of the generated subscribers, which decode. One is made for each transaction of an inbox, with
// that transaction, and lives no longer; for one thread. Its effects are committed together with
// the inbox's note that the event was applied.
class Subscriber {
 public:
  Subscriber() = default;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  virtual ~Subscriber() = default;

  // Whether it knows events of the type, a message's full name.
  [[nodiscard]] virtual bool Knows(std::string_view type) const noexcept = 0;

  // Applies an event that it knows. When it fails or throws, the transaction is rolled back and the
  // event tried again later; DATA_LOSS, reason INVALID_EVENT, is what a payload fails with that is
  // no such message. The context has the event's place in its trace, and the inbox's time limit. No
  // client can be called: a transaction is open.
  [[nodiscard]] virtual Result<void> Receive(const Context& context, const Event& event) = 0;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_SUBSCRIBER_H_
