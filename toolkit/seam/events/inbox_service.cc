#include "seam/events/inbox_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "seam/events/event_message_internal.h"

namespace seam::events {
InboxService::InboxService(std::vector<Inbox*> inboxes) : inboxes_(std::move(inboxes)) {}

Result<v1::DeliverResponse> InboxService::Deliver(const Context& context,
                                                  const v1::DeliverRequest& request) {
  const auto inbox = std::find_if(inboxes_.begin(), inboxes_.end(), [&](const Inbox* candidate) {
    return candidate->subscriber() == request.subscriber;
  });
  if (inbox == inboxes_.end()) {
    return Fail(Code::kNotFound, "UNKNOWN_SUBSCRIBER",
                "no subscriber \"" + request.subscriber +
                    "\" listens in this process; send its events to the process that has it",
                {{"subscriber", request.subscriber}});
  }
  std::vector<Event> events;
  events.reserve(request.events.size());
  for (const v1::Event& event : request.events) {
    const std::string at = "events[" + std::to_string(events.size()) + "].published_at";
    auto taken = internal::FromMessage(event, at);
    if (!taken) return Forward(std::move(taken).error());
    events.push_back(*std::move(taken));
  }
  auto known = (*inbox)->Accept(context, events);
  if (!known) return Forward(std::move(known).error());
  v1::DeliverResponse response;
  response.known = *known;
  return response;
}

}  // namespace seam::events
