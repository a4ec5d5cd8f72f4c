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

}  // namespace

void MigrateUsers(seam::sql::Database& database) {
  seam::sql::Migrate(database, {{.version = 1, .name = "profiles", .sqlite = kProfiles}});
}

}  // namespace shop::users
