#ifndef SEAM_EVENTS_NATS_NATS_DESTINATION_H_
#define SEAM_EVENTS_NATS_NATS_DESTINATION_H_

#include <memory>
#include <string>
#include <vector>

#include "seam/events/destination.h"
#include "seam/events/nats/nats_connection.h"

namespace seam::events {

// The bus `nats`: publishes to JetStream, in a stream for each source that is made and checked when
// it is first used over a connection. An event is answered with success when the server has stored
// it, and the next one about its entity is published after that. The server knows a repeated event
// by its id for two minutes; for longer, the inbox does.
//
// Fails with
//
//   UNAVAILABLE, NATS_UNAVAILABLE          no connection, or no answer before the deadline
//   UNAVAILABLE, NATS_REFUSED              the server said no: it has no JetStream, no space, …
//   FAILED_PRECONDITION, STREAM_MISMATCH   the stream is one of another kind
//   RESOURCE_EXHAUSTED, MESSAGE_TOO_LARGE  the event is larger than the server takes (its
//                                          max_payload, 1 MiB unless configured)
//   INVALID_ARGUMENT, INVALID_EVENT        the source can be no part of a stream's name: 1 to 200
//   of
//                                          a-z, A-Z, 0-9, '_' and '-'
//
// and as encoding does. Thread-safe.
class NatsDestination final : public Destination {
 public:
  explicit NatsDestination(std::shared_ptr<NatsConnection> connection);

  // "nats".
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] std::vector<Result<void>> Send(const Context& context,
                                               const std::vector<Event>& events) override;

 private:
  const std::string name_ = "nats";
  const std::shared_ptr<NatsConnection> connection_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_NATS_NATS_DESTINATION_H_
