// The products service with one fault, to see that the rounds find it:
//   hasty      ends at once when it is asked to stop, whatever it is doing
//   forgetful  acknowledges what the next run will not find
//   mixed-up   answers a question with the answer to somebody else's
//   greedy     reserves once more when it is asked again

#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "products/module.h"
#include "seam/core/uuid.h"
#include "seam/host/serve_main.h"
#include "shop/products/v1/products_servicer.h"

namespace shop::products {
namespace {

class MixedUpServicer final : public seam::Servicer {
 public:
  explicit MixedUpServicer(v1::ProductsHandler& handler) : servicer_(handler) {}

  [[nodiscard]] const seam::ServiceContract& contract() const noexcept override {
    return servicer_.contract();
  }

  [[nodiscard]] seam::Result<seam::Buffer> Handle(std::size_t method, const seam::Context& context,
                                                  const seam::Buffer& request) override {
    auto reply = servicer_.Handle(method, context, request);
    if (!reply || contract().methods[method].name != "GetProduct") return reply;
    const std::lock_guard lock(mutex_);
    auto other = std::exchange(previous_, seam::Buffer(std::string(reply->bytes())));
    if (!other) return reply;
    return *std::move(other);
  }

 private:
  v1::ProductsServicer servicer_;
  std::mutex mutex_;
  std::optional<seam::Buffer> previous_;
};

// Passes on what placing orders takes, and the question whether it is ready.
class GreedyProducts final : public v1::ProductsHandler {
 public:
  explicit GreedyProducts(std::unique_ptr<v1::ProductsHandler> products)
      : products_(std::move(products)) {}

  seam::Result<v1::CreateProductResponse> CreateProduct(
      const seam::Context& context, const v1::CreateProductRequest& request) override {
    return products_->CreateProduct(context, request);
  }
  seam::Result<v1::BatchGetProductsResponse> BatchGetProducts(
      const seam::Context& context, const v1::BatchGetProductsRequest& request) override {
    return products_->BatchGetProducts(context, request);
  }
  seam::Result<v1::ListProductsResponse> ListProducts(
      const seam::Context& context, const v1::ListProductsRequest& request) override {
    return products_->ListProducts(context, request);
  }
  seam::Result<v1::ReserveStockResponse> ReserveStock(
      const seam::Context& context, const v1::ReserveStockRequest& request) override {
    v1::ReserveStockRequest wanted = request;
    {
      const std::lock_guard lock(mutex_);
      if (!seen_.insert(request.reservation_id).second) wanted.reservation_id = seam::NewUuidV7();
    }
    return products_->ReserveStock(context, wanted);
  }
  seam::Result<v1::ConfirmReservationResponse> ConfirmReservation(
      const seam::Context& context, const v1::ConfirmReservationRequest& request) override {
    return products_->ConfirmReservation(context, request);
  }
  seam::Result<v1::ReleaseReservationResponse> ReleaseReservation(
      const seam::Context& context, const v1::ReleaseReservationRequest& request) override {
    return products_->ReleaseReservation(context, request);
  }

 private:
  const std::unique_ptr<v1::ProductsHandler> products_;
  std::mutex mutex_;
  std::set<std::string> seen_;
};

seam::Result<void> SetUp(seam::Host& host) {
  const std::string& fault = host.configuration().GetText("fault");
  const auto verifier = host.Verifier();
  if (!verifier) return seam::Forward(verifier.error());
  const std::string name =
      fault == "forgetful" ? "products-" + std::to_string(getpid()) : std::string("products");
  const auto database = host.Database(name);
  if (!database) return seam::Forward(database.error());
  auto module = OpenProducts({.database = *database}, **verifier);
  if (!module) return seam::Forward(module.error());
  if (fault == "mixed-up") {
    host.Serve<MixedUpServicer>(*std::move(module));
  } else if (fault == "greedy") {
    host.Serve<v1::ProductsServicer>(std::make_unique<GreedyProducts>(*std::move(module)));
  } else {
    host.Serve<v1::ProductsServicer>(*std::move(module));
  }
  if (fault == "hasty") {
    // As long as the process. A sanitizer would make of _exit an end in good order.
    static const auto registration = host.context().OnCancel([] { syscall(SYS_exit_group, 0); });
  }
  return {};
}

}  // namespace
}  // namespace shop::products

int main(int argc, char** argv) {
  const seam::ServiceInfo info = {
      .name = "products",
      .tells = {"inventory"},
      .token_issuer = "auth",
      .database_prefix = "shop_",
      .options = {{.path = "fault", .type = seam::config::Text{}, .description = "Which one."}}};
  return seam::ServeMain(argc, argv, info, shop::products::SetUp);
}
