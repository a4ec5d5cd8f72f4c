#include "goods.h"

namespace bench {

using shop::products::v1::DeleteProductRequest;
using shop::products::v1::DeleteProductResponse;
using shop::products::v1::GetProductRequest;
using shop::products::v1::GetProductResponse;
using shop::products::v1::ListProductsResponse;
using shop::products::v1::Product;

Product TypicalProduct() {
  return {.id = "019a0000-0000-7000-8000-000000000001",
          .name = "Tea towel, blue",
          .description = "Linen, 50 x 70 cm, with a loop to hang it up. Washable at 60 degrees.",
          .price = shop::common::v1::Money{.amount_minor = 850, .currency = "EUR"},
          .stock = 120,
          .version = 3,
          .created_at = seam::Timestamp{1760000000, 123'000'000},
          .updated_at = seam::Timestamp{1760000500, 456'000'000}};
}

ListProductsResponse ProductList(std::size_t count) {
  ListProductsResponse list;
  list.products.assign(count, TypicalProduct());
  return list;
}

seam::Result<GetProductResponse> MemoryProducts::GetProduct(const seam::Context&,
                                                            const GetProductRequest&) {
  return GetProductResponse{.product = product_};
}

seam::Result<DeleteProductResponse> MemoryProducts::DeleteProduct(const seam::Context&,
                                                                  const DeleteProductRequest&) {
  return DeleteProductResponse{};
}

}  // namespace bench
