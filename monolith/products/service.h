#ifndef PRODUCTS_SERVICE_H_
#define PRODUCTS_SERVICE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "seam/identity/token_verifier.h"
#include "seam/sql/database.h"
#include "shop/products/v1/products_handler.h"

namespace shop::products {

// The rules of products.proto over the repository: each call is validated, runs as one transaction,
// and is answered. A call that only an admin may make is first asked for its principal and then for
// the principal's role, so that nobody else learns what is valid or what there is. Thread-safe.
class ProductsService final : public v1::ProductsHandler {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  // `verifier` must outlive it.
  ProductsService(std::unique_ptr<seam::sql::Database> database,
                  const seam::TokenVerifier& verifier, Clock clock);

  seam::Result<v1::GetProductResponse> GetProduct(const seam::Context& context,
                                                  const v1::GetProductRequest& request) override;
  seam::Result<v1::BatchGetProductsResponse> BatchGetProducts(
      const seam::Context& context, const v1::BatchGetProductsRequest& request) override;
  seam::Result<v1::ListProductsResponse> ListProducts(
      const seam::Context& context, const v1::ListProductsRequest& request) override;
  seam::Result<v1::CreateProductResponse> CreateProduct(
      const seam::Context& context, const v1::CreateProductRequest& request) override;
  seam::Result<v1::UpdateProductResponse> UpdateProduct(
      const seam::Context& context, const v1::UpdateProductRequest& request) override;
  seam::Result<v1::DeleteProductResponse> DeleteProduct(
      const seam::Context& context, const v1::DeleteProductRequest& request) override;
  seam::Result<v1::ReserveStockResponse> ReserveStock(
      const seam::Context& context, const v1::ReserveStockRequest& request) override;
  seam::Result<v1::ConfirmReservationResponse> ConfirmReservation(
      const seam::Context& context, const v1::ConfirmReservationRequest& request) override;
  seam::Result<v1::ReleaseReservationResponse> ReleaseReservation(
      const seam::Context& context, const v1::ReleaseReservationRequest& request) override;

 private:
  [[nodiscard]] seam::Result<void> RequireAdmin(const seam::Context& context) const;

  // Milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const;

  const std::unique_ptr<seam::sql::Database> database_;
  const seam::TokenVerifier& verifier_;
  const Clock clock_;
};

}  // namespace shop::products

#endif  // PRODUCTS_SERVICE_H_
