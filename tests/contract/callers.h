#ifndef TESTS_CONTRACT_CALLERS_H_
#define TESTS_CONTRACT_CALLERS_H_

#include <string>
#include <vector>

#include "postgresql/module_databases.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/test_tokens.h"

namespace shop {

// Who calls a module that verifies tokens, how that is known to it in either process, and where its
// database is. The first base of a contract's fixture, so that it outlives the handler.
class Callers {
 protected:
  [[nodiscard]] const seam::testing::TestTokens& tokens() const noexcept { return tokens_; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const noexcept { return verifier_; }
  [[nodiscard]] const seam::Context& admin() const noexcept { return admin_; }

  [[nodiscard]] const seam::testing::ModuleDatabases& databases() const noexcept {
    return databases_;
  }

  // Starts the module's service on its database.
  [[nodiscard]] std::vector<std::string> CommandOf(const std::string& program,
                                                   const std::string& module) const {
    std::vector<std::string> command = {program};
    for (auto& arguments :
         {databases_.Arguments({module}), tokens_.Arguments(databases_.folder().path())}) {
      command.insert(command.end(), arguments.begin(), arguments.end());
    }
    return command;
  }

 private:
  // In the order of construction: each uses the ones above it.
  const seam::testing::ModuleDatabases databases_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const seam::Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
};

}  // namespace shop

#endif  // TESTS_CONTRACT_CALLERS_H_
