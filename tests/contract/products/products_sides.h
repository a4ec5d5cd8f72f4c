#ifndef TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_
#define TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "products/module.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/sides.h"
#include "seam/testing/test_tokens.h"
#include "shop/products/v1/products_seam.h"

namespace shop::products {

// Who calls. The first base of the fixture, so that it outlives the handler.
class ProductsCallers {
 protected:
  [[nodiscard]] const seam::testing::TestTokens& tokens() const noexcept { return tokens_; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const noexcept { return verifier_; }
  [[nodiscard]] const seam::Context& admin() const noexcept { return admin_; }

 private:
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const seam::Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
};

class ProductsOnEverySide : protected ProductsCallers,
                            public seam::testing::OnEverySide<v1::ProductsSeam> {
 protected:
  seam::Result<std::unique_ptr<v1::ProductsHandler>> OpenHandler() override {
    return OpenProducts({.database_path = folder() / "products.sqlite"}, verifier());
  }
  std::vector<std::string> ServiceCommand() override {
    std::vector<std::string> command = {PRODUCTS_PROGRAM, "--data.directory", folder().path()};
    for (std::string& argument : tokens().Arguments(folder().path())) {
      command.push_back(std::move(argument));
    }
    return command;
  }
};

}  // namespace shop::products

#endif  // TESTS_CONTRACT_PRODUCTS_PRODUCTS_SIDES_H_
