#include "inventory/module.h"

#include <utility>

#include "inventory/parts.h"
#include "inventory/schema.h"
#include "inventory/service.h"
#include "seam/events/inbox_service.h"
#include "seam/events/v1/inbox_contract.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "shop/inventory/v1/inventory_contract.h"

namespace shop::inventory {
namespace {

// The inbox lives as long as its handler.
class OwningInboxService final : public seam::events::v1::InboxHandler {
 public:
  explicit OwningInboxService(std::shared_ptr<Parts> parts)
      : parts_(std::move(parts)), service_({&parts_->inbox}) {}

  seam::Result<seam::events::v1::DeliverResponse> Deliver(
      const seam::Context& context, const seam::events::v1::DeliverRequest& request) override {
    return service_.Deliver(context, request);
  }

 private:
  const std::shared_ptr<Parts> parts_;
  seam::events::InboxService service_;
};

class OpenedModule final : public InventoryModule {
 public:
  explicit OpenedModule(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

  std::unique_ptr<seam::events::v1::InboxHandler> NewInboxHandler() override {
    return std::make_unique<OwningInboxService>(parts_);
  }

  std::unique_ptr<v1::InventoryHandler> NewInventoryHandler(
      products::v1::ProductsClient& products) override {
    return std::make_unique<InventoryService>(parts_, products);
  }

 private:
  const std::shared_ptr<Parts> parts_;
};

}  // namespace

seam::Result<std::unique_ptr<InventoryModule>> OpenInventory(const InventoryOptions& options,
                                                             const seam::TokenVerifier& verifier,
                                                             seam::Log& log) {
  return seam::sql::Answer([&]() -> seam::Result<std::unique_ptr<InventoryModule>> {
    // Transactions decide by guarded statements, so the engine need not compare what they read.
    auto database = seam::sql::OpenDatabase(options.database,
                                            {.durable = options.durable,
                                             .isolation = seam::sql::Isolation::kReadCommitted,
                                             .max_wait = options.max_wait});
    MigrateInventory(options.database.opening, *database);
    return std::make_unique<OpenedModule>(
        std::make_shared<Parts>(options, std::move(database), verifier, log));
  });
}

std::vector<seam::MethodGroup> InventoryMethodGroups() {
  return {{"inventory",
           &v1::kInventoryService,
           {"GetStock", "GetStatus", "Rebuild", "CheckReadiness"},
           seam::kEveryService},
          {"events", &seam::events::v1::kInboxService, {"Deliver"}}};
}

}  // namespace shop::inventory
