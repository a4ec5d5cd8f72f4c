#include "auth/keys.h"

#include "auth/parts.h"
#include "auth/repository.h"

namespace shop::auth {
namespace {

// Each takes some 40 bytes of a reply, which may have 4 MiB, and every verifier asks each second.
constexpr std::int64_t kMaxRevokedSessions = 10'000;

}  // namespace

seam::SigningKey KeyToSignWith(seam::sql::Session& session, const AuthOptions& options,
                               std::int64_t now) {
  const auto stored = repository::FindSigningKey(session);
  if (stored && stored->created_at <= now &&
      now < stored->created_at + Milliseconds(options.key_lifetime)) {
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

seam::SigningKey WithdrawKeys(seam::sql::Session& session, const AuthOptions& options,
                              std::int64_t now) {
  auto key = ReplaceKey(session, options, now);
  repository::DeleteRetiredKeys(session);
  repository::DeleteEndedSessions(session);
  return key;
}

void RevokeSession(seam::sql::Session& session, const AuthOptions& options, std::string_view id,
                   std::int64_t now) {
  const std::int64_t slowest = Milliseconds(kSlowestClock);
  repository::EndSession(session, id, now, slowest);
  if (repository::CountRevokedSessions(session, now - slowest) <= kMaxRevokedSessions) return;
  static_cast<void>(WithdrawKeys(session, options, now));
}

}  // namespace shop::auth
