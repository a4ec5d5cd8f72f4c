#include "users/schema.h"

#include <string_view>

#include "seam/sql/migration.h"

namespace shop::users {
namespace {

// Times are milliseconds since 1970 in UTC. "user" is a word of SQL's own, hence the table's name.
//
// profile.email is as it was given; profile.email_folded is the same in lower case, and its index
// is what makes emails unique when two calls come at once. profile.creation is the fingerprint of
// what the profile was created from, by which a repeated creation is told from a second one.
constexpr std::string_view kProfiles = R"(
CREATE TABLE profile (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  email_folded TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  creation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
)";

// Ids compare byte by byte, as they do in SQLite and in this program: pages and locks have one
// order.
constexpr std::string_view kProfilesPostgresql = R"(
CREATE TABLE profile (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  email_folded TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version >= 1),
  creation BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
)";

}  // namespace

void MigrateUsers(const seam::Context& context, seam::sql::Database& database) {
  seam::sql::Migrate(
      context, database,
      {{.version = 1, .name = "profiles", .sqlite = kProfiles, .postgresql = kProfilesPostgresql}});
}

}  // namespace shop::users
