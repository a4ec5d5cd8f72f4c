#include "app/composition_root.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "app/sample_products.h"
#include "http/shop_routes.h"
#include "orders/module.h"
#include "products/module.h"
#include "seam/core/patience.h"
#include "seam/events/direct.h"
#include "seam/events/nats/nats_destination.h"
#include "seam/grpc/channel.h"
#include "seam/host/database_options.h"
#include "seam/host/event_bus.h"
#include "users/module.h"

namespace shop::app {
namespace {

// What calls of services that moved out get when the shop stops.
constexpr std::chrono::milliseconds kDrain{10'000};

// How long a service that is started together with the shop gets to answer.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

seam::Result<std::unique_ptr<Shop>> Shop::Open(const seam::Context& context,
                                               const ShopConfiguration& configuration,
                                               seam::Log& log) {
  std::unique_ptr<Shop> shop(new Shop(configuration, log));
  if (auto done = shop->KnowItself(); !done) return seam::Forward(std::move(done).error());
  if (auto done = shop->BindModules(context); !done) return seam::Forward(std::move(done).error());
  // Before anything that calls a service, since that may in turn call a module in this process.
  if (auto done = shop->ServeModules(); !done) return seam::Forward(std::move(done).error());
  if (auto done = shop->EnsureFirstAdmin(context); !done) {
    return seam::Forward(std::move(done).error());
  }
  if (configuration.samples) shop->AddSamples(context);
  if (auto done = shop->ServeHttp(); !done) return seam::Forward(std::move(done).error());
  return shop;
}

Shop::Shop(const ShopConfiguration& configuration, seam::Log& log)
    : configuration_(configuration),
      log_(log),
      broker_(configuration.nats
                  ? std::make_shared<seam::events::NatsConnection>(*configuration.nats, log)
                  : nullptr),
      verifier_(
          [this](const seam::Context& context) {
            return seam::KeysFrom(token_keys_->client())(context);
          },
          {}) {}

seam::Result<seam::sql::DatabaseOptions> Shop::Database(const seam::Context& context,
                                                        const std::string& module) const {
  seam::sql::DatabaseOptions options = seam::WithFolder(configuration_.databases.at(module));
  options.opening = context;
  options.report = seam::ReportTo(log_, module);
  if (auto there = seam::AwaitDatabase(context, options, configuration_.database_wait,
                                       "shop --print-database-setup", log_);
      !there) {
    return seam::Forward(std::move(there).error());
  }
  return options;
}

seam::Result<auth::AuthModule*> Shop::LocalAuth(const seam::Context& context) {
  if (local_auth_ == nullptr) {
    auto database = Database(context, "auth");
    if (!database) return seam::Forward(std::move(database).error());
    auth::AuthOptions options = configuration_.auth_module.options;
    options.database = *std::move(database);
    auto opened = auth::OpenAuth(options, users_->client());
    if (!opened) return seam::Forward(std::move(opened).error());
    local_auth_ = *std::move(opened);
  }
  return local_auth_.get();
}

seam::Result<inventory::InventoryModule*> Shop::LocalInventory(const seam::Context& context) {
  if (local_inventory_ == nullptr) {
    auto database = Database(context, "inventory");
    if (!database) return seam::Forward(std::move(database).error());
    inventory::InventoryOptions options{.database = *std::move(database)};
    options.open_sources = seam::EventSources(broker_, {"products", "orders"}, log_);
    auto opened = inventory::OpenInventory(options, verifier_, log_);
    if (!opened) return seam::Forward(std::move(opened).error());
    local_inventory_ = *std::move(opened);
  }
  return local_inventory_.get();
}

std::vector<std::shared_ptr<seam::events::Destination>> Shop::Destinations() {
  if (broker_ != nullptr) return {std::make_shared<seam::events::NatsDestination>(broker_)};
  return {std::make_shared<seam::events::DirectDestination>("inventory", inbox_->client())};
}

template <class Seam, class OpenHandler>
seam::Result<void> Shop::BindTo(std::optional<seam::Bound<Seam>>& bound, const std::string& name,
                                const seam::ModuleOptions& module, OpenHandler open_handler) {
  seam::CallRules rules = seam::CallRulesOf(module, log_);
  rules.own_identity = identity_;
  if (!configuration_.call_record.empty()) rules.on_call = calls_.Of(name, Seam::contract());
  rules.allowed_callers = configuration_.allowed_callers;
  auto made = seam::Bind<Seam>(module.binding, rules, std::move(open_handler), [&] {
    return seam::OpenGrpcChannel(Seam::contract(), {.target = module.target,
                                                    .tls = configuration_.tls,
                                                    .service_identity = module.identity,
                                                    .max_message_bytes = module.max_message_bytes,
                                                    .send_call_chain = module.send_call_chain,
                                                    .on_peer_contract = peers_.Of(name),
                                                    .log = &log_});
  });
  if (!made) return seam::Forward(std::move(made).error());
  bound.emplace(*std::move(made));
  if (auto* const handler = bound->handler()) {
    servicers_.push_back(std::make_unique<typename Seam::Servicer>(*handler));
  }
  return {};
}

seam::Result<void> Shop::KnowItself() {
  if (!configuration_.tls) return {};
  auto identity = seam::ReadTlsIdentity(*configuration_.tls);
  if (!identity) return seam::Forward(std::move(identity).error());
  identity_ = std::make_shared<const std::string>(*std::move(identity));
  return {};
}

seam::Result<void> Shop::BindModules(const seam::Context& context) {
  using AuthHandler = std::unique_ptr<auth::v1::AuthHandler>;
  using TokenKeysHandler = std::unique_ptr<seam::identity::v1::TokenKeysHandler>;
  using UsersHandler = std::unique_ptr<users::v1::UsersHandler>;
  using ProductsHandler = std::unique_ptr<products::v1::ProductsHandler>;
  using OrdersHandler = std::unique_ptr<orders::v1::OrdersHandler>;
  using InboxHandler = std::unique_ptr<seam::events::v1::InboxHandler>;
  using InventoryHandler = std::unique_ptr<inventory::v1::InventoryHandler>;

  auto done =
      BindTo(users_, "users", configuration_.modules.users, [&]() -> seam::Result<UsersHandler> {
        auto database = Database(context, "users");
        if (!database) return seam::Forward(std::move(database).error());
        return users::OpenUsers({.database = *std::move(database)}, verifier_);
      });
  if (!done) return done;
  done = BindTo(auth_, "auth", configuration_.modules.auth, [&]() -> seam::Result<AuthHandler> {
    const auto module = LocalAuth(context);
    if (!module) return seam::Forward(module.error());
    return (*module)->NewAuthHandler();
  });
  if (!done) return done;
  done = BindTo(token_keys_, "auth", configuration_.modules.auth,
                [&]() -> seam::Result<TokenKeysHandler> {
                  const auto module = LocalAuth(context);
                  if (!module) return seam::Forward(module.error());
                  return (*module)->NewTokenKeysHandler();
                });
  if (!done) return done;
  // Before those who publish to it, and apart from the rest of its module, which calls products.
  done = BindTo(inbox_, "inventory", configuration_.modules.inventory,
                [&]() -> seam::Result<InboxHandler> {
                  const auto module = LocalInventory(context);
                  if (!module) return seam::Forward(module.error());
                  return (*module)->NewInboxHandler();
                });
  if (!done) return done;
  done =
      BindTo(products_, "products", configuration_.modules.products,
             [&]() -> seam::Result<ProductsHandler> {
               auto database = Database(context, "products");
               if (!database) return seam::Forward(std::move(database).error());
               return products::OpenProducts(
                   {.database = *std::move(database), .destinations = Destinations(), .log = &log_},
                   verifier_);
             });
  if (!done) return done;
  done = BindTo(orders_, "orders", configuration_.modules.orders,
                [&]() -> seam::Result<OrdersHandler> {
                  auto database = Database(context, "orders");
                  if (!database) return seam::Forward(std::move(database).error());
                  orders::OrdersOptions options = configuration_.orders;
                  options.database = *std::move(database);
                  options.destinations = Destinations();
                  return orders::OpenOrders(options, products_->client(), verifier_, log_);
                });
  if (!done) return done;
  return BindTo(inventory_, "inventory", configuration_.modules.inventory,
                [&]() -> seam::Result<InventoryHandler> {
                  const auto module = LocalInventory(context);
                  if (!module) return seam::Forward(module.error());
                  return (*module)->NewInventoryHandler(products_->client());
                });
}

seam::Result<void> Shop::ServeModules() {
  // Without servicers, all have moved out.
  if (configuration_.modules_listen.empty() || servicers_.empty()) return {};
  seam::GrpcServerOptions options;
  options.addresses = {configuration_.modules_listen};
  options.peer_contracts = &peers_;
  options.tls = configuration_.tls;
  options.max_connection_age = configuration_.max_connection_age;
  options.plaintext_beyond_this_host = configuration_.listen_beyond_this_host;
  options.allowed_callers = configuration_.allowed_callers;
  ForEachModule(configuration_.modules, [&](const char*, const seam::ModuleOptions& module) {
    options.max_message_bytes = std::max(options.max_message_bytes, module.max_message_bytes);
  });
  std::vector<seam::Servicer*> servicers;
  for (const auto& servicer : servicers_) servicers.push_back(servicer.get());
  auto server = seam::GrpcServer::Start(servicers, options, log_);
  if (!server) return seam::Forward(std::move(server).error());
  module_server_ = *std::move(server);
  return {};
}

seam::Result<void> Shop::EnsureFirstAdmin(const seam::Context& context) {
  if (local_auth_ == nullptr) return {};  // Its service does.
  auto made = auth::MakeFirstAdmin(context.WithTimeout(kPatience), *local_auth_,
                                   configuration_.auth_module.first_admin, log_);
  if (!made) return seam::Forward(std::move(made).error());
  new_admin_password_ = *std::move(made);
  return {};
}

// Samples are a courtesy: the shop opens without them.
void Shop::AddSamples(const seam::Context& context) {
  const auth::FirstAdmin& admin = configuration_.auth_module.first_admin;
  const std::string& password = new_admin_password_ ? *new_admin_password_ : admin.password;
  const auto added =
      seam::Patiently(context.WithTimeout(kPatience), [&](const seam::Context& attempt) {
        return AddSampleProducts(attempt, {admin.email, password}, auth_->client(),
                                 products_->client());
      });
  if (!added) {
    log_.Warning("no sample products were added", {{"error", seam::ToString(added.error())}});
  } else if (*added > 0) {
    log_.Info("sample products were added", {{"count", *added}});
  }
}

seam::Result<void> Shop::ServeHttp() {
  calls_.Clear();  // What the start has called is no part of any request.
  face_.emplace(http::ShopRoutes({.auth = auth_->client(),
                                  .users = users_->client(),
                                  .products = products_->client(),
                                  .inventory = inventory_->client(),
                                  .orders = orders_->client(),
                                  .verifier = verifier_,
                                  .keys = seam::KeysFrom(token_keys_->client()),
                                  .peers = peers_}),
                verifier_, log_);
  auto server = http::Server::Listen(configuration_.http, *face_);
  if (!server) return seam::Forward(std::move(server).error());
  http_server_ = *std::move(server);
  return {};
}

std::string Shop::CallRecord() const {
  return calls_.ToText() +
         "# HELP http_requests_total Requests that the shop has answered, those of its health as "
         "well.\n"
         "# TYPE http_requests_total counter\n"
         "http_requests_total " +
         std::to_string(face_->answered()) + "\n";
}

void Shop::Stop() {
  http_server_->Stop();
  if (module_server_ != nullptr) module_server_->Shutdown(kDrain);
}

}  // namespace shop::app
