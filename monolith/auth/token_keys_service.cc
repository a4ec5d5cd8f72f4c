#include "auth/token_keys_service.h"

#include <utility>

namespace shop::auth {

using seam::identity::v1::GetTokenKeysRequest;
using seam::identity::v1::GetTokenKeysResponse;

TokenKeysService::TokenKeysService(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

seam::Result<GetTokenKeysResponse> TokenKeysService::GetTokenKeys(
    const seam::Context& context, const GetTokenKeysRequest& /*request*/) {
  return Answer([&]() -> seam::Result<GetTokenKeysResponse> {
    seam::TrustedKeys trusted = parts_->ReadTrustedKeys(context);
    GetTokenKeysResponse response;
    response.issuer = std::move(trusted.audience.issuer);
    response.audience = std::move(trusted.audience.audience);
    for (seam::TokenKey& key : trusted.keys) {
      auto& published = response.keys.emplace_back();
      published.id = std::move(key.id);
      published.ed25519_public_key.assign(key.public_key.begin(), key.public_key.end());
    }
    response.revoked_sessions = std::move(trusted.revoked_sessions);
    return response;
  });
}

}  // namespace shop::auth
