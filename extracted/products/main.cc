// Products as a service of its own: the same module behind a servicer.

#include <utility>

#include "process.h"
#include "products/module.h"
#include "seam/host/event_bus.h"
#include "seam/host/serve_main.h"
#include "shop/products/v1/products_servicer.h"

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv, shop::products::ProductsProcess(), [](seam::Host& host) -> seam::Result<void> {
        const auto verifier = host.Verifier();
        if (!verifier) return seam::Forward(verifier.error());
        const auto database = host.Database("products");
        if (!database) return seam::Forward(database.error());
        auto destinations = seam::EventDestinations(host, {"inventory"});
        if (!destinations) return seam::Forward(std::move(destinations).error());
        auto module = shop::products::OpenProducts(
            {.database = *database, .destinations = *std::move(destinations), .log = &host.log()},
            **verifier);
        if (!module) return seam::Forward(module.error());
        host.Serve<shop::products::v1::ProductsServicer>(*std::move(module));
        return {};
      });
}
