#ifndef SEAM_SQL_OPEN_H_
#define SEAM_SQL_OPEN_H_

#include <chrono>
#include <memory>

#include "seam/sql/database.h"
#include "seam/sql/database_options.h"
#include "seam/sql/postgresql.h"

namespace seam::sql {

// What a module asks of its database, whichever it is.
struct DatabaseNeeds {
  // See SqliteOptions; on PostgreSQL the server's own settings decide both.
  bool durable = true;
  bool overwrite_deleted = false;

  // Of writing transactions on PostgreSQL; on SQLite there is one writer at a time.
  Isolation isolation = Isolation::kSerializable;

  // See PoolOptions.
  std::chrono::milliseconds max_wait{5000};
};

// Opens the database that `options` names. Throws what OpenSqlite and OpenPostgresql throw, and
// kMisuse for impossible options.
[[nodiscard]] std::unique_ptr<Database> OpenDatabase(const DatabaseOptions& options,
                                                     const DatabaseNeeds& needs);

// Connects to the PostgreSQL schema that `options` names, once, and lets it go; throws what
// OpenPostgresql throws. The server has `patience` to take the connection, and twice that in all.
// Looks at nothing of a SQLite file.
void TryToReach(const Context& context, const DatabaseOptions& options,
                std::chrono::milliseconds patience);

}  // namespace seam::sql

#endif  // SEAM_SQL_OPEN_H_
