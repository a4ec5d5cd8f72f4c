#ifndef SEAM_HOST_EVENT_DESTINATIONS_H_
#define SEAM_HOST_EVENT_DESTINATIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "seam/core/result.h"
#include "seam/events/destination.h"
#include "seam/host/host.h"

namespace seam {

// Where a service sends its events: the inboxes of those `subscribers`, which ServiceInfo::tells
// names, that are given a target. What is left out is said in the log, since nobody tells it later
// what it missed. Valid as long as the host. Fails with what OpenGrpcChannel fails with.
[[nodiscard]] Result<std::vector<std::shared_ptr<events::Destination>>> EventDestinations(
    Host& host, const std::vector<std::string>& subscribers);

}  // namespace seam

#endif  // SEAM_HOST_EVENT_DESTINATIONS_H_
