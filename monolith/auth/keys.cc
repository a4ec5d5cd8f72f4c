#include "auth/keys.h"

#include "auth/parts.h"
#include "auth/repository.h"

namespace shop::auth {

seam::SigningKey KeyToSignWith(seam::sql::Session& session, const AuthOptions& options,
                               std::int64_t now) {
  const auto stored = repository::FindSigningKey(session);
  if (stored && now < stored->created_at + Milliseconds(options.key_lifetime)) {
    return seam::SigningKey::FromSeed(stored->seed);
  }
  return ReplaceKey(session, options, now);
}

seam::SigningKey ReplaceKey(seam::sql::Session& session, const AuthOptions& options,
                            std::int64_t now) {
  repository::DeleteKeysPublishedUntil(session, now);
  repository::RetireSigningKey(session, now + Milliseconds(options.access_token_lifetime));
  auto key = seam::SigningKey::Generate();
  repository::InsertSigningKey(session, key, now);
  return key;
}

}  // namespace shop::auth
