#include "seam/events/nats/nats_connection.h"

#include <utility>

#include "seam/events/nats/nats_link_internal.h"

namespace seam::events {

NatsConnection::NatsConnection(NatsOptions options, Log& log)
    : links_(std::make_unique<internal::NatsLinks>(std::move(options), log)) {}

NatsConnection::~NatsConnection() = default;

bool NatsConnection::connected() const { return links_->connected(); }

}  // namespace seam::events
