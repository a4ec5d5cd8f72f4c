#include "app/composition_root.h"

#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "app/sample_products.h"
#include "http/health_routes.h"
#include "http/products_routes.h"
#include "products/module.h"
#include "seam/grpc/channel.h"

namespace shop::app {
namespace {

using products::v1::ProductsSeam;

seam::CallRules RulesFor(const ModuleConfiguration& module, seam::Log& log) {
  seam::CallRules rules;
  rules.timeout = module.deadline;
  rules.on_exception = [&log](const seam::MethodContract& method, std::string_view what) {
    log.Error("an exception escaped a handler", {{"method", method.path}, {"exception", what}});
  };
  return rules;
}

seam::Result<seam::Bound<ProductsSeam>> BindProducts(const ShopConfiguration& configuration,
                                                     seam::Log& log) {
  const ModuleConfiguration& module = configuration.products;
  return seam::Bind<ProductsSeam>(
      module.binding, RulesFor(module, log),
      [&] {
        const std::filesystem::path folder = configuration.data_directory;
        std::error_code ignored;  // What is wrong with the folder shows when the file is opened.
        std::filesystem::create_directories(folder, ignored);
        return products::OpenProducts({.database_path = (folder / "products.sqlite").string()});
      },
      [&] { return seam::OpenGrpcChannel(ProductsSeam::contract(), {.target = module.target}); });
}

std::vector<http::Route> AllRoutes(products::v1::ProductsClient& products) {
  std::vector<http::Route> routes = http::HealthRoutes(products);
  for (http::Route& route : http::ProductsRoutes(products)) routes.push_back(std::move(route));
  return routes;
}

// Samples are a courtesy: the shop opens without them. A service that is started together with the
// shop gets a moment to answer.
void AddSamples(const seam::Context& caller, products::v1::ProductsClient& products,
                seam::Log& log) {
  constexpr std::chrono::seconds kPatience{5};
  constexpr std::chrono::milliseconds kPause{100};
  const seam::Context context = caller.WithTimeout(kPatience);
  const auto cannot_be_reached = [](const seam::Error& error) {
    return error.code == seam::Code::kUnavailable || error.code == seam::Code::kDeadlineExceeded;
  };
  auto added = AddSampleProducts(context, products);
  while (!added && cannot_be_reached(added.error()) && context.remaining() > kPause) {
    std::this_thread::sleep_for(kPause);
    added = AddSampleProducts(context, products);
  }
  if (!added) {
    log.Warning("no sample products were added", {{"error", seam::ToString(added.error())}});
  } else if (*added > 0) {
    log.Info("sample products were added", {{"count", *added}});
  }
}

}  // namespace

seam::Result<std::unique_ptr<Shop>> Shop::Open(const seam::Context& context,
                                               const ShopConfiguration& configuration,
                                               seam::Log& log) {
  auto products = BindProducts(configuration, log);
  if (!products) return seam::Forward(std::move(products).error());
  if (configuration.samples) AddSamples(context, products->client(), log);

  std::unique_ptr<Shop> shop(new Shop(*std::move(products), configuration, log));
  auto server = http::Server::Listen(configuration.http, shop->face_);
  if (!server) return seam::Forward(std::move(server).error());
  shop->server_ = *std::move(server);
  return shop;
}

Shop::Shop(Products products, const ShopConfiguration& configuration, seam::Log& log)
    : products_(std::move(products)),
      face_(AllRoutes(products_.client()), configuration.admin_token, log) {}

}  // namespace shop::app
