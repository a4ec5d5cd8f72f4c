#ifndef TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_HANDLER_H_
#define TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_HANDLER_H_

#include <mutex>
#include <utility>

#include "products/legacy/catalogue.h"
#include "seam/core/exception_map.h"
#include "shop/products/v1/products_handler.h"

namespace legacy {

namespace v1 = shop::products::v1;

// The old class behind its seam. What is not overridden is UNIMPLEMENTED.
class CatalogueHandler final : public v1::ProductsHandler {
 public:
  explicit CatalogueHandler(Catalogue catalogue) : catalogue_(std::move(catalogue)) {}

  seam::Result<v1::GetProductResponse> GetProduct(const seam::Context&,
                                                  const v1::GetProductRequest& request) override {
    return exceptions_.Answer([&] {
      const std::lock_guard<std::mutex> lock(mutex_);  // A handler is called by several threads.
      const Product found = catalogue_.find(request.id);
      v1::GetProductResponse response;
      v1::Product& product = response.product.emplace();
      product.id = found.id;
      product.name = found.name;
      product.price.emplace().amount_minor = found.price_cents;
      return response;
    });
  }

  seam::Result<v1::DeleteProductResponse> DeleteProduct(
      const seam::Context&, const v1::DeleteProductRequest& request) override {
    return exceptions_.Answer([&]() -> seam::Result<v1::DeleteProductResponse> {
      if (request.expected_version) {
        return seam::Fail(seam::Code::kUnimplemented, "NO_VERSIONS",
                          "this catalogue keeps no versions; leave expected_version out");
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      catalogue_.remove(request.id);
      return v1::DeleteProductResponse{};
    });
  }

 private:
  const seam::ExceptionMap exceptions_ =
      seam::ExceptionMap()
          .Add<NotFound>(seam::Code::kNotFound, "PRODUCT_NOT_FOUND")
          .Add<Reserved>(seam::Code::kFailedPrecondition, "STOCK_RESERVED");
  std::mutex mutex_;
  Catalogue catalogue_;
};

}  // namespace legacy

#endif  // TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_HANDLER_H_
