#ifndef APP_SAMPLE_PRODUCTS_H_
#define APP_SAMPLE_PRODUCTS_H_

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "shop/products/v1/products_client.h"

namespace shop::app {

// Fills an empty catalogue with a dozen products, so that a first visit has something to see; what
// an interrupted filling has left, the first few of the dozen, is completed, and any other
// catalogue is left alone. Returns how many products were added, 0 to 12. Works over any binding.
// Their ids are fixed, so that two processes that start at once add them once. Fails with the
// client's errors.
[[nodiscard]] seam::Result<int> AddSampleProducts(const seam::Context& context,
                                                  products::v1::ProductsClient& products);

}  // namespace shop::app

#endif  // APP_SAMPLE_PRODUCTS_H_
