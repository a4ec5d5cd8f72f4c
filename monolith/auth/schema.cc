#include "auth/schema.h"

#include <string_view>

#include "seam/sql/migration.h"

namespace shop::auth {
namespace {

// Times are milliseconds since 1970 in UTC; hashes of secrets are SHA-256.
//
// An account is pending until its profile is known to be in users, at the latest from a log-in. The
// password of a pending first admin is not known yet: its hash is empty.
//
// A session has one row, however often its refresh token has changed: family_hash is of the part
// that all of its tokens share, token_hash of the one that is good now, so that every older one is
// known for what it is. access_until is when its last access token ends; at keep_until nobody needs
// the row any more.
//
// signing_key.seed is the secret; it is forgotten when the key is retired. Then the public half
// stays until no token signed with it can be alive.
//
// An attempt is a row for each subject that it counts for: the hash of an email with an address,
// of either by itself, or of an account's id. It counts until open_until, and without that as long
// as failures count.
constexpr std::string_view kAccountsSessionsKeysAndAttempts = R"(
CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  role TEXT NOT NULL CHECK (role IN ('customer', 'admin')),
  password_hash TEXT NOT NULL CHECK (active = 0 OR password_hash <> ''),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_pending ON account (created_at) WHERE active = 0;
CREATE INDEX account_admin ON account (id) WHERE role = 'admin';

CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  family_hash BLOB NOT NULL UNIQUE,
  token_hash BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  access_until INTEGER NOT NULL,
  refresh_until INTEGER NOT NULL,
  keep_until INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX session_keep_until ON session (keep_until);
CREATE INDEX session_ended ON session (access_until) WHERE ended_at IS NOT NULL;

CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  public_key BLOB NOT NULL,
  seed BLOB,
  created_at INTEGER NOT NULL,
  published_until INTEGER,
  CHECK ((seed IS NULL) = (published_until IS NOT NULL))
) STRICT;

CREATE TABLE attempt (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  subject BLOB NOT NULL,
  attempted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_subject ON attempt (subject, attempted_at);
CREATE INDEX attempt_attempted_at ON attempt (attempted_at);
)";

// Ids compare byte by byte, as they do in SQLite and in this program: pages and locks have one
// order.
constexpr std::string_view kAccountsSessionsKeysAndAttemptsPostgresql = R"(
CREATE TABLE account (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  role TEXT NOT NULL CHECK (role IN ('customer', 'admin')),
  password_hash TEXT NOT NULL CHECK (active = 0 OR password_hash <> ''),
  created_at BIGINT NOT NULL
);
CREATE INDEX account_pending ON account (created_at) WHERE active = 0;
CREATE INDEX account_admin ON account (id) WHERE role = 'admin';

CREATE TABLE session (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  family_hash BYTEA NOT NULL UNIQUE,
  token_hash BYTEA NOT NULL,
  started_at BIGINT NOT NULL,
  access_until BIGINT NOT NULL,
  refresh_until BIGINT NOT NULL,
  keep_until BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX session_keep_until ON session (keep_until);
CREATE INDEX session_ended ON session (access_until) WHERE ended_at IS NOT NULL;

CREATE TABLE signing_key (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  public_key BYTEA NOT NULL,
  seed BYTEA,
  created_at BIGINT NOT NULL,
  published_until BIGINT,
  CHECK ((seed IS NULL) = (published_until IS NOT NULL))
);

CREATE TABLE attempt (
  id BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  subject BYTEA NOT NULL,
  attempted_at BIGINT NOT NULL
);
CREATE INDEX attempt_subject ON attempt (subject, attempted_at);
CREATE INDEX attempt_attempted_at ON attempt (attempted_at);
)";

// Nobody asks for the pending accounts; but a log-in asks for its account's other sessions.
constexpr std::string_view kSessionsByAccount = R"(
DROP INDEX account_pending;
CREATE INDEX session_live ON session (account_id, started_at) WHERE ended_at IS NULL;
)";

// An attempt of before, and one of an older program that still runs, counts as one that has failed.
constexpr std::string_view kOpenAttempts = R"(
ALTER TABLE attempt ADD COLUMN open_until INTEGER;
CREATE INDEX attempt_open ON attempt (open_until) WHERE open_until IS NOT NULL;
)";
constexpr std::string_view kOpenAttemptsPostgresql = R"(
ALTER TABLE attempt ADD COLUMN open_until BIGINT;
CREATE INDEX attempt_open ON attempt (open_until) WHERE open_until IS NOT NULL;
)";

}  // namespace

void MigrateAuth(const seam::Context& context, seam::sql::Database& database) {
  seam::sql::Migrate(context, database,
                     {{.version = 1,
                       .name = "accounts, sessions, keys and attempts",
                       .sqlite = kAccountsSessionsKeysAndAttempts,
                       .postgresql = kAccountsSessionsKeysAndAttemptsPostgresql},
                      {.version = 2,
                       .name = "sessions by account",
                       .sqlite = kSessionsByAccount,
                       .postgresql = kSessionsByAccount},
                      {.version = 3,
                       .name = "attempts that are open",
                       .sqlite = kOpenAttempts,
                       .postgresql = kOpenAttemptsPostgresql}});
}

}  // namespace shop::auth
