#include "auth/registration.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include "auth/attempts.h"
#include "auth/refresh_token.h"
#include "auth/repository.h"
#include "auth/validation.h"
#include "seam/core/uuid.h"

namespace shop::auth {
namespace {

using repository::Account;
using seam::Code;
using seam::Context;
using seam::Error;
using seam::Fail;
using seam::Failure;
using seam::Forward;
using seam::Result;
using seam::sql::Session;

constexpr int kAdminRounds = 5;
constexpr std::size_t kMadePasswordBytes = 24;

Failure AccountExists(const std::string& id) {
  return Fail(Code::kAlreadyExists, "ACCOUNT_EXISTS",
              "account " + id + " exists with another email or password; use a new id",
              {{"account_id", id}});
}

// Whether users will never make this profile, whereas of other failures nobody knows.
bool IsRefusal(const Error& error) {
  return error.code == Code::kInvalidArgument || error.code == Code::kAlreadyExists;
}

struct Claim {
  Account account;
  bool fresh;  // Made by this call.
};

// The account of a registration: a new one, pending, or the one that is there when its password is
// the same. A pending one is kept however old it is: nobody can tell from here whether it has a
// profile. Without one it cannot log in, and with one it becomes active at the log-in.
Result<Claim> ClaimAccount(Parts& parts, const Context& context,
                           const v1::RegisterRequest& request) {
  const std::string& id = request.account_id;
  auto account = parts.database->Read(
      context, [&](Session& session) { return repository::FindAccount(session, id); });
  if (!account) {
    auto hash = parts.passwords->Hash(context, request.password);
    if (!hash) return Forward(std::move(hash).error());
    Account fresh{.id = id, .role = "customer", .active = false, .password_hash = *std::move(hash)};
    account = parts.database->Write(context, [&](Session& session) -> std::optional<Account> {
      if (repository::InsertAccount(session, fresh, parts.Now())) return std::nullopt;
      return repository::FindAccount(session, id);
    });
    if (!account) return Claim{.account = std::move(fresh), .fresh = true};
  }
  // Account ids are no secrets: whoever knows one could try passwords here as well as at the
  // log-in.
  auto attempt =
      Attempt::Begin(parts, context, {AccountSubject(parts.options, request.account_id)});
  if (!attempt) return Forward(std::move(attempt).error());
  std::optional<std::string> hash;
  if (!account->password_hash.empty()) hash = account->password_hash;
  const auto verdict = parts.passwords->Check(attempt->context(), hash, request.password);
  if (!verdict) return Forward(verdict.error());
  if (!verdict->right) {
    attempt->Keep();
    return AccountExists(id);
  }
  return Claim{.account = *std::move(account), .fresh = false};
}

// Makes the account active as it was claimed, also when somebody else's refusal has deleted it
// meanwhile. The profile exists by now, so this happens even when the caller no longer waits.
bool Activate(const Parts& parts, const Account& claimed) {
  return parts.database->Write(parts.Afterwards(), [&](Session& session) {
    Account account = claimed;
    account.active = true;
    if (repository::InsertAccount(session, account, parts.Now())) return true;
    const auto stored = repository::FindAccount(session, claimed.id);
    if (!stored || stored->password_hash != claimed.password_hash) return false;
    return stored->active ||
           repository::ActivateAccount(session, claimed.id, claimed.password_hash);
  });
}

void Abandon(const Parts& parts, const std::string& id, const std::string& password_hash) {
  parts.database->Write(parts.Afterwards(), [&](Session& session) {
    repository::DeletePending(session, id, password_hash);
  });
}

// The admin who is there, or a new one who is pending.
Account ClaimAdmin(const Parts& parts, const Context& context) {
  return parts.database->Write(context, [&](Session& session) {
    if (auto admin = repository::FindAdmin(session)) return *std::move(admin);
    const std::int64_t now = parts.Now();
    Account admin{.id = seam::NewUuidV7(
                      std::chrono::system_clock::time_point(std::chrono::milliseconds(now))),
                  .role = "admin"};
    if (!repository::InsertAccount(session, admin, now)) {
      throw seam::sql::SqlError(seam::sql::ErrorKind::kUniqueViolation,
                                "the id of the first admin is taken");
    }
    return admin;
  });
}

}  // namespace

Result<void> RegisterCustomer(Parts& parts, const Context& context,
                              const v1::RegisterRequest& request) {
  auto claim = ClaimAccount(parts, context, request);
  if (!claim) return Forward(std::move(claim).error());
  const Account& account = claim->account;
  users::v1::CreateUserRequest profile;
  profile.id = request.account_id;
  profile.email = request.email;
  profile.name = request.name;
  if (auto created = parts.users.CreateUser(context, profile); !created) {
    // An earlier call may have made a profile for an account that was there, with another email.
    if (claim->fresh && IsRefusal(created.error())) {
      Abandon(parts, account.id, account.password_hash);
    }
    if (created.error().reason == "USER_EXISTS") return AccountExists(request.account_id);
    return Forward(std::move(created).error());
  }
  if (!account.active && !Activate(parts, account)) return AccountExists(request.account_id);
  return {};
}

Result<std::optional<std::string>> EnsureAdmin(Parts& parts, const Context& context,
                                               const FirstAdmin& admin) {
  using Made = std::optional<std::string>;
  if (!admin.password.empty()) {
    if (auto valid = ValidateNewPassword(admin.password); !valid) {
      return Forward(std::move(valid).error());
    }
  }
  const std::string password =
      admin.password.empty() ? RandomText(kMadePasswordBytes) : admin.password;
  // Every round but the last ends because somebody else did the same at the same time, or because
  // an interrupted call had begun with another email.
  for (int round = 0; round < kAdminRounds; ++round) {
    const Account account = ClaimAdmin(parts, context);
    if (account.active) return Made();
    users::v1::CreateUserRequest profile;
    profile.id = account.id;
    profile.email = admin.email;
    profile.name = "Administrator";
    if (auto created = parts.users.CreateUser(context, profile); !created) {
      if (IsRefusal(created.error())) Abandon(parts, account.id, "");
      if (created.error().reason == "USER_EXISTS") continue;
      return Forward(std::move(created).error());
    }
    const auto hash = parts.passwords->Hash(context, password);
    if (!hash) return Forward(hash.error());
    // The password is decided here, by whoever comes first.
    const bool first = parts.database->Write(context, [&](Session& session) {
      return repository::ActivateAccount(session, account.id, *hash);
    });
    if (first) return admin.password.empty() ? Made(password) : Made();
  }
  return Fail(Code::kAborted, "FIRST_ADMIN_CONTENDED",
              "others are making the first admin with another email at the same time; give all of "
              "them the same and try again");
}

}  // namespace shop::auth
