#include "seam/host/event_destinations.h"

#include "seam/events/direct.h"
#include "seam/events/v1/inbox_seam.h"

namespace seam {

Result<std::vector<std::shared_ptr<events::Destination>>> EventDestinations(
    Host& host, const std::vector<std::string>& subscribers) {
  std::vector<std::shared_ptr<events::Destination>> destinations;
  for (const std::string& subscriber : subscribers) {
    if (!host.IsGiven(subscriber)) {
      host.log().Warning("events are not sent to a module, which stays behind until it is rebuilt",
                         {{"module", subscriber}, {"option", "modules." + subscriber + ".target"}});
      continue;
    }
    const auto inbox = host.Connect<events::v1::InboxSeam>(subscriber);
    if (!inbox) return Forward(inbox.error());
    destinations.push_back(std::make_shared<events::DirectDestination>(subscriber, **inbox));
  }
  return destinations;
}

}  // namespace seam
