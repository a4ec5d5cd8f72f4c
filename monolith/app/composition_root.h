#ifndef APP_COMPOSITION_ROOT_H_
#define APP_COMPOSITION_ROOT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/configuration.h"
#include "auth/module.h"
#include "http/face.h"
#include "http/server.h"
#include "inventory/module.h"
#include "seam/binding/bind.h"
#include "seam/binding/call_counts.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"
#include "seam/events/destination.h"
#include "seam/events/nats/nats_connection.h"
#include "seam/events/v1/inbox_seam.h"
#include "seam/grpc/server.h"
#include "seam/host/module_options.h"
#include "seam/identity/token_verifier.h"
#include "seam/identity/v1/token_keys_seam.h"
#include "seam/observe/log.h"
#include "seam/observe/peer_contracts.h"
#include "shop/auth/v1/auth_seam.h"
#include "shop/inventory/v1/inventory_seam.h"
#include "shop/orders/v1/orders_seam.h"
#include "shop/products/v1/products_seam.h"
#include "shop/users/v1/users_seam.h"

namespace shop::app {

// The running shop: the one place that knows every part and puts them together.
class Shop {
 public:
  // Opens the modules that are bound to this process, and channels to the others; a service that
  // cannot be reached yet is no error; a PostgreSQL server is waited for. Serves its own modules to
  // others where it is configured to, then HTTP. Cancelling `context` cuts short what waits. `log`
  // must outlive the shop. Fails with what a module, a channel or a server fails with.
  [[nodiscard]] static seam::Result<std::unique_ptr<Shop>> Open(
      const seam::Context& context, const ShopConfiguration& configuration, seam::Log& log);

  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
  ~Shop() = default;

  // Where HTTP is served.
  [[nodiscard]] int port() const noexcept { return http_server_->port(); }

  // The calls of modules and the requests since the shop opened, in the text format of Prometheus;
  // calls are only counted when the configuration names a file for them.
  [[nodiscard]] std::string CallRecord() const;

  // Finishes the requests in flight, those of customers first; see http::Server::Stop.
  void Stop();

 private:
  Shop(const ShopConfiguration& configuration, seam::Log& log);

  [[nodiscard]] seam::Result<void> KnowItself();
  [[nodiscard]] seam::Result<void> BindModules(const seam::Context& context);
  // Binds a contract of the module `name` as configured, with a servicer over its handler if that
  // is in this process.
  template <class Seam, class OpenHandler>
  [[nodiscard]] seam::Result<void> BindTo(std::optional<seam::Bound<Seam>>& bound,
                                          const std::string& name,
                                          const seam::ModuleOptions& module,
                                          OpenHandler open_handler);
  [[nodiscard]] seam::Result<void> ServeModules();
  // Prints the password when it had to be made.
  [[nodiscard]] seam::Result<void> EnsureFirstAdmin(const seam::Context& context);
  void AddSamples(const seam::Context& context);
  [[nodiscard]] seam::Result<void> ServeHttp();

  // Where it is, once it can be used.
  [[nodiscard]] seam::Result<seam::sql::DatabaseOptions> Database(const seam::Context& context,
                                                                  const std::string& module) const;
  [[nodiscard]] seam::Result<auth::AuthModule*> LocalAuth(const seam::Context& context);
  [[nodiscard]] seam::Result<inventory::InventoryModule*> LocalInventory(
      const seam::Context& context);
  // Where the modules of this process send their events.
  [[nodiscard]] std::vector<std::shared_ptr<seam::events::Destination>> Destinations();

  const ShopConfiguration configuration_;
  seam::Log& log_;
  seam::CallCounts calls_;
  std::shared_ptr<const std::string> identity_;  // This process's, when it has one.

  // In the order of construction: each uses the ones above it. But for the verifier, which asks for
  // keys only when it is used.
  seam::PeerContracts peers_{log_};
  const std::shared_ptr<seam::events::NatsConnection> broker_;  // Null when there is none.
  seam::TokenVerifier verifier_;
  std::optional<seam::Bound<users::v1::UsersSeam>> users_;
  std::unique_ptr<auth::AuthModule> local_auth_;
  std::optional<seam::Bound<auth::v1::AuthSeam>> auth_;
  std::optional<seam::Bound<seam::identity::v1::TokenKeysSeam>> token_keys_;
  std::unique_ptr<inventory::InventoryModule> local_inventory_;
  std::optional<seam::Bound<seam::events::v1::InboxSeam>> inbox_;  // The inventory's.
  std::optional<seam::Bound<products::v1::ProductsSeam>> products_;
  std::optional<seam::Bound<orders::v1::OrdersSeam>> orders_;
  std::optional<seam::Bound<inventory::v1::InventorySeam>> inventory_;
  std::vector<std::unique_ptr<seam::Servicer>> servicers_;  // Of the handlers in this process.
  std::unique_ptr<seam::GrpcServer> module_server_;
  std::optional<http::Face> face_;
  std::unique_ptr<http::Server> http_server_;
  std::optional<std::string> new_admin_password_;
};

}  // namespace shop::app

#endif  // APP_COMPOSITION_ROOT_H_
