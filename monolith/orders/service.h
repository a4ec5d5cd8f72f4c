#ifndef ORDERS_SERVICE_H_
#define ORDERS_SERVICE_H_

#include <memory>
#include <optional>

#include "orders/module.h"
#include "orders/recovery.h"
#include "orders/repository.h"
#include "orders/saga.h"
#include "seam/events/relay.h"
#include "seam/identity/principal.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"
#include "shop/orders/v1/orders_handler.h"
#include "shop/products/v1/products_client.h"

namespace shop::orders {

// The rules of orders.proto over the saga and the repository: each call is validated, its principal
// verified, and answered. Thread-safe.
class OrdersService final : public v1::OrdersHandler {
 public:
  OrdersService(std::unique_ptr<seam::sql::Database> database, const OrdersOptions& options,
                products::v1::ProductsClient& products, const seam::TokenVerifier& verifier,
                seam::Log& log);

  seam::Result<v1::PlaceOrderResponse> PlaceOrder(const seam::Context& context,
                                                  const v1::PlaceOrderRequest& request) override;
  seam::Result<v1::GetOrderResponse> GetOrder(const seam::Context& context,
                                              const v1::GetOrderRequest& request) override;
  seam::Result<v1::ListOrdersResponse> ListOrders(const seam::Context& context,
                                                  const v1::ListOrdersRequest& request) override;
  seam::Result<v1::CancelOrderResponse> CancelOrder(const seam::Context& context,
                                                    const v1::CancelOrderRequest& request) override;
  seam::Result<v1::CheckReadinessResponse> CheckReadiness(
      const seam::Context& context, const v1::CheckReadinessRequest& request) override;

 private:
  // The order that a new one would repeat.
  [[nodiscard]] std::optional<StoredOrder> FindByKey(const seam::Context& context,
                                                     const seam::Principal& principal,
                                                     const v1::PlaceOrderRequest& request) const;

  // The order that the request asks for, with names and prices as they are now.
  [[nodiscard]] seam::Result<v1::Order> Price(const seam::Context& context,
                                              const seam::Principal& principal,
                                              const v1::PlaceOrderRequest& request) const;

  // The order, if the principal may see it.
  [[nodiscard]] seam::Result<StoredOrder> FindVisible(const seam::Context& context,
                                                      const seam::Principal& principal,
                                                      const std::string& id) const;

  // Settles the order, or leaves that to the recovery worker: either way the call has succeeded.
  void TryToSettle(const seam::Context& context, const StoredOrder& stored);

  // In the order of construction: each uses the ones above it.
  const OrdersOptions options_;
  const std::unique_ptr<seam::sql::Database> database_;
  products::v1::ProductsClient& products_;
  const seam::TokenVerifier& verifier_;
  const std::unique_ptr<seam::events::Relay> relay_;  // Null when nothing is published.
  Saga saga_;
  Recovery recovery_;
  std::optional<RecoveryWorker> worker_;
};

}  // namespace shop::orders

#endif  // ORDERS_SERVICE_H_
