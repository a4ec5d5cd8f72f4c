#ifndef PRODUCTS_SERVICE_H_
#define PRODUCTS_SERVICE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "products/module.h"
#include "products/repository.h"
#include "seam/events/relay.h"
#include "seam/events/sql_outbox.h"
#include "seam/identity/token_verifier.h"
#include "seam/sql/database.h"
#include "shop/products/v1/products_handler.h"

namespace shop::products {

// The rules of products.proto over the repository: each call is validated, runs as one transaction,
// and is answered. A call that only an admin may make is first asked for its principal and then for
// the principal's role, so that nobody else learns what is valid or what there is. Thread-safe.
class ProductsService final : public v1::ProductsHandler {
 public:
  // `verifier` must outlive it.
  ProductsService(std::unique_ptr<seam::sql::Database> database,
                  const seam::TokenVerifier& verifier, const ProductsOptions& options);

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

  // What every change goes through: a transaction of `work(Session&)`, a Result, after which its
  // events are sent.
  template <class Work>
  auto Change(const seam::Context& context, Work&& work);

  // Publishes an event of the transaction that `session` is in.
  template <class Event>
  [[nodiscard]] seam::Result<void> Tell(seam::sql::Session& session, const seam::Context& context,
                                        const Event& event) const;
  // Tells of the product's stock; of one that is not there any more, nothing.
  [[nodiscard]] seam::Result<void> TellStock(
      seam::sql::Session& session, const seam::Context& context, const std::string& id,
      const std::optional<repository::StockAfter>& after) const;

  const std::unique_ptr<seam::sql::Database> database_;
  const seam::TokenVerifier& verifier_;
  const std::function<std::chrono::system_clock::time_point()> clock_;
  const seam::events::Publication publication_;
  std::optional<seam::events::Relay> relay_;  // After the database, which it uses.
};

}  // namespace shop::products

#endif  // PRODUCTS_SERVICE_H_
