#ifndef PRODUCTS_VALIDATION_H_
#define PRODUCTS_VALIDATION_H_

#include "seam/core/result.h"
#include "shop/products/v1/products_types.h"

namespace shop::products {

// Whether a request keeps the rules written in products.proto. Fails with INVALID_ARGUMENT, reason
// INVALID_FIELD, whose metadata names the first wrong field under "field": "name",
// "price.currency", "ids[3]", "lines[2].quantity". No message repeats what the caller sent.
[[nodiscard]] seam::Result<void> Validate(const v1::GetProductRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::BatchGetProductsRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::ListProductsRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::CreateProductRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::UpdateProductRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::DeleteProductRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::ReserveStockRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::ConfirmReservationRequest& request);
[[nodiscard]] seam::Result<void> Validate(const v1::ReleaseReservationRequest& request);

}  // namespace shop::products

#endif  // PRODUCTS_VALIDATION_H_
