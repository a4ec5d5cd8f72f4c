#include "seam/host/event_bus.h"

#include <utility>

#include "seam/events/direct.h"
#include "seam/events/nats/nats_destination.h"
#include "seam/events/nats/nats_source.h"
#include "seam/events/v1/inbox_seam.h"
#include "seam/host/events_options.h"

namespace seam {

Result<std::vector<std::shared_ptr<events::Destination>>> EventDestinations(
    Host& host, const std::vector<std::string>& subscribers) {
  std::vector<std::shared_ptr<events::Destination>> destinations;
  if (auto broker = EventBroker(host, "publisher")) {
    destinations.push_back(std::make_shared<events::NatsDestination>(std::move(broker)));
    return destinations;
  }
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

OpenEventSources EventSources(std::shared_ptr<events::NatsConnection> broker,
                              std::vector<std::string> sources, Log& log) {
  return [broker = std::move(broker), sources = std::move(sources), &log](sql::Database& database,
                                                                          events::Inbox& inbox) {
    std::vector<std::shared_ptr<void>> opened;
    if (broker == nullptr) return opened;
    for (const std::string& source : sources) {
      events::NatsSourceOptions options;
      options.source = source;
      opened.push_back(std::make_shared<events::NatsSource>(broker, database, inbox, options, log));
    }
    return opened;
  };
}

std::shared_ptr<events::NatsConnection> EventBroker(Host& host, const std::string& name) {
  if (!UsesNats(host.configuration())) return nullptr;
  return std::make_shared<events::NatsConnection>(ReadNatsOptions(host.configuration(), name),
                                                  host.log());
}

}  // namespace seam
