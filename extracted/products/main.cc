// Products as a service of its own: the same module behind a servicer.

#include "products/module.h"
#include "seam/host/serve_main.h"
#include "shop/products/v1/products_servicer.h"

int main(int argc, char** argv) {
  return seam::ServeMain(argc, argv, {.name = "products"}, [](seam::Host& host) {
    auto module = shop::products::OpenProducts({.database_path = host.DataFile("products.sqlite")});
    if (!module) return seam::Result<void>(seam::Forward(module.error()));
    host.Serve<shop::products::v1::ProductsServicer>(*std::move(module));
    return seam::Result<void>();
  });
}
