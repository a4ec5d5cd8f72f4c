#ifndef TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_
#define TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_

#include <memory>
#include <string>
#include <vector>

#include "callers.h"
#include "products/module.h"
#include "seam/testing/sides.h"
#include "shop/products/v1/products_seam.h"

namespace shop::products {

class ProductsOnEverySide : protected Callers, public seam::testing::OnEverySide<v1::ProductsSeam> {
 protected:
  seam::Result<std::unique_ptr<v1::ProductsHandler>> OpenHandler() override {
    return OpenProducts({.database = databases().Of("products")}, verifier());
  }
  std::vector<std::string> ServiceCommand() override {
    return CommandOf(PRODUCTS_PROGRAM, "products");
  }
};

}  // namespace shop::products

#endif  // TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_
