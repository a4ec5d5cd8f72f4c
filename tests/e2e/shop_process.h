#ifndef TESTS_E2E_SHOP_PROCESS_H_
#define TESTS_E2E_SHOP_PROCESS_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace shop::e2e {

// Module → "in-process", "in-process-codec" or "grpc". One that is not named is in-process.
using Bindings = std::map<std::string, std::string>;

// Every module bound in one way.
[[nodiscard]] Bindings AllBound(const std::string& binding);

// How the programs reach each other.
enum class Connections { kPlain, kMutualTls };

// The folder with what scripts/make-certs makes, once a program: NAME.pem and NAME.key for the shop
// and each service, and ca.pem.
[[nodiscard]] const std::string& DevelopmentCertificates();

// The shop as a customer meets it: real programs, reached over HTTP from outside, with data of
// their own. Each module that is bound to "grpc" runs beside it in a process of its own.
class ShopProcess {
 public:
  // Waits until the shop listens. `flags` are added to the shop's own. `commands` names programs,
  // each with its first arguments, that stand in for the services of these modules. `database` is
  // added to the arguments of all programs: where the modules' databases are, if not in SQLite
  // files.
  explicit ShopProcess(const Bindings& bindings = {}, const std::vector<std::string>& flags = {},
                       std::map<std::string, std::vector<std::string>> commands = {},
                       Connections connections = Connections::kPlain,
                       std::vector<std::string> database = {});

  // False, with what the programs said, when the shop is not ready within a minute.
  [[nodiscard]] bool WaitUntilReady() const;

  // Starts a module's service, again on the same data and the same address.
  void Start(const std::string& module);

  // Starts the shop again on the same data, once it has ended, and waits until it listens; at a
  // port that may be another one.
  void StartShop();

  // A token of the first admin's, who is logged in when this is first called. Thread-safe.
  [[nodiscard]] std::string admin_token();
  [[nodiscard]] const std::string& admin_password() const noexcept { return admin_password_; }

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] const seam::testing::TemporaryFolder& folder() const noexcept { return folder_; }
  [[nodiscard]] seam::testing::Process& shop() noexcept { return *shop_; }
  [[nodiscard]] seam::testing::Process& service(const std::string& module) {
    return *services_.at(module);
  }

  // Where the module is reached over gRPC: in its own process, or in the shop's.
  [[nodiscard]] std::string TargetOf(const std::string& module) const;

  // What all programs have said.
  [[nodiscard]] std::string output() const;

 private:
  // The program that a module is in: its own, or the shop.
  [[nodiscard]] std::string ProgramOf(const std::string& module) const;
  void AddTarget(const std::string& module, std::vector<std::string>& arguments) const;
  void AddTls(const std::string& program, std::vector<std::string>& arguments) const;

  const seam::testing::TemporaryFolder folder_;
  const Bindings bindings_;
  const std::vector<std::string> flags_;
  const std::map<std::string, std::vector<std::string>> commands_;
  const Connections connections_;
  const std::vector<std::string> database_;
  const std::string admin_password_;
  const std::string password_file_;
  std::mutex admin_mutex_;
  std::string admin_token_;
  int port_ = 0;
  std::map<std::string, std::unique_ptr<seam::testing::Process>> services_;
  std::unique_ptr<seam::testing::Process> shop_;
};

}  // namespace shop::e2e

#endif  // TESTS_E2E_SHOP_PROCESS_H_
