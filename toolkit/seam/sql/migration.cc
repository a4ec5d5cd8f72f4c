#include "seam/sql/migration.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "seam/core/fingerprint.h"

namespace seam::sql {
namespace {

struct Applied {
  std::int64_t version;
  std::string name;
  std::int64_t fingerprint;
};

std::string_view TextOf(const Migration& migration, Engine engine) {
  return engine == Engine::kSqlite ? migration.sqlite : migration.postgresql;
}

std::int64_t FingerprintOf(const Migration& migration, Engine engine) {
  return static_cast<std::int64_t>(Fingerprint(TextOf(migration, engine)));
}

std::string Describe(std::int64_t version, std::string_view name) {
  return std::to_string(version) + " (" + std::string(name) + ")";
}

void CheckMigrations(const std::vector<Migration>& migrations, Engine engine) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    const Migration& migration = migrations[i];
    if (migration.version != static_cast<int>(i) + 1) {
      throw SqlError(ErrorKind::kMisuse, "migration " +
                                             Describe(migration.version, migration.name) +
                                             " stands where version " + std::to_string(i + 1) +
                                             " belongs; number them 1, 2, 3, …");
    }
    if (TextOf(migration, engine).empty() || migration.name.empty()) {
      throw SqlError(ErrorKind::kMisuse, "migration " + std::to_string(migration.version) +
                                             " has no name or no statements for " +
                                             (engine == Engine::kSqlite ? "SQLite" : "PostgreSQL"));
    }
  }
}

std::vector<Applied> ReadApplied(Session& session) {
  session.Execute(
      "CREATE TABLE IF NOT EXISTS seam_migration ("
      "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, fingerprint BIGINT NOT NULL, "
      "applied_at BIGINT NOT NULL)",
      {});
  std::vector<Applied> applied;
  session.Query("SELECT version, name, fingerprint FROM seam_migration ORDER BY version", {},
                [&](const Row& row) {
                  applied.push_back({row.Int64(0), std::string(row.Text(1)), row.Int64(2)});
                });
  return applied;
}

// Everything that was applied must be a beginning of what the program knows.
void CheckApplied(const std::vector<Applied>& applied, const std::vector<Migration>& migrations,
                  const Database& database) {
  if (applied.size() > migrations.size()) {
    const std::string known =
        migrations.empty() ? "0" : Describe(migrations.back().version, migrations.back().name);
    throw SqlError(ErrorKind::kSchemaTooNew,
                   database.name() + ": the database has schema version " +
                       Describe(applied.back().version, applied.back().name) +
                       ", this program knows versions up to " + known +
                       "; start a program that is at least as new as the database, or restore the "
                       "backup from before the upgrade");
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const Migration& migration = migrations[i];
    if (applied[i].version != migration.version ||
        applied[i].fingerprint != FingerprintOf(migration, database.engine())) {
      throw SqlError(ErrorKind::kSchemaChanged,
                     database.name() + ": schema version " +
                         Describe(applied[i].version, applied[i].name) +
                         " was applied from another text than this program's version " +
                         Describe(migration.version, migration.name) +
                         "; take the edit of the old migration back and write a new one");
    }
  }
}

void Apply(Session& session, const Migration& migration, const Database& database) {
  try {
    session.ExecuteScript(TextOf(migration, database.engine()));
  } catch (const SqlError& error) {
    throw SqlError(ErrorKind::kMigrationFailed,
                   database.name() + ": migration to schema version " +
                       Describe(migration.version, migration.name) +
                       " failed, nothing was changed: " + error.what());
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  session.Execute(
      "INSERT INTO seam_migration (version, name, fingerprint, applied_at) "
      "VALUES ($1, $2, $3, $4)",
      {migration.version, migration.name, FingerprintOf(migration, database.engine()),
       now.count()});
}

}  // namespace

void Migrate(const Context& context, Database& database, const std::vector<Migration>& migrations) {
  CheckMigrations(migrations, database.engine());
  database.WriteAlone(context, [&](Session& session) {
    const std::vector<Applied> applied = ReadApplied(session);
    CheckApplied(applied, migrations, database);
    for (std::size_t i = applied.size(); i < migrations.size(); ++i) {
      Apply(session, migrations[i], database);
    }
  });
}

}  // namespace seam::sql
