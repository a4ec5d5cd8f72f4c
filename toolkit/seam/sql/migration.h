#ifndef SEAM_SQL_MIGRATION_H_
#define SEAM_SQL_MIGRATION_H_

#include <string_view>
#include <vector>

#include "seam/sql/database.h"

namespace seam::sql {

// One step of a database's schema. Once released it is never edited: a change is a new step.
struct Migration {
  int version = 0;          // 1, 2, 3, … without gaps.
  std::string_view name{};  // For people: "add the colour of a product".
  // Statements separated by semicolons, for each engine that the module may run on; no BEGIN, no
  // COMMIT.
  std::string_view sqlite{};
  std::string_view postgresql{};
};

// Brings the database to the last version of `migrations`, in one transaction under a lock of
// its own (Database::WriteAlone): several processes may start at once, and a step that fails leaves
// the database as it was. What has been applied is kept in the table seam_migration, with a
// fingerprint of its text for this engine. Throws SqlError:
//
//   kSchemaTooNew     the database has a version that the program does not know
//   kSchemaChanged    a step that was applied differs from the one in `migrations`
//   kMigrationFailed  a step was refused by the database
//   kMisuse           `migrations` has gaps, or steps that are empty for this engine
//
// and what Database::WriteAlone throws. Waits for a process that changes the schema at the time,
// until the context ends.
void Migrate(const Context& context, Database& database, const std::vector<Migration>& migrations);

}  // namespace seam::sql

#endif  // SEAM_SQL_MIGRATION_H_
