#ifndef TESTS_CONTRACT_CALLERS_H_
#define TESTS_CONTRACT_CALLERS_H_

#include <string>
#include <utility>
#include <vector>

#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/test_tokens.h"

namespace shop {

// Who calls a module that verifies tokens, and how that is known to it in either process. The first
// base of a contract's fixture, so that it outlives the handler.
class Callers {
 protected:
  [[nodiscard]] const seam::testing::TestTokens& tokens() const noexcept { return tokens_; }
  [[nodiscard]] const seam::TokenVerifier& verifier() const noexcept { return verifier_; }
  [[nodiscard]] const seam::Context& admin() const noexcept { return admin_; }

  // Starts the module's service on the data in `folder`.
  [[nodiscard]] std::vector<std::string> CommandOf(const std::string& program,
                                                   const std::string& folder) const {
    std::vector<std::string> command = {program, "--data.directory", folder};
    for (std::string& argument : tokens_.Arguments(folder)) command.push_back(std::move(argument));
    return command;
  }

 private:
  // In the order of construction: each uses the ones above it.
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const seam::Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
};

}  // namespace shop

#endif  // TESTS_CONTRACT_CALLERS_H_
