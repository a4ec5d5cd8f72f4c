// Auth as a service of its own: the same module behind two servicers.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "auth/module.h"
#include "seam/config/config.h"
#include "seam/host/serve_main.h"
#include "seam/identity/v1/token_keys_servicer.h"
#include "shop/auth/v1/auth_servicer.h"
#include "shop/users/v1/users_seam.h"

namespace {

using seam::config::Configuration;
using seam::config::Integer;
using shop::auth::AuthOptions;
using shop::auth::FirstAdmin;

constexpr std::int64_t kYear = std::int64_t{366} * 24 * 3600;

seam::ServiceInfo AuthServiceInfo() {
  const AuthOptions usual;
  return {
      .name = "auth",
      .calls = {"users"},
      .options =
          {{.path = "auth.admin_email",
            .type = seam::config::Text{FirstAdmin().email},
            .description = "The email of the first admin, who is made when there is none."},
           {.path = "auth.admin_password_file",
            .type = seam::config::SecretFile{},
            .description = "The file with the first admin's password; without it one is made and "
                           "printed once on standard output."},
           {.path = "auth.access_token_seconds",
            .type = Integer{.value = usual.access_token_lifetime.count(),
                            .minimum = 1,
                            .maximum = std::int64_t{24} * 3600,
                            .unit = "seconds"},
            .description = "How long an access token is good."},
           {.path = "auth.refresh_token_seconds",
            .type = Integer{.value = usual.refresh_token_lifetime.count(),
                            .minimum = 1,
                            .maximum = kYear,
                            .unit = "seconds"},
            .description = "How long a refresh token is good; each use gives a new one."},
           {.path = "auth.hash_memory_bytes",
            .type = Integer{.value = static_cast<std::int64_t>(usual.hash_cost.memory_bytes),
                            .minimum = 8192,
                            .maximum = std::int64_t{1} << 30U,
                            .unit = "bytes"},
            .description = "The memory that hashing one password takes; less is for tests only."},
           {.path = "auth.hash_passes",
            .type = Integer{.value = static_cast<std::int64_t>(usual.hash_cost.passes),
                            .minimum = 1,
                            .maximum = 100},
            .description = "How often hashing one password goes over that memory; fewer is for "
                           "tests only."}},
      .rules = {{.path = "auth.admin_password_file",
                 .complaint = [](const Configuration& given) -> std::string {
                   const std::size_t size = given.GetSecret("auth.admin_password_file").size();
                   if (size == 0 || (size >= 10 && size <= 200)) return "";
                   return "the password in the file must have 10 to 200 bytes";
                 }}}};
}

AuthOptions ReadOptions(const seam::Host& host) {
  const Configuration& given = host.configuration();
  AuthOptions options;
  options.database_path = host.DataFile("auth.sqlite");
  options.access_token_lifetime =
      std::chrono::seconds(given.GetInteger("auth.access_token_seconds"));
  options.refresh_token_lifetime =
      std::chrono::seconds(given.GetInteger("auth.refresh_token_seconds"));
  options.hash_cost.memory_bytes =
      static_cast<std::size_t>(given.GetInteger("auth.hash_memory_bytes"));
  options.hash_cost.passes = static_cast<std::uint64_t>(given.GetInteger("auth.hash_passes"));
  return options;
}

seam::Result<void> SetUp(seam::Host& host) {
  const auto users = host.Connect<shop::users::v1::UsersSeam>("users");
  if (!users) return seam::Forward(users.error());
  auto module = shop::auth::OpenAuth(ReadOptions(host), **users);
  if (!module) return seam::Forward(std::move(module).error());
  const FirstAdmin admin{.email = host.configuration().GetText("auth.admin_email"),
                         .password = host.configuration().GetSecret("auth.admin_password_file")};
  auto made = shop::auth::MakeFirstAdmin(host.context(), **module, admin, host.log());
  if (!made) return seam::Forward(std::move(made).error());
  host.Serve<shop::auth::v1::AuthServicer>((*module)->NewAuthHandler());
  host.Serve<seam::identity::v1::TokenKeysServicer>((*module)->NewTokenKeysHandler());
  return {};
}

}  // namespace

int main(int argc, char** argv) { return seam::ServeMain(argc, argv, AuthServiceInfo(), SetUp); }
