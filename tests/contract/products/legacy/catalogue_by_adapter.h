#ifndef TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_BY_ADAPTER_H_
#define TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_BY_ADAPTER_H_

#include <chrono>
#include <string>

#include "products/legacy/catalogue.h"
#include "shop/products/v1/products_throwing.h"

// The after-state: what the callers of the old class include instead.
namespace adapted {

namespace v1 = shop::products::v1;
using legacy::NotFound;
using legacy::Product;
using legacy::Reserved;

inline void ThrowAsBefore(const seam::Error& error) {
  if (error.reason == "PRODUCT_NOT_FOUND") throw NotFound(error.message);
  if (error.reason == "STOCK_RESERVED") throw Reserved(error.message);
}

// The old class's name and methods. The client must outlive it.
class Catalogue {
 public:
  explicit Catalogue(v1::ProductsClient& client)
      : products_(client, std::chrono::milliseconds(500), ThrowAsBefore) {}

  Product find(const std::string& id) const {
    v1::GetProductRequest request;
    request.id = id;
    const v1::Product found = products_.GetProduct(request).product.value();
    return {found.id, found.name, found.price.value().amount_minor};
  }

  void remove(const std::string& id) {
    v1::DeleteProductRequest request;
    request.id = id;
    products_.DeleteProduct(request);
  }

 private:
  const v1::ThrowingProducts products_;
};

}  // namespace adapted

#endif  // TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_BY_ADAPTER_H_
