#ifndef SEAM_EVENTS_EVENT_MESSAGE_INTERNAL_H_
#define SEAM_EVENTS_EVENT_MESSAGE_INTERNAL_H_

#include <cstdint>
#include <string>
#include <utility>

#include "seam/core/result.h"
#include "seam/core/time.h"
#include "seam/events/event.h"
#include "seam/events/v1/inbox_types.h"

// An event as it travels, on either bus.
namespace seam::events::internal {

// What system_clock, which counts nanoseconds, reaches: the year 2255.
inline constexpr std::int64_t kLastSecond = 9'000'000'000;

[[nodiscard]] inline v1::Event ToMessage(const Event& event) {
  v1::Event message;
  message.id = event.id;
  message.source = event.source;
  message.topic = event.topic;
  message.type = event.type;
  message.entity = event.entity;
  message.payload = event.payload;
  message.published_at = ToTimestamp(event.published_at);
  message.traceparent = event.traceparent;
  return message;
}

// Fails with INVALID_ARGUMENT, reason INVALID_FIELD, when published_at, which is at `field`, is
// missing or no time of an event. What else may be wrong, an inbox says.
[[nodiscard]] inline Result<Event> FromMessage(v1::Event message, const std::string& field) {
  if (!message.published_at || message.published_at->seconds < 0 ||
      message.published_at->seconds > kLastSecond) {
    return Fail(Code::kInvalidArgument, "INVALID_FIELD", field + " is no time of an event",
                {{"field", field}});
  }
  Event event;
  event.id = std::move(message.id);
  event.source = std::move(message.source);
  event.topic = std::move(message.topic);
  event.type = std::move(message.type);
  event.entity = std::move(message.entity);
  event.payload = std::move(message.payload);
  event.published_at = ToSystemTime(*message.published_at);
  event.traceparent = std::move(message.traceparent);
  return event;
}

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_EVENT_MESSAGE_INTERNAL_H_
