#ifndef SEAM_EVENTS_NATS_EVENTS_STREAM_INTERNAL_H_
#define SEAM_EVENTS_NATS_EVENTS_STREAM_INTERNAL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "seam/core/buffer.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"
#include "seam/events/nats/nats_link_internal.h"

// How events lie in JetStream: a stream for each source, "seam-events-products", with the subjects
// seam.events.products.TOPIC, and in a message a seam.events.v1.Event.
namespace seam::events::internal {

// Whether it can be a part of a stream's, a subject's and a consumer's name.
[[nodiscard]] bool IsNatsName(std::string_view name) noexcept;

[[nodiscard]] std::string StreamName(std::string_view source);

// A topic that is no subject gets '_' where it is none: subjects are for people and filters, what
// counts is in the message.
[[nodiscard]] std::string SubjectOf(std::string_view source, std::string_view topic);

// Fails with INVALID_ARGUMENT.
[[nodiscard]] Result<Buffer> EncodeEvent(const Event& event);
[[nodiscard]] Result<Event> DecodeEvent(std::string_view bytes);

struct StreamState {
  std::int64_t created = 0;  // Nanoseconds since 1970: another number is another stream.
  std::uint64_t first = 0;   // The sequences of the first and the last message that it has, or had.
  std::uint64_t last = 0;
};

// The stream of `source`, made when it is missing. Fails with UNAVAILABLE, reason NATS_UNAVAILABLE
// or NATS_REFUSED, and with FAILED_PRECONDITION, reason STREAM_MISMATCH, when what has its name or
// its subjects is another kind of stream.
[[nodiscard]] Result<StreamState> EnsureStream(const Context& context, const NatsLink& link,
                                               const NatsOptions& options, std::string_view source);

// An error of JetStream as UNAVAILABLE: reason NATS_REFUSED when the server answered, with what it
// said; reason NATS_UNAVAILABLE when it did not.
[[nodiscard]] Failure JetStreamFailed(const std::string& what, natsStatus status, jsErrCode code);

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_NATS_EVENTS_STREAM_INTERNAL_H_
