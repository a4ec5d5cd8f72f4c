#ifndef TESTS_E2E_SHOP_PROCESS_H_
#define TESTS_E2E_SHOP_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace shop::e2e {

// The shop as a customer meets it: real programs, reached over HTTP from outside, with data of
// their own. Products runs beside it in a process of its own when the binding is "grpc".
class ShopProcess {
 public:
  // Waits until the shop listens.
  explicit ShopProcess(const std::string& products_binding);

  // False, with what the programs said, when the shop is not ready within 30 s.
  [[nodiscard]] bool WaitUntilReady();

  // Starts products, again on the same data and the same address.
  void StartProducts();

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] const std::string& admin_token() const noexcept { return admin_token_; }
  [[nodiscard]] const seam::testing::TemporaryFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] seam::testing::Process& shop() noexcept { return *shop_; }
  [[nodiscard]] seam::testing::Process& products() noexcept { return *products_; }

 private:
  const seam::testing::TemporaryFolder folder_;
  const std::string admin_token_;
  int port_ = 0;
  std::string target_;
  std::unique_ptr<seam::testing::Process> products_;
  std::unique_ptr<seam::testing::Process> shop_;
};

}  // namespace shop::e2e

#endif  // TESTS_E2E_SHOP_PROCESS_H_
