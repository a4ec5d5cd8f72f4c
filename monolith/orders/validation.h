#ifndef ORDERS_VALIDATION_H_
#define ORDERS_VALIDATION_H_

#include "seam/core/result.h"
#include "shop/orders/v1/orders_types.h"

namespace shop::orders {

// Whether a request keeps the rules written in orders.proto. Fails with INVALID_ARGUMENT, reason
// INVALID_FIELD, whose metadata names the first wrong field under "field": "idempotency_key",
// "lines[2].quantity". No message repeats what the caller sent.
[[nodiscard]] seam::Result<void> Validate(const v1::PlaceOrderRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::GetOrderRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::ListOrdersRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::CancelOrderRequest& request);

}  // namespace shop::orders

#endif  // ORDERS_VALIDATION_H_
