#include "shop_process.h"

#include <httplib.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace shop::e2e {

ShopProcess::ShopProcess(const std::string& products_binding)
    : admin_token_("an-admin-token-for-tests-0123456789") {
  const std::string token_file = folder_ / "admin-token";
  std::ofstream(token_file) << admin_token_ << "\n";
  chmod(token_file.c_str(), 0600);

  std::vector<std::string> arguments = {
      SHOP_PROGRAM,     "--http.port",        "0",        "--data.directory",
      folder_ / "shop", "--admin.token_file", token_file, "--modules.products.binding",
      products_binding};
  if (products_binding == "grpc") {
    target_ = "unix:" + (folder_ / "products.sock");
    arguments.insert(arguments.end(), {"--modules.products.target", target_});
    StartProducts();
  }
  shop_ = std::make_unique<seam::testing::Process>(std::move(arguments));
  if (const auto line = shop_->WaitForLine("the shop is open")) {
    port_ = nlohmann::json::parse(*line).value("port", 0);
  }
}

bool ShopProcess::WaitUntilReady() {
  httplib::Client client("127.0.0.1", port_);
  client.set_tcp_nodelay(true);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto answer = client.Get("/health/ready");
    if (answer && answer->status == 200) return true;
    // Not a synchronisation: only how often to ask.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::fprintf(stderr, "the shop said:\n%s\n", shop_->output().c_str());
  if (products_) std::fprintf(stderr, "products said:\n%s\n", products_->output().c_str());
  return false;
}

void ShopProcess::StartProducts() {
  products_ = std::make_unique<seam::testing::Process>(std::vector<std::string>{
      PRODUCTS_PROGRAM, "--listen", target_, "--data.directory", folder_ / "products"});
}

}  // namespace shop::e2e
