#include "auth/parts.h"

#include <sodium.h>
#include <sys/stat.h>

#include <chrono>
#include <string>

#include "auth/keys.h"
#include "auth/repository.h"
#include "auth/schema.h"
#include "seam/sql/open.h"
#include "seam/sql/sqlite.h"

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

const char* WhatIsWrongWith(const AuthOptions& options) {
  constexpr std::chrono::seconds kLeast{1};
  if (options.audience.issuer.empty() || options.audience.audience.empty()) {
    return "audience must name an issuer and an audience";
  }
  if (options.access_token_lifetime < kLeast || options.refresh_token_lifetime < kLeast ||
      options.session_lifetime < kLeast || options.key_lifetime < kLeast ||
      options.failure_window < kLeast) {
    return "the lifetimes and failure_window must be one second or more";
  }
  if (options.failures_per_account < 1 || options.failures_per_email < 1 ||
      options.failures_per_address < 1 || options.registrations_per_address < 1) {
    return "failures_per_account, failures_per_email, failures_per_address and "
           "registrations_per_address must be 1 or more";
  }
  if (options.concurrent_hashes < 1 || options.waiting_hashes < 0) {
    return "concurrent_hashes must be 1 or more, and waiting_hashes 0 or more";
  }
  return nullptr;
}

// Who could read the files may have read the keys and the hashes. Changing the mode by ourselves
// would hide that, so somebody is told who can decide whether passwords and keys have to be
// changed.
seam::Result<void> CheckModes(const seam::sql::DatabaseOptions& database) {
  if (database.postgresql || database.sqlite_file == seam::sql::kInMemory) return {};
  for (const char* ending : {"", "-wal", "-shm"}) {
    const std::string file = database.sqlite_file + ending;
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) continue;  // There is none, or opening it will tell.
    if ((status.st_mode & 077U) == 0) continue;
    return seam::Fail(
        seam::Code::kFailedPrecondition, "DATABASE_EXPOSED",
        file +
            " can be read or written by others, and it holds the signing keys and the hashes of "
            "the passwords; run \"chmod 600 " +
            file +
            "\", and if others may have read it, "
            "replace the signing keys and have the passwords changed");
  }
  return {};
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

seam::Result<std::shared_ptr<Parts>> OpenParts(const AuthOptions& options,
                                               users::v1::UsersClient& users,
                                               Passwords::Observer observer) {
  // May be called any number of times, from any thread.
  if (sodium_init() < 0) {
    return seam::Fail(seam::Code::kInternal, "SODIUM_UNAVAILABLE",
                      "libsodium cannot be initialised: the system gives no random numbers");
  }
  if (const char* wrong = WhatIsWrongWith(options)) {
    return seam::Fail(seam::Code::kInvalidArgument, "INVALID_OPTIONS", wrong);
  }
  auto passwords = Passwords::Make(options, std::move(observer));
  if (!passwords) return seam::Forward(std::move(passwords).error());
  if (auto checked = CheckModes(options.database); !checked) {
    return seam::Forward(std::move(checked).error());
  }
  return Answer([&]() -> seam::Result<std::shared_ptr<Parts>> {
    // Attempts and sessions are counted before one more is inserted, which is right only as if no
    // other transaction ran at the same time.
    auto database =
        seam::sql::OpenDatabase(options.database, {.durable = options.durable,
                                                   .overwrite_deleted = true,
                                                   .isolation = seam::sql::Isolation::kSerializable,
                                                   .max_wait = options.max_wait});
    MigrateAuth(options.database.opening, *database);
    auto parts =
        std::make_shared<Parts>(options, users, std::move(database), *std::move(passwords));
    parts->database->Write(seam::Context(), [&](seam::sql::Session& session) {
      // There is a key from the first moment on, so that whoever asks for the keys gets some.
      static_cast<void>(KeyToSignWith(session, parts->options, parts->Now()));
    });
    parts->database->Read(seam::Context(), [&](seam::sql::Session& session) {
      repository::VisitPasswordHashes(
          session, [&](std::string_view hash) { parts->passwords->Expect(hash); });
    });
    return parts;
  });
}

}  // namespace shop::auth
