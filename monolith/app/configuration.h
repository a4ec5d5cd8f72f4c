#ifndef APP_CONFIGURATION_H_
#define APP_CONFIGURATION_H_

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "auth/module.h"
#include "http/server.h"
#include "orders/module.h"
#include "seam/binding/allowed_callers.h"
#include "seam/binding/bind.h"
#include "seam/config/config.h"
#include "seam/events/nats/nats_options.h"
#include "seam/grpc/tls.h"
#include "seam/host/module_options.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"

namespace shop::app {

// How each module is reached. One that calls others while it works has a longer deadline.
struct ModulesConfiguration {
  seam::ModuleOptions auth{.binding = seam::BindingKind::kInProcess,
                           .deadline = std::chrono::seconds(3)};
  seam::ModuleOptions users{.binding = seam::BindingKind::kInProcess};
  seam::ModuleOptions products{.binding = seam::BindingKind::kInProcess};
  seam::ModuleOptions inventory{.binding = seam::BindingKind::kInProcess};
  seam::ModuleOptions orders{.binding = seam::BindingKind::kInProcess,
                             .deadline = std::chrono::seconds(3)};
};

// Calls `visit(name, options)` for each module. The binding does not compile while it leaves out a
// member of the struct.
template <class Modules, class Visit>
void ForEachModule(Modules&& modules, Visit visit) {
  auto& [auth, users, products, inventory, orders] = modules;
  visit("auth", auth);
  visit("users", users);
  visit("products", products);
  visit("inventory", inventory);
  visit("orders", orders);
}

struct ShopConfiguration {
  http::ServerOptions http;
  std::string port_file;  // Gets the port once the shop listens; none when empty.
  std::map<std::string, seam::sql::DatabaseOptions> databases;  // By module.
  std::chrono::milliseconds database_wait{};                    // See seam::AwaitDatabase.
  bool samples = false;
  auth::AuthConfiguration auth_module;  // Where auth is in this process, but for its database.
  std::string call_record;     // Gets the counts of calls when the shop closes; none when empty.
  std::string modules_listen;  // Where the modules of this process are served; nowhere when empty.
  bool listen_beyond_this_host = false;
  std::optional<seam::TlsOptions> tls;
  std::chrono::milliseconds max_connection_age{};  // Of those to the modules of this process.
  // Who may call what of the modules in this process; everybody everything when null,
  // as it is without TLS.
  std::shared_ptr<const seam::AllowedCallers> allowed_callers;
  ModulesConfiguration modules;
  orders::OrdersOptions orders;  // Of the recovery; the rest is the composition root's.
  std::optional<seam::events::NatsOptions> nats;  // Carries events, if it is given.
  seam::LogOptions log;
};

// Everything that can be configured, with its defaults and rules.
[[nodiscard]] seam::config::OptionTable ShopOptions();

// `configuration` was loaded with ShopOptions.
[[nodiscard]] ShopConfiguration ReadConfiguration(const seam::config::Configuration& configuration);

}  // namespace shop::app

#endif  // APP_CONFIGURATION_H_
