#include "auth/module.h"

#include <sodium.h>

#include <chrono>
#include <utility>

#include "auth/keys.h"
#include "auth/parts.h"
#include "auth/registration.h"
#include "auth/schema.h"
#include "auth/service.h"
#include "auth/token_keys_service.h"
#include "seam/sql/sqlite.h"

namespace shop::auth {
namespace {

const char* WhatIsWrongWith(const AuthOptions& options) {
  constexpr std::chrono::seconds kLeast{1};
  if (options.audience.issuer.empty() || options.audience.audience.empty()) {
    return "audience must name an issuer and an audience";
  }
  if (options.access_token_lifetime < kLeast || options.refresh_token_lifetime < kLeast ||
      options.key_lifetime < kLeast || options.failure_window < kLeast) {
    return "the lifetimes and failure_window must be one second or more";
  }
  if (options.failures_per_account < 1 || options.failures_per_email < 1 ||
      options.failures_per_address < 1) {
    return "failures_per_account, failures_per_email and failures_per_address must be 1 or more";
  }
  if (options.concurrent_hashes < 1 || options.waiting_hashes < 0) {
    return "concurrent_hashes must be 1 or more, and waiting_hashes 0 or more";
  }
  return nullptr;
}

class OpenedModule final : public AuthModule {
 public:
  explicit OpenedModule(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

  std::unique_ptr<v1::AuthHandler> NewAuthHandler() override {
    return std::make_unique<AuthService>(parts_);
  }

  std::unique_ptr<seam::identity::v1::TokenKeysHandler> NewTokenKeysHandler() override {
    return std::make_unique<TokenKeysService>(parts_);
  }

  seam::Result<std::optional<std::string>> EnsureFirstAdmin(const seam::Context& context,
                                                            const FirstAdmin& admin) override {
    return Answer([&] { return EnsureAdmin(*parts_, context, admin); });
  }

 private:
  const std::shared_ptr<Parts> parts_;
};

}  // namespace

seam::Result<std::unique_ptr<AuthModule>> OpenAuth(const AuthOptions& options,
                                                   users::v1::UsersClient& users) {
  // May be called any number of times, from any thread.
  if (sodium_init() < 0) {
    return seam::Fail(seam::Code::kInternal, "SODIUM_UNAVAILABLE",
                      "libsodium cannot be initialised: the system gives no random numbers");
  }
  if (const char* wrong = WhatIsWrongWith(options)) {
    return seam::Fail(seam::Code::kInvalidArgument, "INVALID_OPTIONS", wrong);
  }
  auto passwords = Passwords::Make(options);
  if (!passwords) return seam::Forward(std::move(passwords).error());
  return Answer([&]() -> seam::Result<std::unique_ptr<AuthModule>> {
    auto database = seam::sql::OpenSqlite({.path = options.database_path,
                                           .durable = options.durable,
                                           .pool = {.max_wait = options.max_wait}});
    MigrateAuth(*database);
    auto parts =
        std::make_shared<Parts>(options, users, std::move(database), *std::move(passwords));
    // There is a key from the first moment on, so that whoever asks for the keys gets some.
    parts->database->Write(seam::Context(), [&](seam::sql::Session& session) {
      static_cast<void>(KeyToSignWith(session, parts->options, parts->Now()));
    });
    return std::make_unique<OpenedModule>(std::move(parts));
  });
}

}  // namespace shop::auth
