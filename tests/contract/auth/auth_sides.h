#ifndef TESTS_CONTRACT_AUTH_AUTH_SIDES_H_
#define TESTS_CONTRACT_AUTH_AUTH_SIDES_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth_command.h"
#include "auth/module.h"
#include "postgresql/module_databases.h"
#include "seam/binding/codec_channel.h"
#include "seam/grpc/channel.h"
#include "seam/identity/token_verifier.h"
#include "seam/identity/v1/token_keys_seam.h"
#include "seam/testing/sides.h"
#include "shop/auth/v1/auth_seam.h"
#include "shop/users/v1/users_seam.h"
#include "users/module.h"

namespace shop::auth {

// A client of `Seam` on a side of this process, and what it needs.
template <class Seam>
class LocalSide {
 public:
  LocalSide(std::unique_ptr<typename Seam::Handler> handler, seam::testing::Side side)
      : handler_(std::move(handler)) {
    using seam::testing::Side;
    if (side == Side::kInProcess) {
      client_ = std::make_unique<typename Seam::InProcessClient>(*handler_, seam::CallRules{});
      return;
    }
    servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
    if (side == Side::kInProcessCodec) {
      codec_ = std::make_unique<seam::CodecChannel>(*servicer_);
      client_ = std::make_unique<typename Seam::RemoteClient>(*codec_, seam::CallRules{});
    } else {
      loopback_ = std::make_unique<seam::testing::Loopback>(*servicer_, side, folder_);
      client_ =
          std::make_unique<typename Seam::RemoteClient>(loopback_->channel(), seam::CallRules{});
    }
  }

  [[nodiscard]] typename Seam::Client& client() noexcept { return *client_; }
  // Of a side over a unix socket.
  [[nodiscard]] std::string target() const { return "unix:" + (folder_ / "seam.sock"); }

 private:
  // In the order of construction: each uses the ones above it.
  const seam::testing::TemporaryFolder folder_;
  const std::unique_ptr<typename Seam::Handler> handler_;
  std::unique_ptr<seam::Servicer> servicer_;
  std::unique_ptr<seam::CodecChannel> codec_;
  std::unique_ptr<seam::testing::Loopback> loopback_;
  std::unique_ptr<typename Seam::Client> client_;
};

// Both services of the module on one side, over a database of their own, with a real users module
// behind them: in the test's process, reached by the service through a socket.
class AuthOnEverySide : public ::testing::TestWithParam<seam::testing::Side> {
 protected:
  static constexpr const char* kAdminEmail = "admin@shop.example";
  static constexpr const char* kAdminPassword = "the admin's password";
  static constexpr int kRegistrationsPerAddress = 3;

  using UsersSeam = users::v1::UsersSeam;
  using TokenKeysSeam = seam::identity::v1::TokenKeysSeam;

  void SetUp() override {
    using seam::testing::Side;
    auto users =
        users::OpenUsers({.database = databases_.Of("users"), .durable = false}, users_verifier_);
    ASSERT_TRUE(users) << ToString(users.error());
    const bool service = GetParam() == Side::kProcess;
    users_ = std::make_unique<LocalSide<UsersSeam>>(*std::move(users),
                                                    service ? Side::kGrpcUnix : GetParam());
    if (service) {
      StartService();
    } else {
      OpenModule();
    }
    verifier_ = std::make_unique<seam::TokenVerifier>(seam::KeysFrom(keys()), VerifierOptions());
  }

  [[nodiscard]] v1::AuthClient& client() noexcept { return local_ ? local_->client() : *remote_; }
  [[nodiscard]] seam::identity::v1::TokenKeysClient& keys() noexcept {
    return local_keys_ ? local_keys_->client() : *remote_keys_;
  }
  [[nodiscard]] users::v1::UsersClient& users() noexcept { return users_->client(); }

  // Verifies as every module does, with keys that it has asked this side for.
  [[nodiscard]] const seam::TokenVerifier& verifier() const noexcept { return *verifier_; }
  // So much later, what the verifier knows is too old.
  void LetKeysAge() { age_ += std::chrono::seconds(2); }

  // What the service has printed; empty on other sides.
  [[nodiscard]] std::string output() {
    return process_ == nullptr ? std::string() : process_->process().output();
  }

 private:
  seam::TokenVerifierOptions VerifierOptions() {
    seam::TokenVerifierOptions options;
    options.age_clock = [this] { return age_; };
    options.source_timeout = std::chrono::seconds(30);
    return options;
  }

  void OpenModule() {
    auto module = OpenAuth({.database = databases_.Of("auth"),
                            .durable = false,
                            .hash_cost = {.memory_bytes = 8192, .passes = 1},
                            .registrations_per_address = kRegistrationsPerAddress},
                           users());
    ASSERT_TRUE(module) << ToString(module.error());
    FirstAdmin admin;
    admin.password = kAdminPassword;
    const auto made = (*module)->EnsureFirstAdmin(seam::Context(), admin);
    ASSERT_TRUE(made) << ToString(made.error());
    local_ = std::make_unique<LocalSide<v1::AuthSeam>>((*module)->NewAuthHandler(), GetParam());
    local_keys_ =
        std::make_unique<LocalSide<TokenKeysSeam>>((*module)->NewTokenKeysHandler(), GetParam());
  }

  void StartService() {
    std::vector<std::string> command =
        AuthCommand(folder_.path(), users_->target(), kAdminPassword, kRegistrationsPerAddress);
    for (std::string& argument : databases_.Arguments({"auth"})) {
      command.push_back(std::move(argument));
    }
    process_ = std::make_unique<seam::testing::ServiceProcess>(v1::AuthSeam::contract(), command);
    remote_ = std::make_unique<v1::AuthSeam::RemoteClient>(process_->channel(), seam::CallRules{});
    auto channel = seam::OpenGrpcChannel(TokenKeysSeam::contract(), {.target = ServiceTarget()});
    ASSERT_TRUE(channel) << ToString(channel.error());
    keys_channel_ = *std::move(channel);
    remote_keys_ = std::make_unique<TokenKeysSeam::RemoteClient>(*keys_channel_, seam::CallRules{});
  }

  // Where the service says that it listens.
  std::string ServiceTarget() {
    const std::string key = "\"address\":\"";
    const std::string line = process_->process().WaitForLine("\"listening\"").value();
    const std::size_t begin = line.find(key) + key.size();
    return line.substr(begin, line.find('"', begin) - begin);
  }

  // In the order of construction: each uses the ones above it.
  const seam::testing::TemporaryFolder folder_;
  const seam::testing::ModuleDatabases databases_;
  std::chrono::steady_clock::time_point age_ = std::chrono::steady_clock::now();
  // Of what auth asks users, nothing needs a principal.
  const seam::TokenVerifier users_verifier_{seam::FixedKeys({"nobody", "nobody"}, {}), {}};
  std::unique_ptr<LocalSide<UsersSeam>> users_;
  std::unique_ptr<LocalSide<v1::AuthSeam>> local_;
  std::unique_ptr<LocalSide<TokenKeysSeam>> local_keys_;
  std::unique_ptr<seam::testing::ServiceProcess> process_;
  std::unique_ptr<seam::Channel> keys_channel_;
  std::unique_ptr<v1::AuthClient> remote_;
  std::unique_ptr<seam::identity::v1::TokenKeysClient> remote_keys_;
  std::unique_ptr<seam::TokenVerifier> verifier_;
};

}  // namespace shop::auth

#endif  // TESTS_CONTRACT_AUTH_AUTH_SIDES_H_
