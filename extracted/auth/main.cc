// Auth as a service of its own: the same module behind two servicers.

#include <utility>

#include "auth/module.h"
#include "process.h"
#include "seam/host/serve_main.h"
#include "seam/identity/v1/token_keys_servicer.h"
#include "shop/auth/v1/auth_servicer.h"
#include "shop/users/v1/users_seam.h"

namespace {

seam::Result<void> SetUp(seam::Host& host) {
  const auto database = host.Database("auth");
  if (!database) return seam::Forward(database.error());
  const auto users = host.Connect<shop::users::v1::UsersSeam>("users");
  if (!users) return seam::Forward(users.error());
  auto configuration = shop::auth::ReadAuthConfiguration(host.configuration());
  configuration.options.database = *database;
  auto module = shop::auth::OpenAuth(configuration.options, **users);
  if (!module) return seam::Forward(std::move(module).error());
  auto made =
      shop::auth::MakeFirstAdmin(host.context(), **module, configuration.first_admin, host.log());
  if (!made) return seam::Forward(std::move(made).error());
  host.Serve<shop::auth::v1::AuthServicer>((*module)->NewAuthHandler());
  host.Serve<seam::identity::v1::TokenKeysServicer>((*module)->NewTokenKeysHandler());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  return seam::ServeMain(argc, argv, shop::auth::AuthProcess(), SetUp);
}
