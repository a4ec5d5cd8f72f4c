#include "shop_process.h"

#include <httplib.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace shop::e2e {
namespace {

const std::string kDomain = "spiffe://shop.example/";
constexpr char kAdminEmail[] = "admin@shop.example";
constexpr const char* kModules[] = {"users", "auth", "inventory", "products", "orders"};

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kOften{10};  // How often something is looked at.

const char* ExecutableOf(const std::string& module) {
  if (module == "auth") return AUTH_PROGRAM;
  if (module == "users") return USERS_PROGRAM;
  if (module == "products") return PRODUCTS_PROGRAM;
  if (module == "inventory") return INVENTORY_PROGRAM;
  if (module == "orders") return ORDERS_PROGRAM;
  std::fprintf(stderr, "there is no program for the module %s\n", module.c_str());
  std::abort();
}

Bindings Complete(Bindings bindings) {
  for (const char* const module : kModules) bindings.try_emplace(module, "in-process");
  return bindings;
}

}  // namespace

Bindings AllBound(const std::string& binding) {
  Bindings bindings;
  for (const char* const module : kModules) bindings[module] = binding;
  return bindings;
}

const std::string& DevelopmentCertificates() {
  static const seam::testing::TemporaryFolder folder;
  static const std::string path = [] {
    seam::testing::Process certificates({MAKE_CERTS_SCRIPT, "--directory", folder.path()});
    if (certificates.Wait() != 0) {
      std::fprintf(stderr, "there are no certificates: %s\n", certificates.output().c_str());
      std::abort();
    }
    return folder.path();
  }();
  return path;
}

ShopProcess::ShopProcess(const Bindings& bindings, const std::vector<std::string>& flags,
                         std::map<std::string, std::vector<std::string>> commands,
                         Connections connections, std::vector<std::string> database)
    : bindings_(Complete(bindings)),
      flags_(flags),
      commands_(std::move(commands)),
      connections_(connections),
      database_(std::move(database)),
      admin_password_("an-admin-password-for-tests-0123456789"),
      password_file_(folder_ / "admin-password") {
  std::ofstream(password_file_) << admin_password_ << "\n";
  chmod(password_file_.c_str(), 0600);
  if (connections_ == Connections::kMutualTls) {
    std::filesystem::copy(DevelopmentCertificates(), folder_ / "certs");
  }
  for (const auto& [module, binding] : bindings_) {
    if (binding == "grpc") Start(module);
  }
  StartShop();
}

void ShopProcess::StartShop() {
  const std::string port_file = folder_ / "port";
  std::filesystem::remove(port_file);
  std::vector<std::string> arguments = {SHOP_PROGRAM,
                                        "--http.port",
                                        "0",
                                        "--http.port_file",
                                        port_file,
                                        "--data.directory",
                                        folder_ / "shop",
                                        "--auth.admin_password_file",
                                        password_file_,
                                        "--modules.listen",
                                        "unix:" + (folder_ / "shop.sock")};
  for (const auto& [module, binding] : bindings_) {
    arguments.insert(arguments.end(), {"--modules." + module + ".binding", binding});
    if (binding != "grpc") continue;
    AddTarget(module, arguments);
  }
  AddTls("shop", arguments);
  arguments.insert(arguments.end(), database_.begin(), database_.end());
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  shop_ = std::make_unique<seam::testing::Process>(std::move(arguments));
  // By the file and not by the log, which may be told to be quiet.
  port_ = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (port_ == 0 && !shop_->Wait(kOften) && std::chrono::steady_clock::now() < deadline) {
    std::ifstream(port_file) >> port_;
  }
}

bool ShopProcess::WaitUntilReady() const {
  httplib::Client client("127.0.0.1", port_);
  client.set_tcp_nodelay(true);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto answer = client.Get("/health/ready");
    if (answer && answer->status == 200) return true;
    std::this_thread::sleep_for(kOften);
  }
  std::fprintf(stderr, "the programs said:\n%s\n", output().c_str());
  return false;
}

void ShopProcess::Start(const std::string& module) {
  const auto command = commands_.find(module);
  std::vector<std::string> arguments =
      command != commands_.end() ? command->second : std::vector<std::string>{ExecutableOf(module)};
  arguments.insert(arguments.end(),
                   {"--listen", TargetOf(module), "--data.directory", folder_ / module});
  arguments.insert(arguments.end(), database_.begin(), database_.end());
  if (module == "auth") {
    AddTarget("users", arguments);
    arguments.insert(arguments.end(), {"--auth.admin_password_file", password_file_});
  } else {
    AddTarget("auth", arguments);
  }
  if (module == "orders" || module == "inventory") AddTarget("products", arguments);
  if (module == "orders" || module == "products") AddTarget("inventory", arguments);
  AddTls(module, arguments);
  services_[module] = std::make_unique<seam::testing::Process>(std::move(arguments));
}

std::string ShopProcess::admin_token() {
  const std::lock_guard lock(admin_mutex_);
  if (admin_token_.empty()) {
    httplib::Client client("127.0.0.1", port_);
    client.set_tcp_nodelay(true);
    const nlohmann::json credentials = {{"email", kAdminEmail}, {"password", admin_password_}};
    const auto answer = client.Post("/auth/login", credentials.dump(), "application/json");
    if (answer && answer->status == 200) {
      admin_token_ = nlohmann::json::parse(answer->body).value("access_token", "");
    } else {
      std::fprintf(stderr, "the admin cannot log in; the programs said:\n%s\n", output().c_str());
    }
  }
  return admin_token_;
}

std::string ShopProcess::output() const {
  std::string text = shop_->output();
  for (const auto& [module, process] : services_) {
    text += "---- " + module + "\n" + process->output();
  }
  return text;
}

// A module that has not moved out is reached in the shop's own process.
std::string ShopProcess::ProgramOf(const std::string& module) const {
  return bindings_.at(module) == "grpc" ? module : "shop";
}

std::string ShopProcess::TargetOf(const std::string& module) const {
  return "unix:" + (folder_ / (ProgramOf(module) + ".sock"));
}

void ShopProcess::AddTarget(const std::string& module, std::vector<std::string>& arguments) const {
  arguments.insert(arguments.end(), {"--modules." + module + ".target", TargetOf(module)});
  if (connections_ == Connections::kPlain) return;
  arguments.insert(arguments.end(),
                   {"--modules." + module + ".identity", kDomain + ProgramOf(module)});
}

void ShopProcess::AddTls(const std::string& program, std::vector<std::string>& arguments) const {
  if (connections_ == Connections::kPlain) return;
  const std::string certs = folder_ / "certs/";
  arguments.insert(arguments.end(),
                   {"--tls.certificate_file", certs + program + ".pem", "--tls.key_file",
                    certs + program + ".key", "--tls.ca_file", certs + "ca.pem"});
  const auto allow = [&](const std::string& module, const std::string& group,
                         const std::string& callers) {
    if (ProgramOf(module) != program) return;
    const std::string prefix = program == "shop" ? "--modules." + module + ".allow." : "--allow.";
    arguments.insert(arguments.end(), {prefix + group, callers});
  };
  allow("products", "stock", kDomain + ProgramOf("orders"));
  allow("inventory", "events",
        kDomain + ProgramOf("products") + "," + kDomain + ProgramOf("orders"));
  allow("users", "accounts", kDomain + ProgramOf("auth"));
}

}  // namespace shop::e2e
