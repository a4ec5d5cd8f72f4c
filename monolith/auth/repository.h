#ifndef AUTH_REPOSITORY_H_
#define AUTH_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/identity/token.h"
#include "seam/sql/database.h"

// The module's statements, one function each, in the SQL that all engines understand. Rules are the
// services': nothing here decides. What several statements have to agree on, the caller puts in one
// transaction. Throws seam::sql::SqlError. Times are milliseconds since 1970.
namespace shop::auth::repository {

struct Account {
  std::string id{};
  std::string role{};
  bool active = false;
  std::string password_hash{};  // Empty for a first admin who is pending.
};

[[nodiscard]] std::optional<Account> FindAccount(seam::sql::Session& session, std::string_view id);
// The active one when there are several.
[[nodiscard]] std::optional<Account> FindAdmin(seam::sql::Session& session);

// Inserts it as it is. False when the id is taken; then nothing has changed.
[[nodiscard]] bool InsertAccount(seam::sql::Session& session, const Account& account,
                                 std::int64_t now);

// Makes the pending account active, with `password_hash`. False, and nothing changed, when there is
// no such account, or it is active.
[[nodiscard]] bool ActivateAccount(seam::sql::Session& session, std::string_view id,
                                   std::string_view password_hash);

// Changes nothing unless the account has the hash `before`.
void ReplacePasswordHash(seam::sql::Session& session, std::string_view id, std::string_view before,
                         std::string_view after);

// Deletes the account if it is pending and has that hash.
void DeletePending(seam::sql::Session& session, std::string_view id,
                   std::string_view password_hash);

// The hashes of all accounts that have one, in any order; reads the whole table.
void VisitPasswordHashes(seam::sql::Session& session,
                         const std::function<void(std::string_view hash)>& visit);

// Of one log-in. Hashes are SHA-256.
struct LoginSession {
  std::string id{};
  std::string account_id{};
  std::string family_hash{};
  std::string token_hash{};
  std::int64_t started_at = 0;
  std::int64_t access_until = 0;
  std::int64_t refresh_until = 0;
  bool ended = false;
};

[[nodiscard]] std::optional<LoginSession> FindSession(seam::sql::Session& session,
                                                      std::string_view family_hash);
void InsertSession(seam::sql::Session& session, const LoginSession& login, std::int64_t keep_until);
// Writes token_hash, access_until and refresh_until.
void RenewSession(seam::sql::Session& session, const LoginSession& login, std::int64_t keep_until);
// It is kept until `keep_for` after its last access token ends. Nothing happens to one that has
// ended.
void EndSession(seam::sql::Session& session, std::string_view id, std::int64_t now,
                std::int64_t keep_for);
// The ids of the account's sessions that have not ended, the newest first.
[[nodiscard]] std::vector<std::string> ListLiveSessions(seam::sql::Session& session,
                                                        std::string_view account_id);
// Deletes those that nobody needs any more.
void DeleteSessionsKeptUntil(seam::sql::Session& session, std::int64_t now);
// The ids of the sessions that have ended and whose access tokens end after `time`.
[[nodiscard]] std::vector<std::string> ListRevokedSessions(seam::sql::Session& session,
                                                           std::int64_t time);

// How many these are.
[[nodiscard]] std::int64_t CountRevokedSessions(seam::sql::Session& session, std::int64_t time);
void DeleteEndedSessions(seam::sql::Session& session);

struct StoredKey {
  seam::SigningKey::Seed seed{};
  std::int64_t created_at = 0;
};

// The key that has not been retired.
[[nodiscard]] std::optional<StoredKey> FindSigningKey(seam::sql::Session& session);
void InsertSigningKey(seam::sql::Session& session, const seam::SigningKey& key, std::int64_t now);
// Forgets the secret of the key that signs, if there is one, and publishes it until then.
void RetireSigningKey(seam::sql::Session& session, std::int64_t published_until);
void DeleteKeysPublishedUntil(seam::sql::Session& session, std::int64_t now);
void DeleteRetiredKeys(seam::sql::Session& session);
// The one that signs and the retired ones that are to be published after `now`; oldest first.
[[nodiscard]] std::vector<seam::TokenKey> ListPublishedKeys(seam::sql::Session& session,
                                                            std::int64_t now);

// Returns the attempt's id. Without `open_until` it counts for the whole window, otherwise until
// then.
[[nodiscard]] std::int64_t InsertAttempt(seam::sql::Session& session, std::string_view subject,
                                         std::int64_t now, std::optional<std::int64_t> open_until);
// Lets it count for the whole window. False when it is not there.
[[nodiscard]] bool KeepAttempt(seam::sql::Session& session, std::int64_t id);
// When fewer than `count` of the subject's attempts will count; nothing when it is so already, but
// for those that DeleteAttemptsOutside would delete.
[[nodiscard]] std::optional<std::int64_t> FindEndOfAttempt(seam::sql::Session& session,
                                                           std::string_view subject,
                                                           std::int64_t window, std::int64_t count);
void DeleteAttempt(seam::sql::Session& session, std::int64_t id);
void DeleteAttemptsOf(seam::sql::Session& session, std::string_view subject);
// Deletes those that do not count now: all but those after `since` and until `now`, and those that
// were open until now at the latest.
void DeleteAttemptsOutside(seam::sql::Session& session, std::int64_t since, std::int64_t now);

}  // namespace shop::auth::repository

#endif  // AUTH_REPOSITORY_H_
