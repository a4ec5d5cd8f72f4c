#ifndef INVENTORY_SERVICE_H_
#define INVENTORY_SERVICE_H_

#include <memory>
#include <optional>

#include "inventory/parts.h"
#include "inventory/rebuild.h"
#include "shop/inventory/v1/inventory_handler.h"
#include "shop/products/v1/products_client.h"

namespace shop::inventory {

// The rules of inventory.proto over the repository. Thread-safe.
class InventoryService final : public v1::InventoryHandler {
 public:
  // `products` must outlive it.
  InventoryService(std::shared_ptr<Parts> parts, products::v1::ProductsClient& products);

  seam::Result<v1::GetStockResponse> GetStock(const seam::Context& context,
                                              const v1::GetStockRequest& request) override;
  seam::Result<v1::GetStatusResponse> GetStatus(const seam::Context& context,
                                                const v1::GetStatusRequest& request) override;
  seam::Result<v1::RebuildResponse> Rebuild(const seam::Context& context,
                                            const v1::RebuildRequest& request) override;
  seam::Result<v1::CheckReadinessResponse> CheckReadiness(
      const seam::Context& context, const v1::CheckReadinessRequest& request) override;

 private:
  // In the order of construction: each uses the ones above it.
  const std::shared_ptr<Parts> parts_;
  inventory::Rebuild rebuild_;
  std::optional<RebuildWorker> worker_;
};

}  // namespace shop::inventory

#endif  // INVENTORY_SERVICE_H_
