#include "app/configuration.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "http/admin_token.h"
#include "seam/grpc/channel.h"
#include "seam/host/log_options.h"

namespace shop::app {
namespace {

using seam::config::Boolean;
using seam::config::Configuration;
using seam::config::Integer;
using seam::config::Option;
using seam::config::SecretFile;
using seam::config::Text;
using seam::config::Word;

std::string GrpcNeedsTarget(const Configuration& configuration) {
  const bool remote = configuration.GetText("modules.products.binding") == "grpc";
  if (!remote || !configuration.GetText("modules.products.target").empty()) return "";
  return "the binding grpc needs modules.products.target, such as dns:///127.0.0.1:50051";
}

std::string TargetIsWellFormed(const Configuration& configuration) {
  const std::string& target = configuration.GetText("modules.products.target");
  if (target.empty()) return "";
  const auto checked = seam::CheckGrpcChannelOptions({.target = target});
  return checked ? "" : checked.error().message;
}

std::string TokenIsStrong(const Configuration& configuration) {
  const std::string& token = configuration.GetSecret("admin.token_file");
  if (token.empty() || http::IsStrongToken(token)) return "";
  return "the token must have 16 or more letters, digits or -._~+/ and nothing else";
}

std::string DirectoryIsNamed(const Configuration& configuration) {
  return configuration.GetText("data.directory").empty() ? "a directory must be named" : "";
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
       .description = "How many connections are served at a time."},
      {.path = "http.max_body_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(http.max_body_bytes),
                       .minimum = 1024,
                       .maximum = std::int64_t{16} * 1024 * 1024,
                       .unit = "bytes"},
       .description = "The largest request body."},
      {.path = "admin.token_file",
       .type = SecretFile{},
       .description = "The token of the admin routes; without it they admit nobody."},
      {.path = "data.directory",
       .type = Text{"."},
       .description =
           "The folder with the databases of the modules in this process; made when missing."},
      {.path = "data.samples",
       .type = Boolean{false},
       .description = "Whether to fill an empty catalogue with sample products."},
      {.path = "modules.products.binding",
       .type = Word{"in-process", {"in-process", "in-process-codec", "grpc"}},
       .description = "How the products module is reached."},
      {.path = "modules.products.target",
       .type = Text{},
       .description = "Where products is, when bound to grpc: dns:///HOST:PORT or unix:/PATH."},
      {.path = "modules.products.deadline_ms",
       .type = Integer{.value = 1000, .minimum = 1, .maximum = 60'000, .unit = "milliseconds"},
       .description = "How long a call to products may take."},
  };
  for (Option& option : seam::LogConfigurationOptions()) options.push_back(std::move(option));
  return seam::config::OptionTable(
      {.name = "shop",
       .version = SHOP_VERSION,
       .summary = "The shop: one process that serves HTTP and reaches its modules as configured.",
       .environment_prefix = "SHOP"},
      std::move(options),
      {{.path = "modules.products.binding", .complaint = GrpcNeedsTarget},
       {.path = "modules.products.target", .complaint = TargetIsWellFormed},
       {.path = "admin.token_file", .complaint = TokenIsStrong},
       {.path = "data.directory", .complaint = DirectoryIsNamed}});
}

ShopConfiguration ReadConfiguration(const Configuration& configuration) {
  ShopConfiguration shop;
  shop.http.address = configuration.GetText("http.address");
  shop.http.port = static_cast<int>(configuration.GetInteger("http.port"));
  shop.port_file = configuration.GetText("http.port_file");
  shop.http.threads = static_cast<std::size_t>(configuration.GetInteger("http.threads"));
  shop.http.max_body_bytes =
      static_cast<std::size_t>(configuration.GetInteger("http.max_body_bytes"));
  shop.admin_token = configuration.GetSecret("admin.token_file");
  shop.data_directory = configuration.GetText("data.directory");
  shop.samples = configuration.GetBoolean("data.samples");
  // The option table admits only what this parser knows.
  shop.products.binding =
      seam::ParseBindingKind(configuration.GetText("modules.products.binding")).value();
  shop.products.target = configuration.GetText("modules.products.target");
  shop.products.deadline =
      std::chrono::milliseconds(configuration.GetInteger("modules.products.deadline_ms"));
  shop.log = seam::ReadLogOptions(configuration, "shop");
  return shop;
}

}  // namespace shop::app
