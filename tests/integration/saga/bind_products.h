#ifndef TESTS_INTEGRATION_SAGA_BIND_PRODUCTS_H_
#define TESTS_INTEGRATION_SAGA_BIND_PRODUCTS_H_

#include <chrono>
#include <memory>
#include <string>

#include "products/module.h"
#include "seam/binding/bind.h"
#include "seam/grpc/channel.h"
#include "seam/identity/token_verifier.h"
#include "shop/products/v1/products_seam.h"

namespace shop::orders {

// Who places all orders of these tests, and how.
inline constexpr char kCustomer[] = "alice";
inline constexpr char kKey[] = "key-0001";
inline constexpr int kQuantity = 4;

using BoundProducts = seam::Bound<products::v1::ProductsSeam>;

// Products as they are bound in a program: on their file in `folder`, or at `target`.
inline seam::Result<BoundProducts> BindProducts(seam::BindingKind kind, const std::string& folder,
                                                const std::string& target,
                                                const seam::TokenVerifier& verifier) {
  seam::CallRules rules;
  rules.timeout = std::chrono::seconds(60);
  return seam::Bind<products::v1::ProductsSeam>(
      kind, rules,
      [&] {
        return products::OpenProducts(
            {.database = {.sqlite_file = folder + "/products.sqlite"}, .durable = false}, verifier);
      },
      [&] {
        return seam::OpenGrpcChannel(products::v1::ProductsSeam::contract(), {.target = target});
      });
}

}  // namespace shop::orders

#endif  // TESTS_INTEGRATION_SAGA_BIND_PRODUCTS_H_
