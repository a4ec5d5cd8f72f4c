#ifndef SEAM_HOST_EVENT_BUS_H_
#define SEAM_HOST_EVENT_BUS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/core/result.h"
#include "seam/events/destination.h"
#include "seam/events/inbox.h"
#include "seam/events/nats/nats_connection.h"
#include "seam/host/host.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

// The bus that events.bus names (seam/host/events_options.h), for the modules of a program. A
// target of its own, seam::event_bus, since it needs libnats.
namespace seam {

// Where a service sends its events: to the broker, or without one to the inboxes of those
// `subscribers`, which ServiceInfo::tells names, that are given a target. Who is left out is said
// in the log, since nobody tells it later what it missed. Valid as long as the host. Fails with
// what OpenGrpcChannel fails with.
[[nodiscard]] Result<std::vector<std::shared_ptr<events::Destination>>> EventDestinations(
    Host& host, const std::vector<std::string>& subscribers);

// Opens what takes events out of a broker and into an inbox on that database, as long as what is
// returned lives. Both must outlive that.
using OpenEventSources = std::function<std::vector<std::shared_ptr<void>>(sql::Database& database,
                                                                          events::Inbox& inbox)>;

// For the events of those modules, from that broker; nothing to open when it is null. `log` must
// outlive what is opened.
[[nodiscard]] OpenEventSources EventSources(std::shared_ptr<events::NatsConnection> broker,
                                            std::vector<std::string> sources, Log& log);

// The broker of a service; null without one.
[[nodiscard]] std::shared_ptr<events::NatsConnection> EventBroker(Host& host,
                                                                  const std::string& name);

}  // namespace seam

#endif  // SEAM_HOST_EVENT_BUS_H_
