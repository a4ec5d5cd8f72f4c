#ifndef SEAM_HOST_EVENTS_OPTIONS_H_
#define SEAM_HOST_EVENTS_OPTIONS_H_

#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/events/nats/nats_options.h"

namespace seam {

// The options of a program with modules that publish or subscribe, and rules about them, for its
// table:
//   events.bus      direct or nats
//   events.nats.…   url, user, password, credentials_file, ca_file, certificate_file, key_file,
//                   server_name, max_age_hours and replicas, as in events::NatsOptions; they count
//                   with events.bus=nats only, so that one word switches the bus
void AddEventsOptions(std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// Whether events.bus says so; then events are sent to one events::NatsDestination, and otherwise to
// an events::DirectDestination for each subscriber.
[[nodiscard]] bool UsesNats(const config::Configuration& configuration);

// What they say, for events::NatsConnection. `name` is what the server's monitoring calls this
// program.
[[nodiscard]] events::NatsOptions ReadNatsOptions(const config::Configuration& configuration,
                                                  std::string name);

}  // namespace seam

#endif  // SEAM_HOST_EVENTS_OPTIONS_H_
