#ifndef TESTS_CONTRACT_USERS_USERS_SIDES_H_
#define TESTS_CONTRACT_USERS_USERS_SIDES_H_

#include <memory>
#include <string>
#include <vector>

#include "callers.h"
#include "seam/testing/sides.h"
#include "shop/users/v1/users_seam.h"
#include "users/module.h"

namespace shop::users {

class UsersOnEverySide : protected Callers, public seam::testing::OnEverySide<v1::UsersSeam> {
 protected:
  seam::Result<std::unique_ptr<v1::UsersHandler>> OpenHandler() override {
    return OpenUsers({.database = databases().Of("users")}, verifier());
  }
  std::vector<std::string> ServiceCommand() override { return CommandOf(USERS_PROGRAM, "users"); }
};

}  // namespace shop::users

#endif  // TESTS_CONTRACT_USERS_USERS_SIDES_H_
