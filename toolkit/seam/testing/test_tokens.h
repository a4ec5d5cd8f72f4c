#ifndef SEAM_TESTING_TEST_TOKENS_H_
#define SEAM_TESTING_TEST_TOKENS_H_

#include <string>
#include <vector>

#include "seam/core/context.h"
#include "seam/identity/token.h"
#include "seam/identity/token_verifier.h"

namespace seam::testing {

// Tokens for tests, signed with a key of their own. Thread-safe.
class TestTokens {
 public:
  TestTokens();

  // For a verifier in this process, and
  [[nodiscard]] KeySource Source() const;
  // the arguments for a service in another, which gets the keys in a file below `folder`.
  [[nodiscard]] std::vector<std::string> Arguments(const std::string& folder) const;

  // A context whose principal has been verified to be `subject` by the time it arrives; the token
  // is good for an hour.
  [[nodiscard]] Context As(std::string subject,
                           std::vector<std::string> roles = {"customer"}) const;

  [[nodiscard]] const SigningKey& key() const noexcept { return key_; }
  [[nodiscard]] const TokenAudience& audience() const noexcept { return audience_; }

 private:
  const SigningKey key_;
  const TokenAudience audience_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_TEST_TOKENS_H_
