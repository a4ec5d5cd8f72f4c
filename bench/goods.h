#ifndef BENCH_GOODS_H_
#define BENCH_GOODS_H_

#include <cstddef>

#include "shop/products/v1/products_handler.h"

namespace bench {

// A product as the shop has them: about 175 bytes on the wire.
[[nodiscard]] shop::products::v1::Product TypicalProduct();
[[nodiscard]] shop::products::v1::ListProductsResponse ProductList(std::size_t count);

// Answers from memory at once.
class MemoryProducts final : public shop::products::v1::ProductsHandler {
 public:
  seam::Result<shop::products::v1::GetProductResponse> GetProduct(
      const seam::Context& context, const shop::products::v1::GetProductRequest& request) override;
  seam::Result<shop::products::v1::DeleteProductResponse> DeleteProduct(
      const seam::Context& context,
      const shop::products::v1::DeleteProductRequest& request) override;

 private:
  const shop::products::v1::Product product_ = TypicalProduct();
};

}  // namespace bench

#endif  // BENCH_GOODS_H_
