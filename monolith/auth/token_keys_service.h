#ifndef AUTH_TOKEN_KEYS_SERVICE_H_
#define AUTH_TOKEN_KEYS_SERVICE_H_

#include <memory>

#include "auth/parts.h"
#include "seam/identity/v1/token_keys_handler.h"

namespace shop::auth {

// The rules of token_keys.proto over the repository. Every verifier asks about once a second, so an
// answer is one read. Thread-safe.
class TokenKeysService final : public seam::identity::v1::TokenKeysHandler {
 public:
  explicit TokenKeysService(std::shared_ptr<Parts> parts);

  seam::Result<seam::identity::v1::GetTokenKeysResponse> GetTokenKeys(
      const seam::Context& context,
      const seam::identity::v1::GetTokenKeysRequest& request) override;

 private:
  const std::shared_ptr<Parts> parts_;
};

}  // namespace shop::auth

#endif  // AUTH_TOKEN_KEYS_SERVICE_H_
