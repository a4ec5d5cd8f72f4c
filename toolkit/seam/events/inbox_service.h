#ifndef SEAM_EVENTS_INBOX_SERVICE_H_
#define SEAM_EVENTS_INBOX_SERVICE_H_

#include <vector>

#include "seam/events/inbox.h"
#include "seam/events/v1/inbox_handler.h"

namespace seam::events {

// The handler of seam.events.v1.Inbox for the subscribers of a process. Thread-safe.
class InboxService final : public v1::InboxHandler {
 public:
  // Each must outlive it; no two have one subscriber's name.
  explicit InboxService(std::vector<Inbox*> inboxes);

  Result<v1::DeliverResponse> Deliver(const Context& context,
                                      const v1::DeliverRequest& request) override;

 private:
  const std::vector<Inbox*> inboxes_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_INBOX_SERVICE_H_
