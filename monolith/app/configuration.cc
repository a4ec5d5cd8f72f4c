#include "app/configuration.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "inventory/module.h"
#include "products/module.h"
#include "seam/grpc/server.h"
#include "seam/host/database_options.h"
#include "seam/host/events_options.h"
#include "seam/host/log_options.h"
#include "seam/host/tls_options.h"
#include "users/module.h"

namespace shop::app {
namespace {

using seam::config::Boolean;
using seam::config::Configuration;
using seam::config::Integer;
using seam::config::Option;
using seam::config::Rule;
using seam::config::Text;

// The services of the modules have the same.
constexpr char kDatabasePrefix[] = "shop_";

std::string CanBeListenedOn(const Configuration& configuration) {
  seam::GrpcServerOptions options;
  options.addresses = {configuration.GetText("modules.listen")};
  options.plaintext_beyond_this_host = seam::MayListenBeyondThisHost(configuration);
  if (options.addresses.front().empty()) return "";
  const auto checked = seam::CheckGrpcServerOptions(options);
  return checked ? "" : checked.error().message;
}

// The groups of each module's methods.
template <class Visit>
void ForEachModulesGroups(Visit visit) {
  visit("auth", auth::AuthMethodGroups());
  visit("users", users::UsersMethodGroups());
  visit("products", products::ProductsMethodGroups());
  visit("inventory", inventory::InventoryMethodGroups());
  visit("orders", orders::OrdersMethodGroups());
}

std::string ProxiesAreNetworks(const Configuration& configuration) {
  const auto proxies = http::TrustedProxies::Parse(configuration.GetText("http.trusted_proxies"));
  return proxies ? "" : proxies.error().message;
}

}  // namespace

seam::config::OptionTable ShopOptions() {
  const http::ServerOptions http;
  std::vector<Option> options = {
      {.path = "http.address",
       .type = Text{http.address},
       .description = "The address of this machine to listen on."},
      {.path = "http.port",
       .type = Integer{.value = 8080, .minimum = 0, .maximum = 65535},
       .description = "The TCP port to listen on; 0 for any free one.",
       .alias = "port"},
      {.path = "http.port_file",
       .type = Text{},
       .description = "A file that is written with the port once the shop listens; none if empty."},
      {.path = "http.threads",
       .type =
           Integer{.value = static_cast<std::int64_t>(http.threads), .minimum = 1, .maximum = 1024},
       .description = "How many requests are worked on at a time."},
      {.path = "http.max_waiting",
       .type = Integer{.value = static_cast<std::int64_t>(http.max_waiting),
                       .minimum = 0,
                       .maximum = 100'000},
       .description = "How many requests may wait for a thread. One more is answered 503."},
      {.path = "http.max_wait_ms",
       .type = Integer{.value = http.max_wait.count(),
                       .minimum = 1,
                       .maximum = 60'000,
                       .unit = "milliseconds"},
       .description = "How long a request may wait for a thread before it is answered 503."},
      {.path = "http.max_connections",
       .type = Integer{.value = static_cast<std::int64_t>(http.max_connections),
                       .minimum = 1,
                       .maximum = 100'000},
       .description =
           "How many connections may be open; each takes a file descriptor. When there "
           "are as many, idle and slow ones are closed for new ones, or 503 is answered."},
      {.path = "http.max_connections_per_address",
       .type = Integer{.value = static_cast<std::int64_t>(http.max_connections_per_address),
                       .minimum = 1,
                       .maximum = 100'000},
       .description = "How many of them one address may have; a trusted proxy may have all."},
      {.path = "http.max_body_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(http.max_body_bytes),
                       .minimum = 1024,
                       .maximum = std::int64_t{16} * 1024 * 1024,
                       .unit = "bytes"},
       .description = "The largest request body."},
      {.path = "http.trusted_proxies",
       .type = Text{},
       .description =
           "The proxies that are believed what they write into X-Forwarded-For: addresses "
           "and networks such as 10.0.0.0/8, with commas between them; none if empty."},
      {.path = "database.print_setup",
       .type = Boolean{false},
       .description = "Prints the statements with which an administrator of a PostgreSQL database "
                      "sets it up for the modules, and ends.",
       .alias = "print-database-setup"},
      {.path = "data.samples",
       .type = Boolean{false},
       .description = "Whether to fill an empty catalogue with sample products."},
      {.path = "modules.record_calls",
       .type = Text{},
       .description =
           "A file that gets, when the shop closes, how often its modules were called by "
           "whom, and how many requests there were, for seam rank --calls; none if "
           "empty.",
       .alias = "record-calls"},
      {.path = "modules.listen",
       .type = Text{},
       .description = "Where modules in this process serve those in others: 127.0.0.1:PORT, "
                      "unix:/PATH, or with TLS any ADDRESS:PORT; nowhere if empty."},
  };
  std::vector<Rule> rules = {{.path = "http.trusted_proxies", .complaint = ProxiesAreNetworks},
                             {.path = "modules.listen", .complaint = CanBeListenedOn}};
  seam::AddDatabaseOptions(kDatabasePrefix, options, rules);
  for (Option& option : auth::AuthConfigurationOptions()) options.push_back(std::move(option));
  for (Rule& rule : auth::AuthConfigurationRules()) rules.push_back(std::move(rule));
  const ModulesConfiguration modules;
  ForEachModule(modules, [&](const char* name, const seam::ModuleOptions& usual) {
    seam::AddBoundModuleOptions(name, usual, options, rules);
  });
  seam::AddTlsOptions(options, rules);
  ForEachModulesGroups([&](const char* module, const std::vector<seam::MethodGroup>& groups) {
    seam::AddModuleAllowOptions(module, groups, options, rules);
  });
  rules.push_back(seam::OwnCallRule("auth", "users", "accounts"));
  rules.push_back(seam::OwnCallRule("orders", "products", "stock"));
  rules.push_back(seam::OwnCallRule("products", "inventory", "events"));
  rules.push_back(seam::OwnCallRule("orders", "inventory", "events"));
  seam::AddEventsOptions(options, rules);
  for (Option& option : orders::OrdersConfigurationOptions()) options.push_back(std::move(option));
  for (Option& option : seam::LogConfigurationOptions()) options.push_back(std::move(option));
  return seam::config::OptionTable(
      {.name = "shop",
       .version = SHOP_VERSION,
       .summary = "The shop: one process that serves HTTP and reaches its modules as configured.",
       .environment_prefix = "SHOP"},
      std::move(options), std::move(rules));
}

ShopConfiguration ReadConfiguration(const Configuration& configuration) {
  ShopConfiguration shop;
  shop.http.address = configuration.GetText("http.address");
  shop.http.port = static_cast<int>(configuration.GetInteger("http.port"));
  shop.port_file = configuration.GetText("http.port_file");
  shop.http.threads = static_cast<std::size_t>(configuration.GetInteger("http.threads"));
  shop.http.max_waiting = static_cast<std::size_t>(configuration.GetInteger("http.max_waiting"));
  shop.http.max_wait = std::chrono::milliseconds(configuration.GetInteger("http.max_wait_ms"));
  shop.http.max_connections =
      static_cast<std::size_t>(configuration.GetInteger("http.max_connections"));
  shop.http.max_connections_per_address =
      static_cast<std::size_t>(configuration.GetInteger("http.max_connections_per_address"));
  shop.http.max_body_bytes =
      static_cast<std::size_t>(configuration.GetInteger("http.max_body_bytes"));
  shop.http.trusted_proxies =
      http::TrustedProxies::Parse(configuration.GetText("http.trusted_proxies")).value();
  shop.database_wait = seam::ReadDatabaseWait(configuration);
  shop.samples = configuration.GetBoolean("data.samples");
  shop.auth_module = auth::ReadAuthConfiguration(configuration);
  shop.call_record = configuration.GetText("modules.record_calls");
  shop.modules_listen = configuration.GetText("modules.listen");
  shop.listen_beyond_this_host = seam::MayListenBeyondThisHost(configuration);
  shop.tls = seam::ReadTlsOptions(configuration);
  shop.max_connection_age = seam::MaxConnectionAge(configuration);
  if (shop.tls) {
    auto allowed = std::make_shared<seam::AllowedCallers>();
    ForEachModulesGroups([&](const char* module, const std::vector<seam::MethodGroup>& groups) {
      seam::ReadModuleAllowOptions(configuration, module, groups, *allowed);
    });
    shop.allowed_callers = std::move(allowed);
  }
  // The modules have one address, so what one of them learns of its hosts is true for all.
  const auto last_host = std::make_shared<seam::sql::LastHost>(0);
  ForEachModule(shop.modules, [&](const char* name, seam::ModuleOptions& module) {
    module = seam::ReadBoundModuleOptions(configuration, name);
    seam::sql::DatabaseOptions& database = shop.databases[name];
    database = seam::ReadDatabaseOptions(configuration, name);
    if (database.postgresql) database.postgresql->last_host = last_host;
  });
  orders::ReadOrdersOptions(configuration, shop.orders);
  if (seam::UsesNats(configuration)) shop.nats = seam::ReadNatsOptions(configuration, "shop");
  shop.log = seam::ReadLogOptions(configuration, "shop");
  return shop;
}

}  // namespace shop::app
