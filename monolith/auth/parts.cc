#include "auth/parts.h"

#include "auth/repository.h"

namespace shop::auth {
namespace {

// The keys are in the module's own database, so there is no reason to trust old ones.
seam::TokenVerifierOptions OwnVerifierOptions(const AuthOptions& options) {
  seam::TokenVerifierOptions verifier;
  verifier.refresh = std::chrono::milliseconds(0);
  verifier.grace = std::chrono::milliseconds(0);
  verifier.source_timeout = options.max_wait;
  verifier.clock = options.clock;
  return verifier;
}

}  // namespace

Parts::Parts(AuthOptions given, users::v1::UsersClient& users_client,
             std::unique_ptr<seam::sql::Database> opened, std::unique_ptr<Passwords> hasher)
    : options(std::move(given)),
      users(users_client),
      database(std::move(opened)),
      passwords(std::move(hasher)),
      verifier(
          [this](const seam::Context& context) {
            return Answer(
                [&]() -> seam::Result<seam::TrustedKeys> { return ReadTrustedKeys(context); });
          },
          OwnVerifierOptions(options)) {}

std::int64_t Parts::Now() const {
  return std::chrono::floor<std::chrono::milliseconds>(options.clock()).time_since_epoch().count();
}

seam::Context Parts::Afterwards() const { return seam::Context().WithTimeout(options.max_wait); }

seam::TrustedKeys Parts::ReadTrustedKeys(const seam::Context& context) const {
  return database->Read(context, [this](seam::sql::Session& session) {
    const std::int64_t now = Now();
    return seam::TrustedKeys{.audience = options.audience,
                             .keys = repository::ListPublishedKeys(session, now),
                             .revoked_sessions = repository::ListRevokedSessions(
                                 session, now - Milliseconds(kSlowestClock))};
  });
}

}  // namespace shop::auth
