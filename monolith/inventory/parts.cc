#include "inventory/parts.h"

#include <chrono>
#include <utility>
#include <vector>

#include "inventory/subscriber.h"

namespace shop::inventory {
namespace {

seam::events::InboxOptions InboxOptionsOf(const InventoryOptions& options) {
  seam::events::InboxOptions inbox = options.inbox;
  inbox.subscriber = "inventory";
  inbox.clock = options.clock;
  return inbox;
}

}  // namespace

Parts::Parts(InventoryOptions given, std::unique_ptr<seam::sql::Database> opened,
             const seam::TokenVerifier& who, seam::Log& told)
    : options(std::move(given)),
      database(std::move(opened)),
      verifier(who),
      log(told),
      inbox(
          *database, InboxOptionsOf(options),
          [this](seam::sql::Session& session) {
            std::vector<std::unique_ptr<seam::events::Subscriber>> subscribers;
            subscribers.push_back(std::make_unique<StockSubscriber>(session, Now()));
            return subscribers;
          },
          log),
      sources(options.open_sources ? options.open_sources(*database, inbox)
                                   : std::vector<std::shared_ptr<void>>()) {}

std::int64_t Parts::Now() const {
  return std::chrono::floor<std::chrono::milliseconds>(options.clock()).time_since_epoch().count();
}

}  // namespace shop::inventory
