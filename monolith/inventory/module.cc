#include "inventory/module.h"

#include <utility>

#include "inventory/parts.h"
#include "inventory/schema.h"
#include "inventory/service.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "shop/inventory/v1/inventory_contract.h"

namespace shop::inventory {
namespace {

class OpenedModule final : public InventoryModule {
 public:
  explicit OpenedModule(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

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
           {"GetStock", "GetStatus", "Rebuild"},
           seam::kEveryService}};
}

}  // namespace shop::inventory
