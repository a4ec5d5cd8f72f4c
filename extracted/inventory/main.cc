// Inventory as a service of its own: the same module behind a servicer.

#include "inventory/module.h"
#include "process.h"
#include "seam/events/v1/inbox_servicer.h"
#include "seam/host/event_bus.h"
#include "seam/host/serve_main.h"
#include "shop/inventory/v1/inventory_servicer.h"
#include "shop/products/v1/products_seam.h"

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv, shop::inventory::InventoryProcess(), [](seam::Host& host) -> seam::Result<void> {
        const auto products = host.Connect<shop::products::v1::ProductsSeam>("products");
        if (!products) return seam::Forward(products.error());
        const auto verifier = host.Verifier();
        if (!verifier) return seam::Forward(verifier.error());
        const auto database = host.Database("inventory");
        if (!database) return seam::Forward(database.error());
        shop::inventory::InventoryOptions options{.database = *database};
        options.open_sources = seam::EventSources(seam::EventBroker(host, "inventory"),
                                                  {"products", "orders"}, host.log());
        const auto module = shop::inventory::OpenInventory(options, **verifier, host.log());
        if (!module) return seam::Forward(module.error());
        host.Serve<seam::events::v1::InboxServicer>((*module)->NewInboxHandler());
        host.Serve<shop::inventory::v1::InventoryServicer>(
            (*module)->NewInventoryHandler(**products));
        return {};
      });
}
