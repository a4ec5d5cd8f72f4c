// Orders as a service of its own: the same module behind a servicer.

#include <utility>

#include "orders/module.h"
#include "process.h"
#include "seam/host/event_bus.h"
#include "seam/host/serve_main.h"
#include "shop/orders/v1/orders_servicer.h"
#include "shop/products/v1/products_seam.h"

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv, shop::orders::OrdersProcess(), [](seam::Host& host) -> seam::Result<void> {
        const auto products = host.Connect<shop::products::v1::ProductsSeam>("products");
        if (!products) return seam::Forward(products.error());
        const auto verifier = host.Verifier();
        if (!verifier) return seam::Forward(verifier.error());
        const auto database = host.Database("orders");
        if (!database) return seam::Forward(database.error());
        shop::orders::OrdersOptions options{.database = *database};
        shop::orders::ReadOrdersOptions(host.configuration(), options);
        auto destinations = seam::EventDestinations(host, {"inventory"});
        if (!destinations) return seam::Forward(std::move(destinations).error());
        options.destinations = *std::move(destinations);
        auto module = shop::orders::OpenOrders(options, **products, **verifier, host.log());
        if (!module) return seam::Forward(std::move(module).error());
        host.Serve<shop::orders::v1::OrdersServicer>(*std::move(module));
        return {};
      });
}
