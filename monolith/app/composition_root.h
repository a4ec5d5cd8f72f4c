#ifndef APP_COMPOSITION_ROOT_H_
#define APP_COMPOSITION_ROOT_H_

#include <memory>

#include "app/configuration.h"
#include "http/face.h"
#include "http/server.h"
#include "seam/binding/bind.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/observe/log.h"
#include "shop/products/v1/products_seam.h"

namespace shop::app {

// The running shop: the one place that knows every part and puts them together.
class Shop {
 public:
  // Opens the modules that are bound to this process, and channels to the others; a service that
  // cannot be reached yet is no error. Then listens. Cancelling `context` cuts short what waits.
  // `log` must outlive the shop. Fails with what a module, a channel or the server fails with.
  [[nodiscard]] static seam::Result<std::unique_ptr<Shop>> Open(
      const seam::Context& context, const ShopConfiguration& configuration, seam::Log& log);

  // Where HTTP is served.
  [[nodiscard]] int port() const noexcept { return server_->port(); }

  // Finishes the requests in flight; see http::Server::Stop.
  void Stop() { server_->Stop(); }

 private:
  using Products = seam::Bound<products::v1::ProductsSeam>;

  Shop(Products products, const ShopConfiguration& configuration, seam::Log& log);

  // In the order of construction: each uses the ones above it.
  Products products_;
  http::Face face_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace shop::app

#endif  // APP_COMPOSITION_ROOT_H_
