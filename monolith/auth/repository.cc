#include "auth/repository.h"

#include <algorithm>
#include <array>

namespace shop::auth::repository {
namespace {

using seam::sql::Row;
using seam::sql::Session;
using seam::sql::Value;

// What ReadAccount reads, in its order. A macro, so that the statements stay literals.
#define ACCOUNT_COLUMNS "id, role, active, password_hash"

Account ReadAccount(const Row& row) {
  return {.id = std::string(row.Text(0)),
          .role = std::string(row.Text(1)),
          .active = row.Int64(2) == 1,
          .password_hash = std::string(row.Text(3))};
}

std::string_view View(const std::array<std::uint8_t, 32>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Shorter bytes leave zeros: a key of them is no key that anybody has.
std::array<std::uint8_t, 32> Bytes(std::string_view bytes) {
  std::array<std::uint8_t, 32> array{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), array.size()), array.begin());
  return array;
}

}  // namespace

std::optional<Account> FindAccount(Session& session, std::string_view id) {
  return session.QueryOne("SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = $1", {id},
                          ReadAccount);
}

std::optional<Account> FindAdmin(Session& session) {
  return session.QueryOne("SELECT " ACCOUNT_COLUMNS
                          " FROM account WHERE role = 'admin' ORDER BY active DESC, id LIMIT 1",
                          {}, ReadAccount);
}

bool InsertAccount(Session& session, const Account& account, std::int64_t now) {
  return session.Execute(
             "INSERT INTO account (id, role, active, password_hash, created_at) "
             "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
             {account.id, account.role, account.active ? 1 : 0, account.password_hash, now}) == 1;
}

bool ActivateAccount(Session& session, std::string_view id, std::string_view password_hash) {
  return session.Execute(
             "UPDATE account SET active = 1, password_hash = $2 WHERE id = $1 AND active = 0",
             {id, password_hash}) == 1;
}

void ReplacePasswordHash(Session& session, std::string_view id, std::string_view before,
                         std::string_view after) {
  session.Execute("UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
                  {id, before, after});
}

void DeletePending(Session& session, std::string_view id, std::string_view password_hash) {
  session.Execute("DELETE FROM account WHERE id = $1 AND password_hash = $2 AND active = 0",
                  {id, password_hash});
}

void VisitPasswordHashes(Session& session,
                         const std::function<void(std::string_view hash)>& visit) {
  session.Query("SELECT password_hash FROM account WHERE password_hash <> ''", {},
                [&](const Row& row) { visit(row.Text(0)); });
}

std::optional<LoginSession> FindSession(Session& session, std::string_view family_hash) {
  return session.QueryOne(
      "SELECT id, account_id, token_hash, started_at, access_until, refresh_until, ended_at "
      "FROM session "
      "WHERE family_hash = $1",
      {Value::Blob(family_hash)}, [family_hash](const Row& row) {
        return LoginSession{.id = std::string(row.Text(0)),
                            .account_id = std::string(row.Text(1)),
                            .family_hash = std::string(family_hash),
                            .token_hash = std::string(row.Blob(2)),
                            .started_at = row.Int64(3),
                            .access_until = row.Int64(4),
                            .refresh_until = row.Int64(5),
                            .ended = !row.IsNull(6)};
      });
}

void InsertSession(Session& session, const LoginSession& login, std::int64_t keep_until) {
  session.Execute(
      "INSERT INTO session (id, account_id, family_hash, token_hash, started_at, access_until, "
      "refresh_until, keep_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {login.id, login.account_id, Value::Blob(login.family_hash), Value::Blob(login.token_hash),
       login.started_at, login.access_until, login.refresh_until, keep_until});
}

void RenewSession(Session& session, const LoginSession& login, std::int64_t keep_until) {
  session.Execute(
      "UPDATE session SET token_hash = $2, access_until = $3, refresh_until = $4, keep_until = $5 "
      "WHERE id = $1",
      {login.id, Value::Blob(login.token_hash), login.access_until, login.refresh_until,
       keep_until});
}

void EndSession(Session& session, std::string_view id, std::int64_t now, std::int64_t keep_for) {
  session.Execute(
      "UPDATE session SET ended_at = $2, keep_until = access_until + $3 "
      "WHERE id = $1 AND ended_at IS NULL",
      {id, now, keep_for});
}

std::vector<std::string> ListLiveSessions(Session& session, std::string_view account_id) {
  std::vector<std::string> ids;
  session.Query(
      "SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL "
      "ORDER BY started_at DESC, id DESC",
      {account_id}, [&](const Row& row) { ids.emplace_back(row.Text(0)); });
  return ids;
}

void DeleteSessionsKeptUntil(Session& session, std::int64_t now) {
  session.Execute("DELETE FROM session WHERE keep_until <= $1", {now});
}

std::vector<std::string> ListRevokedSessions(Session& session, std::int64_t time) {
  std::vector<std::string> ids;
  session.Query(
      "SELECT id FROM session WHERE ended_at IS NOT NULL AND access_until > $1 "
      "ORDER BY access_until, id",
      {time}, [&](const Row& row) { ids.emplace_back(row.Text(0)); });
  return ids;
}

std::int64_t CountRevokedSessions(Session& session, std::int64_t time) {
  return session
      .QueryOne("SELECT count(*) FROM session WHERE ended_at IS NOT NULL AND access_until > $1",
                {time}, [](const Row& row) { return row.Int64(0); })
      .value();
}

void DeleteEndedSessions(Session& session) {
  session.Execute("DELETE FROM session WHERE ended_at IS NOT NULL", {});
}

std::optional<StoredKey> FindSigningKey(Session& session) {
  return session.QueryOne(
      "SELECT seed, created_at FROM signing_key WHERE seed IS NOT NULL", {}, [](const Row& row) {
        return StoredKey{.seed = Bytes(row.Blob(0)), .created_at = row.Int64(1)};
      });
}

void InsertSigningKey(Session& session, const seam::SigningKey& key, std::int64_t now) {
  session.Execute(
      "INSERT INTO signing_key (id, public_key, seed, created_at) VALUES ($1, $2, $3, $4)",
      {key.public_key().id, Value::Blob(View(key.public_key().public_key)),
       Value::Blob(View(key.seed())), now});
}

void RetireSigningKey(Session& session, std::int64_t published_until) {
  session.Execute("UPDATE signing_key SET seed = NULL, published_until = $1 WHERE seed IS NOT NULL",
                  {published_until});
}

void DeleteKeysPublishedUntil(Session& session, std::int64_t now) {
  session.Execute("DELETE FROM signing_key WHERE published_until <= $1", {now});
}

void DeleteRetiredKeys(Session& session) {
  session.Execute("DELETE FROM signing_key WHERE seed IS NULL", {});
}

std::vector<seam::TokenKey> ListPublishedKeys(Session& session, std::int64_t now) {
  std::vector<seam::TokenKey> keys;
  session.Query(
      "SELECT id, public_key FROM signing_key WHERE seed IS NOT NULL OR published_until > $1 "
      "ORDER BY created_at, id",
      {now}, [&](const Row& row) {
        keys.push_back({.id = std::string(row.Text(0)), .public_key = Bytes(row.Blob(1))});
      });
  return keys;
}

std::int64_t InsertAttempt(Session& session, std::string_view subject, std::int64_t now,
                           std::optional<std::int64_t> open_until) {
  return session
      .QueryOne(
          "INSERT INTO attempt (subject, attempted_at, open_until) VALUES ($1, $2, $3) "
          "RETURNING id",
          {Value::Blob(subject), now, open_until}, [](const Row& row) { return row.Int64(0); })
      .value();
}

bool KeepAttempt(Session& session, std::int64_t id) {
  return session.Execute("UPDATE attempt SET open_until = NULL WHERE id = $1", {id}) == 1;
}

std::optional<std::int64_t> FindEndOfAttempt(Session& session, std::string_view subject,
                                             std::int64_t window, std::int64_t count) {
  return session.QueryOne(
      "SELECT COALESCE(open_until, attempted_at + $2) FROM attempt WHERE subject = $1 "
      "ORDER BY 1 DESC LIMIT 1 OFFSET $3",
      {Value::Blob(subject), window, count - 1}, [](const Row& row) { return row.Int64(0); });
}

void DeleteAttempt(Session& session, std::int64_t id) {
  session.Execute("DELETE FROM attempt WHERE id = $1", {id});
}

void DeleteAttemptsOf(Session& session, std::string_view subject) {
  session.Execute("DELETE FROM attempt WHERE subject = $1", {Value::Blob(subject)});
}

void DeleteAttemptsOutside(Session& session, std::int64_t since, std::int64_t now) {
  session.Execute(
      "DELETE FROM attempt WHERE attempted_at <= $1 OR attempted_at > $2 OR open_until <= $2",
      {since, now});
}

}  // namespace shop::auth::repository
