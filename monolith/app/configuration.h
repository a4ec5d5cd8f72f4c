#ifndef APP_CONFIGURATION_H_
#define APP_CONFIGURATION_H_

#include <chrono>
#include <string>

#include "auth/module.h"
#include "http/server.h"
#include "seam/binding/bind.h"
#include "seam/config/config.h"
#include "seam/observe/log.h"

namespace shop::app {

// How a module is reached.
struct ModuleConfiguration {
  seam::BindingKind binding = seam::BindingKind::kInProcess;
  std::string target;  // Where it is, when bound to grpc.
  std::chrono::milliseconds deadline{};
};

struct ShopConfiguration {
  http::ServerOptions http;
  std::string port_file;  // Gets the port once the shop listens; none when empty.
  std::string data_directory;
  bool samples = false;
  auth::AuthConfiguration auth_module;  // Where auth is in this process, but for its database.
  std::string modules_listen;  // Where the modules of this process are served; nowhere when empty.
  ModuleConfiguration auth;
  ModuleConfiguration users;
  ModuleConfiguration products;
  ModuleConfiguration orders;
  seam::LogOptions log;
};

// Everything that can be configured, with its defaults and rules.
[[nodiscard]] seam::config::OptionTable ShopOptions();

// `configuration` was loaded with ShopOptions.
[[nodiscard]] ShopConfiguration ReadConfiguration(const seam::config::Configuration& configuration);

}  // namespace shop::app

#endif  // APP_CONFIGURATION_H_
