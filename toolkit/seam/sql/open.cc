#include "seam/sql/open.h"

#include "seam/sql/sqlite.h"

namespace seam::sql {

namespace {

PostgresqlOptions OptionsOf(const PostgresqlSchema& schema) {
  PostgresqlOptions postgresql;
  postgresql.address = schema.address;
  postgresql.role = schema.role;
  postgresql.schema = schema.schema;
  postgresql.password_file = schema.password_file;
  postgresql.last_host = schema.last_host;
  return postgresql;
}

}  // namespace

std::unique_ptr<Database> OpenDatabase(const DatabaseOptions& options, const DatabaseNeeds& needs) {
  if (options.max_connections < 2 || options.max_connections > 128) {
    throw SqlError(ErrorKind::kMisuse, "database options: max_connections must be 2 to 128");
  }
  const int readers = (options.max_connections + 3) / 4;
  if (options.postgresql) {
    PostgresqlOptions postgresql = OptionsOf(*options.postgresql);
    postgresql.isolation = needs.isolation;
    postgresql.pool.readers = readers;
    postgresql.pool.writers = options.max_connections - readers;
    postgresql.pool.max_wait = needs.max_wait;
    postgresql.report = options.report;
    return OpenPostgresql(postgresql, options.opening);
  }
  SqliteOptions sqlite;
  sqlite.path = options.sqlite_file;
  sqlite.durable = needs.durable;
  sqlite.overwrite_deleted = needs.overwrite_deleted;
  sqlite.pool.readers = readers;
  sqlite.pool.max_wait = needs.max_wait;
  return OpenSqlite(sqlite);
}

void TryToReach(const Context& context, const DatabaseOptions& options,
                std::chrono::milliseconds patience) {
  if (!options.postgresql) return;
  PostgresqlOptions postgresql = OptionsOf(*options.postgresql);
  postgresql.pool.max_wait = patience;
  postgresql.report = options.report;
  static_cast<void>(OpenPostgresql(postgresql, context.WithTimeout(2 * patience)));
}

}  // namespace seam::sql
