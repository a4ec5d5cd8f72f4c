#ifndef TESTS_CONTRACT_INVENTORY_INVENTORY_SIDES_H_
#define TESTS_CONTRACT_INVENTORY_INVENTORY_SIDES_H_

#include <memory>
#include <string>
#include <vector>

#include "callers.h"
#include "inventory/module.h"
#include "products/module.h"
#include "seam/observe/log.h"
#include "seam/testing/sides.h"
#include "shop/inventory/v1/inventory_seam.h"
#include "shop/products/v1/products_seam.h"

namespace shop::inventory {

// Who calls, and the products whose stock it is.
class InventorySurroundings : protected Callers {
 protected:
  [[nodiscard]] seam::Log& log() noexcept { return log_; }
  [[nodiscard]] products::v1::ProductsClient& products() noexcept { return products_; }

  // Where an inventory service in another process reaches the products: they are served from then
  // on.
  [[nodiscard]] std::string ServeProducts() {
    servicer_ = std::make_unique<products::v1::ProductsServicer>(*handler_);
    served_ = std::make_unique<seam::testing::Loopback>(*servicer_, seam::testing::Side::kGrpcUnix,
                                                        folder_);
    return "unix:" + (folder_ / "seam.sock");
  }

 private:
  // In the order of construction: each uses the ones above it.
  const seam::testing::TemporaryFolder folder_;
  seam::Log log_{{.sink = [](std::string_view) {}}};
  const std::unique_ptr<products::v1::ProductsHandler> handler_ =
      products::OpenProducts({.database = databases().Of("products")}, verifier()).value();
  products::v1::ProductsInProcessClient products_{*handler_, {}};
  std::unique_ptr<seam::Servicer> servicer_;
  std::unique_ptr<seam::testing::Loopback> served_;
};

class InventoryOnEverySide : protected InventorySurroundings,
                             public seam::testing::OnEverySide<v1::InventorySeam> {
 protected:
  seam::Result<std::unique_ptr<v1::InventoryHandler>> OpenHandler() override {
    auto module = OpenInventory({.database = databases().Of("inventory")}, verifier(), log());
    if (!module) return seam::Forward(std::move(module).error());
    return (*module)->NewInventoryHandler(products());
  }
  std::vector<std::string> ServiceCommand() override {
    std::vector<std::string> command = CommandOf(INVENTORY_PROGRAM, "inventory");
    command.insert(command.end(), {"--modules.products.target", ServeProducts(),
                                   "--modules.products.deadline_ms", "60000"});
    return command;
  }
};

}  // namespace shop::inventory

#endif  // TESTS_CONTRACT_INVENTORY_INVENTORY_SIDES_H_
