#include "seam/events/inbox_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "seam/core/time.h"

namespace seam::events {
namespace {

Event FromMessage(const v1::Event& message) {
  Event event;
  event.id = message.id;
  event.source = message.source;
  event.topic = message.topic;
  event.type = message.type;
  event.entity = message.entity;
  event.payload = message.payload;
  event.published_at = ToSystemTime(*message.published_at);
  event.traceparent = message.traceparent;
  return event;
}

}  // namespace

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
    if (!event.published_at) {
      const std::string field = "events[" + std::to_string(events.size()) + "].published_at";
      return Fail(Code::kInvalidArgument, "INVALID_FIELD", field + " is missing",
                  {{"field", field}});
    }
    events.push_back(FromMessage(event));
  }
  auto known = (*inbox)->Accept(context, events);
  if (!known) return Forward(std::move(known).error());
  v1::DeliverResponse response;
  response.known = *known;
  return response;
}

}  // namespace seam::events
