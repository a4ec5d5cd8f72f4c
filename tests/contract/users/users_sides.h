#ifndef TESTS_CONTRACT_USERS_USERS_SIDES_H_
#define TESTS_CONTRACT_USERS_USERS_SIDES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/sides.h"
#include "seam/testing/test_tokens.h"
#include "shop/users/v1/users_seam.h"
#include "users/module.h"

namespace shop::users {

// Who calls. The first base of the fixture, so that it outlives the handler.
class UsersCallers {
 protected:
  [[nodiscard]] const seam::testing::TestTokens& tokens() const noexcept { return tokens_; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const noexcept { return verifier_; }
  [[nodiscard]] const seam::Context& admin() const noexcept { return admin_; }

 private:
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const seam::Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
};

class UsersOnEverySide : protected UsersCallers, public seam::testing::OnEverySide<v1::UsersSeam> {
 protected:
  seam::Result<std::unique_ptr<v1::UsersHandler>> OpenHandler() override {
    return OpenUsers({.database_path = folder() / "users.sqlite"}, verifier());
  }
  std::vector<std::string> ServiceCommand() override {
    std::vector<std::string> command = {USERS_PROGRAM, "--data.directory", folder().path()};
    for (std::string& argument : tokens().Arguments(folder().path())) {
      command.push_back(std::move(argument));
    }
    return command;
  }
};

}  // namespace shop::users

#endif  // TESTS_CONTRACT_USERS_USERS_SIDES_H_
