#ifndef INVENTORY_SUBSCRIBER_H_
#define INVENTORY_SUBSCRIBER_H_

#include <cstdint>

#include "seam/sql/database.h"
#include "shop/products/v1/product_events_subscriber.h"

namespace shop::inventory {

// Learns from the events of products what can be sold, in the transaction that it is made with.
class StockSubscriber final : public products::v1::ProductEventsSubscriber {
 public:
  // `session` must outlive it. `now` is in milliseconds since 1970.
  StockSubscriber(seam::sql::Session& session, std::int64_t now) noexcept
      : session_(session), now_(now) {}

  seam::Result<void> OnProductUpdated(const seam::Context& context,
                                      const seam::events::Event& event,
                                      const products::v1::ProductUpdated& message) override;
  seam::Result<void> OnProductDeleted(const seam::Context& context,
                                      const seam::events::Event& event,
                                      const products::v1::ProductDeleted& message) override;
  seam::Result<void> OnStockChanged(const seam::Context& context, const seam::events::Event& event,
                                    const products::v1::StockChanged& message) override;

 private:
  seam::sql::Session& session_;
  const std::int64_t now_;
};

}  // namespace shop::inventory

#endif  // INVENTORY_SUBSCRIBER_H_
