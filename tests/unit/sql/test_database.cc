#include "test_database.h"

#include <atomic>

#include "seam/sql/sqlite.h"
#include "seam/testing/temporary_folder.h"

namespace seam::sql {
namespace {

class SqliteFile final : public TestDatabase {
 public:
  [[nodiscard]] std::unique_ptr<Database> Open(const Options& options) const override {
    SqliteOptions sqlite;
    sqlite.path = folder_ / "test.db";
    sqlite.durable = false;
    sqlite.max_statements = options.max_statements;
    sqlite.pool = options.pool;
    return OpenSqlite(sqlite);
  }

 private:
  const seam::testing::TemporaryFolder folder_;
};

class NewPostgresqlSchema final : public TestDatabase {
 public:
  [[nodiscard]] std::unique_ptr<Database> Open(const Options& options) const override {
    PostgresqlOptions postgresql = options_;
    postgresql.max_statements = options.max_statements;
    postgresql.pool = options.pool;
    return OpenPostgresql(postgresql);
  }

 private:
  const PostgresqlOptions options_ = NewSchema(SharedServer());
};

}  // namespace

std::unique_ptr<TestDatabase> MakeTestDatabase(Engine engine) {
  if (engine == Engine::kSqlite) return std::make_unique<SqliteFile>();
  return std::make_unique<NewPostgresqlSchema>();
}

seam::testing::PrivatePostgresql& SharedServer() {
  static seam::testing::PrivatePostgresql server({"deadlock_timeout=50ms"});
  return server;
}

PostgresqlOptions NewSchema(const seam::testing::PrivatePostgresql& server) {
  static std::atomic<int> made{0};
  PostgresqlOptions options;
  options.address = server.address();
  options.role = "postgres";
  options.schema = "public";
  const std::string schema = "test" + std::to_string(++made);
  OpenPostgresql(options)->Write(
      Context(), [&](Session& session) { session.ExecuteScript("CREATE SCHEMA " + schema); });
  options.schema = schema;
  return options;
}

std::int64_t Count(Database& database, std::string_view statement) {
  return database
      .Read(kNoContext,
            [&](Session& session) {
              return session.QueryOne(statement, {}, [](const Row& row) { return row.Int64(0); });
            })
      .value();
}

std::string EngineName(Engine engine) {
  return engine == Engine::kSqlite ? "Sqlite" : "Postgresql";
}

}  // namespace seam::sql
