// Users as a service of its own: the same module behind a servicer.

#include "process.h"
#include "seam/host/serve_main.h"
#include "shop/users/v1/users_servicer.h"
#include "users/module.h"

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv, shop::users::UsersProcess(), [](seam::Host& host) -> seam::Result<void> {
        const auto verifier = host.Verifier();
        if (!verifier) return seam::Forward(verifier.error());
        const auto database = host.Database("users");
        if (!database) return seam::Forward(database.error());
        auto module = shop::users::OpenUsers({.database = *database}, **verifier);
        if (!module) return seam::Forward(module.error());
        host.Serve<shop::users::v1::UsersServicer>(*std::move(module));
        return {};
      });
}
