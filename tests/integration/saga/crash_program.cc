// Places an order, or places and cancels it, and is killed on the way:
//   orders-crash-program FOLDER BINDING TARGET PRODUCT STEP
// FOLDER has the databases; BINDING and TARGET say how products is reached. STEP is after what it
// dies: "taken-down", "reserved", "placed" or "confirmed" while placing; "cancelled" or "released"
// while cancelling. When it lives on, it says why on stderr.

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "bind_products.h"
#include "orders/module.h"
#include "seam/testing/test_tokens.h"
#include "shop/products/v1/products_in_process.h"

namespace shop::orders {
namespace {

std::string_view StepName(PlacingStep step) {
  switch (step) {
    case PlacingStep::kTakenDown: return "taken-down";
    case PlacingStep::kReserved: return "reserved";
    case PlacingStep::kPlaced: return "placed";
    case PlacingStep::kConfirmed: return "confirmed";
  }
  return "";
}

void Die() { static_cast<void>(std::raise(SIGKILL)); }

// Passes the calls that orders makes on, and dies before or after a release.
class MortalProducts final : public products::v1::ProductsHandler {
 public:
  MortalProducts(products::v1::ProductsClient& products, std::string_view step)
      : products_(products), step_(step) {}

  seam::Result<products::v1::BatchGetProductsResponse> BatchGetProducts(
      const seam::Context& context, const products::v1::BatchGetProductsRequest& request) override {
    return products_.BatchGetProducts(context, request);
  }
  seam::Result<products::v1::ReserveStockResponse> ReserveStock(
      const seam::Context& context, const products::v1::ReserveStockRequest& request) override {
    return products_.ReserveStock(context, request);
  }
  seam::Result<products::v1::ConfirmReservationResponse> ConfirmReservation(
      const seam::Context& context,
      const products::v1::ConfirmReservationRequest& request) override {
    return products_.ConfirmReservation(context, request);
  }
  seam::Result<products::v1::ReleaseReservationResponse> ReleaseReservation(
      const seam::Context& context,
      const products::v1::ReleaseReservationRequest& request) override {
    if (step_ == "cancelled") Die();
    auto released = products_.ReleaseReservation(context, request);
    if (released && step_ == "released") Die();
    return released;
  }

 private:
  products::v1::ProductsClient& products_;
  const std::string_view step_;
};

int Run(const std::string& folder, seam::BindingKind binding, const std::string& target,
        const std::string& product, std::string_view step) {
  const seam::testing::TestTokens tokens;
  const seam::TokenVerifier verifier(tokens.Source(), {});
  seam::Log log;
  auto bound = BindProducts(binding, folder, target, verifier);
  if (!bound) {
    std::fprintf(stderr, "%s\n", ToString(bound.error()).c_str());
    return 1;
  }
  MortalProducts mortal(bound->client(), step);
  products::v1::ProductsInProcessClient mortal_client(mortal, {});
  const bool cancels = step == "cancelled" || step == "released";
  products::v1::ProductsClient& products = cancels ? mortal_client : bound->client();

  OrdersOptions options;
  options.database.sqlite_file = folder + "/orders.sqlite";
  options.durable = false;
  options.recovery_interval = std::chrono::milliseconds(0);
  options.after_step = [step](PlacingStep done) {
    if (StepName(done) == step) Die();
  };
  const auto orders = OpenOrders(options, products, verifier, log);
  if (!orders) {
    std::fprintf(stderr, "%s\n", ToString(orders.error()).c_str());
    return 1;
  }
  const seam::Context customer = tokens.As(kCustomer);
  const auto placed = (*orders)->PlaceOrder(
      customer,
      {.idempotency_key = kKey, .lines = {{.product_id = product, .quantity = kQuantity}}});
  if (!placed) {
    std::fprintf(stderr, "%s\n", ToString(placed.error()).c_str());
    return 1;
  }
  if (cancels) {
    const auto cancelled = (*orders)->CancelOrder(customer, {.id = placed->order->id});
    if (!cancelled) std::fprintf(stderr, "%s\n", ToString(cancelled.error()).c_str());
  }
  std::fprintf(stderr, "came to the end without the step\n");
  return 1;
}

}  // namespace
}  // namespace shop::orders

int main(int argc, char** argv) {
  const auto binding = argc == 6 ? seam::ParseBindingKind(argv[2]) : std::nullopt;
  if (!binding) {
    std::fprintf(stderr, "usage: orders-crash-program FOLDER BINDING TARGET PRODUCT STEP\n");
    return 2;
  }
  return shop::orders::Run(argv[1], *binding, argv[3], argv[4], argv[5]);
}
