#include "inventory/subscriber.h"

#include "inventory/repository.h"

namespace shop::inventory {

seam::Result<void> StockSubscriber::OnProductUpdated(const seam::Context& /*context*/,
                                                     const seam::events::Event& /*event*/,
                                                     const products::v1::ProductUpdated& message) {
  repository::Learn(session_,
                    {.product_id = message.product_id,
                     .name = message.name,
                     .available = message.stock,
                     .version = message.version},
                    now_);
  return {};
}

seam::Result<void> StockSubscriber::OnProductDeleted(const seam::Context& /*context*/,
                                                     const seam::events::Event& /*event*/,
                                                     const products::v1::ProductDeleted& message) {
  repository::LearnDeleted(session_, message.product_id, message.version, now_);
  return {};
}

seam::Result<void> StockSubscriber::OnStockChanged(const seam::Context& /*context*/,
                                                   const seam::events::Event& /*event*/,
                                                   const products::v1::StockChanged& message) {
  repository::Learn(
      session_,
      {.product_id = message.product_id, .available = message.stock, .version = message.version},
      now_);
  return {};
}

}  // namespace shop::inventory
