#include "auth/service.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/attempts.h"
#include "auth/keys.h"
#include "auth/refresh_token.h"
#include "auth/registration.h"
#include "auth/repository.h"
#include "auth/validation.h"
#include "seam/core/time.h"
#include "seam/core/uuid.h"

namespace shop::auth {
namespace {

using repository::Account;
using repository::LoginSession;
using seam::Code;
using seam::Context;
using seam::Fail;
using seam::Failure;
using seam::Forward;
using seam::Result;
using seam::sql::Session;
using std::chrono::system_clock;

// More than one person has devices. With one session more, the one that began first ends.
constexpr std::size_t kMaxSessionsPerAccount = 20;

Failure WrongCredentials() {
  return Fail(Code::kUnauthenticated, "WRONG_CREDENTIALS", "the email or the password is wrong");
}

Failure InvalidRefreshToken() {
  return Fail(Code::kUnauthenticated, "INVALID_REFRESH_TOKEN",
              "the refresh token is unknown, expired or used, or its session has ended; log in "
              "again");
}

system_clock::time_point TimeOf(std::int64_t milliseconds) {
  return system_clock::time_point(std::chrono::milliseconds(milliseconds));
}

// What a transaction has decided of the tokens that a session gets; they are signed after it.
struct Grant {
  LoginSession login;
  std::string role;
  std::int64_t now;
  std::int64_t access_until;
  seam::SigningKey key;
};

// When an access token given now ends: in whole seconds, as the token has it.
std::int64_t AccessUntil(const AuthOptions& options, std::int64_t now) {
  return (now + Milliseconds(options.access_token_lifetime)) / 1000 * 1000;
}

// When a refresh token given now ends.
std::int64_t RefreshUntil(const AuthOptions& options, std::int64_t started_at, std::int64_t now) {
  return std::min(now + Milliseconds(options.refresh_token_lifetime),
                  started_at + Milliseconds(options.session_lifetime));
}

std::int64_t KeepUntil(const LoginSession& login) {
  return std::max(login.access_until, login.refresh_until);
}

v1::Tokens TokensOf(const Grant& grant, const RefreshToken& refresh, const AuthOptions& options) {
  const seam::Principal principal{.subject = grant.login.account_id,
                                  .roles = {grant.role},
                                  .session = grant.login.id,
                                  .expires_at = TimeOf(grant.access_until)};
  v1::Tokens tokens;
  tokens.access_token = SignToken(grant.key, options.audience, principal, TimeOf(grant.now));
  tokens.access_token_expires_at = seam::TimestampFromUnixMilliseconds(grant.access_until);
  tokens.refresh_token = refresh.text;
  tokens.refresh_token_expires_at = seam::TimestampFromUnixMilliseconds(grant.login.refresh_until);
  tokens.account_id = grant.login.account_id;
  return tokens;
}

struct Login {
  Account account;
  std::optional<std::string> renewed_hash;
};

// Whose email and password these are; nothing when they are nobody's. An account that is pending
// counts as well: since there is a profile, the registration was interrupted only after that.
Result<std::optional<Login>> CheckCredentials(Parts& parts, const Context& context,
                                              const v1::LoginRequest& request) {
  users::v1::FindUserByEmailRequest by_email;
  by_email.email = request.email;
  const auto user = parts.users.FindUserByEmail(context, by_email);
  if (!user && user.error().reason != "USER_NOT_FOUND") return Forward(user.error());
  std::optional<Account> account;
  if (user) {
    account = parts.database->Read(
        context, [&](Session& session) { return repository::FindAccount(session, user->id); });
  }
  std::optional<std::string> hash;
  if (account && !account->password_hash.empty()) hash = account->password_hash;
  auto verdict = parts.passwords->Check(context, hash, request.password);
  if (!verdict) return Forward(std::move(verdict).error());
  if (!verdict->right) return std::optional<Login>();
  return std::optional<Login>({*std::move(account), std::move(verdict->renewed)});
}

// Begins the session of a log-in, whose attempt and the failures before it are forgotten, and makes
// the account active if it is pending.
v1::Tokens BeginSession(Parts& parts, const Login& login, const Subject& attempted,
                        Attempt& attempt) {
  const RefreshToken token = NewRefreshToken();
  const Grant grant = parts.database->Write(attempt.context(), [&](Session& session) {
    const std::int64_t now = parts.Now();
    const std::int64_t access_until = AccessUntil(parts.options, now);
    LoginSession begun{.id = seam::NewUuidV7(TimeOf(now)),
                       .account_id = login.account.id,
                       .family_hash = token.family_hash,
                       .token_hash = token.hash,
                       .started_at = now,
                       .access_until = access_until,
                       .refresh_until = RefreshUntil(parts.options, now, now)};
    attempt.Forgive(session);
    repository::DeleteAttemptsOf(session, attempted.hash);
    if (!login.account.active) {
      // False when the interrupted registration was made again meanwhile: it is active all the
      // same.
      static_cast<void>(
          repository::ActivateAccount(session, login.account.id, login.account.password_hash));
    }
    if (login.renewed_hash) {
      repository::ReplacePasswordHash(session, login.account.id, login.account.password_hash,
                                      *login.renewed_hash);
    }
    repository::DeleteSessionsKeptUntil(session, now);
    const auto others = repository::ListLiveSessions(session, login.account.id);
    for (std::size_t i = kMaxSessionsPerAccount - 1; i < others.size(); ++i) {
      RevokeSession(session, parts.options, others[i], now);
    }
    repository::InsertSession(session, begun, KeepUntil(begun));
    return Grant{std::move(begun), login.account.role, now, access_until,
                 KeyToSignWith(session, parts.options, now)};
  });
  attempt.Settle();
  return TokensOf(grant, token, parts.options);
}

}  // namespace

AuthService::AuthService(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<v1::RegisterResponse> AuthService::Register(const Context& context,
                                                   const v1::RegisterRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::RegisterResponse> {
    std::vector<Subject> subjects;
    if (!request.client_address.empty()) {
      subjects.push_back(RegistrationSubject(parts_->options, request.client_address));
    }
    auto attempt = Attempt::Begin(*parts_, context, subjects);
    if (!attempt) return Forward(std::move(attempt).error());
    auto done = RegisterCustomer(*parts_, context, request);
    if (done || done.error().reason != "AUTH_BUSY") attempt->Keep();
    if (!done) return Forward(std::move(done).error());
    v1::RegisterResponse response;
    response.account_id = request.account_id;
    return response;
  });
}

Result<v1::LoginResponse> AuthService::Login(const Context& context,
                                             const v1::LoginRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::LoginResponse> {
    const Subject attempted = LoginSubject(parts_->options, request.email, request.client_address);
    std::vector<Subject> subjects = {attempted, EmailSubject(parts_->options, request.email)};
    if (!request.client_address.empty()) {
      subjects.push_back(AddressSubject(parts_->options, request.client_address));
    }
    auto attempt = Attempt::Begin(*parts_, context, subjects);
    if (!attempt) return Forward(std::move(attempt).error());
    const auto login = CheckCredentials(*parts_, attempt->context(), request);
    if (!login) return Forward(login.error());
    if (!*login) {
      attempt->Keep();
      return WrongCredentials();
    }
    v1::LoginResponse response;
    response.tokens = BeginSession(*parts_, **login, attempted, *attempt);
    return response;
  });
}

Result<v1::RefreshResponse> AuthService::Refresh(const Context& context,
                                                 const v1::RefreshRequest& request) {
  const auto shown = ParseRefreshToken(request.refresh_token);
  if (!shown) return InvalidRefreshToken();
  return Answer([&]() -> Result<v1::RefreshResponse> {
    const RefreshToken next = NextRefreshToken(*shown);
    // Nothing when the token is not good. Not a failed Result, which would roll back that a session
    // has ended.
    const auto grant =
        parts_->database->Write(context, [&](Session& session) -> std::optional<Grant> {
          const std::int64_t now = parts_->Now();
          repository::DeleteSessionsKeptUntil(session, now);
          auto login = repository::FindSession(session, shown->family_hash);
          if (!login || login->ended || login->refresh_until <= now) return std::nullopt;
          const std::int64_t refresh_until = RefreshUntil(parts_->options, login->started_at, now);
          if (refresh_until <= now) return std::nullopt;  // Sessions may have lived longer before.
          if (!SameHash(login->token_hash, shown->hash)) {
            RevokeSession(session, parts_->options, login->id, now);
            return std::nullopt;
          }
          const auto account = repository::FindAccount(session, login->account_id);
          if (!account) return std::nullopt;
          const std::int64_t access_until = AccessUntil(parts_->options, now);
          login->token_hash = next.hash;
          login->access_until = std::max(login->access_until, access_until);
          login->refresh_until = refresh_until;
          repository::RenewSession(session, *login, KeepUntil(*login));
          return Grant{*std::move(login), account->role, now, access_until,
                       KeyToSignWith(session, parts_->options, now)};
        });
    if (!grant) return InvalidRefreshToken();
    v1::RefreshResponse response;
    response.tokens = TokensOf(*grant, next, parts_->options);
    return response;
  });
}

Result<v1::LogoutResponse> AuthService::Logout(const Context& context,
                                               const v1::LogoutRequest& request) {
  const auto shown = ParseRefreshToken(request.refresh_token);
  if (!shown) return v1::LogoutResponse{};
  return Answer([&]() -> Result<v1::LogoutResponse> {
    parts_->database->Write(context, [&](Session& session) {
      const std::int64_t now = parts_->Now();
      repository::DeleteSessionsKeptUntil(session, now);
      // Any token of the family will do: an old one would end the session as well.
      const auto login = repository::FindSession(session, shown->family_hash);
      if (login) RevokeSession(session, parts_->options, login->id, now);
    });
    return v1::LogoutResponse{};
  });
}

Result<v1::RotateKeysResponse> AuthService::RotateKeys(const Context& context,
                                                       const v1::RotateKeysRequest& request) {
  const auto caller = parts_->verifier.Verify(context);
  if (!caller) return Forward(caller.error());
  if (!caller->HasRole("admin")) {
    return Fail(Code::kPermissionDenied, "ADMIN_ONLY", "only an admin may replace the signing key");
  }
  return Answer([&]() -> Result<v1::RotateKeysResponse> {
    const auto key = parts_->database->Write(context, [&](Session& session) {
      return request.withdraw_others ? WithdrawKeys(session, parts_->options, parts_->Now())
                                     : ReplaceKey(session, parts_->options, parts_->Now());
    });
    v1::RotateKeysResponse response;
    response.key_id = key.public_key().id;
    return response;
  });
}

}  // namespace shop::auth
