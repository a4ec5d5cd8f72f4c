#include "seam/sql/open.h"

#include "seam/sql/sqlite.h"

namespace seam::sql {

std::unique_ptr<Database> OpenDatabase(const DatabaseOptions& options, const DatabaseNeeds& needs) {
  if (options.postgresql) {
    PostgresqlOptions postgresql;
    postgresql.address = options.postgresql->address;
    postgresql.role = options.postgresql->role;
    postgresql.schema = options.postgresql->schema;
    postgresql.password_file = options.postgresql->password_file;
    postgresql.isolation = needs.isolation;
    postgresql.pool.max_wait = needs.max_wait;
    return OpenPostgresql(postgresql);
  }
  SqliteOptions sqlite;
  sqlite.path = options.sqlite_file;
  sqlite.durable = needs.durable;
  sqlite.overwrite_deleted = needs.overwrite_deleted;
  sqlite.pool.max_wait = needs.max_wait;
  return OpenSqlite(sqlite);
}

}  // namespace seam::sql
