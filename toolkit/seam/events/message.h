#ifndef SEAM_EVENTS_MESSAGE_H_
#define SEAM_EVENTS_MESSAGE_H_

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"
#include "seam/events/outbox.h"
#include "seam/wire/message.h"

// What generated publishers and subscribers are made of: messages into events and back. T is a
// generated message, whose codec is included.
namespace seam::events {

// What an event is about, by the field that its contract names. Empty, which an outbox refuses,
// when it is not set.
[[nodiscard]] inline std::string EntityText(const std::string& field) { return field; }

template <class Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
[[nodiscard]] std::string EntityText(Integer field) {
  return std::to_string(field);
}

template <class T>
[[nodiscard]] std::string EntityText(const std::optional<T>& field) {
  return field ? EntityText(*field) : std::string();
}

// Fails as wire::EncodeMessage and Outbox::Add do; nothing is added then.
template <class Field, class T>
[[nodiscard]] Result<void> PublishMessage(Outbox& outbox, const Context& context,
                                          const EventContract& contract, const Field& entity,
                                          const T& message) {
  const auto payload = wire::EncodeMessage(message);
  if (!payload) return Forward(payload.error());
  return outbox.Add(context, {contract, EntityText(entity), std::string(payload->bytes())});
}

// Calls apply(message) -> Result<void> with the event's message. Fails with DATA_LOSS, reason
// INVALID_EVENT, metadata event_id and type, when the payload is no T.
template <class T, class Apply>
[[nodiscard]] Result<void> ReceiveMessage(const Event& event, Apply&& apply) {
  const auto message = wire::DecodeMessage<T>(event.payload);
  if (!message) {
    return Fail(Code::kDataLoss, "INVALID_EVENT",
                "the payload of event " + event.id + " is no " + event.type + ": " +
                    message.error().message,
                {{"event_id", event.id}, {"type", event.type}});
  }
  return std::forward<Apply>(apply)(*message);
}

// What a subscriber fails with that was not asked whether it knows the event: INTERNAL, reason
// UNKNOWN_EVENT.
[[nodiscard]] inline Failure UnknownEvent(const Event& event) {
  return Fail(Code::kInternal, "UNKNOWN_EVENT",
              "event " + event.id + " is a " + event.type +
                  ", which the subscriber does not know; ask Knows first",
              {{"event_id", event.id}, {"type", event.type}});
}

}  // namespace seam::events

#endif  // SEAM_EVENTS_MESSAGE_H_
