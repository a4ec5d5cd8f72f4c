#include "auth/module.h"

#include <memory>
#include <utility>

#include "auth/parts.h"
#include "auth/registration.h"
#include "auth/service.h"
#include "auth/token_keys_service.h"
#include "seam/identity/v1/token_keys_contract.h"
#include "shop/auth/v1/auth_contract.h"

namespace shop::auth {
namespace {

class OpenedModule final : public AuthModule {
 public:
  explicit OpenedModule(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

  std::unique_ptr<v1::AuthHandler> NewAuthHandler() override {
    return std::make_unique<AuthService>(parts_);
  }

  std::unique_ptr<seam::identity::v1::TokenKeysHandler> NewTokenKeysHandler() override {
    return std::make_unique<TokenKeysService>(parts_);
  }

  seam::Result<std::optional<std::string>> EnsureFirstAdmin(const seam::Context& context,
                                                            const FirstAdmin& admin) override {
    return Answer([&] { return EnsureAdmin(*parts_, context, admin); });
  }

 private:
  const std::shared_ptr<Parts> parts_;
};

}  // namespace

seam::Result<std::unique_ptr<AuthModule>> OpenAuth(const AuthOptions& options,
                                                   users::v1::UsersClient& users) {
  auto parts = OpenParts(options, users);
  if (!parts) return seam::Forward(std::move(parts).error());
  return std::make_unique<OpenedModule>(*std::move(parts));
}

std::vector<seam::MethodGroup> AuthMethodGroups() {
  return {
      {"sessions",
       &v1::kAuthService,
       {"Register", "Login", "Refresh", "Logout", "RotateKeys"},
       seam::kEveryService},
      {"keys", &seam::identity::v1::kTokenKeysService, {"GetTokenKeys"}, seam::kEveryService},
  };
}

}  // namespace shop::auth
