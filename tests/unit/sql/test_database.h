#ifndef TESTS_UNIT_SQL_TEST_DATABASE_H_
#define TESTS_UNIT_SQL_TEST_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "postgresql/private_postgresql.h"
#include "seam/sql/database.h"
#include "seam/sql/postgresql.h"
#include "thrown.h"

namespace seam::sql {

// An empty database of either engine, for one test.
class TestDatabase {
 public:
  struct Options {
    std::size_t max_statements = 64;
    PoolOptions pool;
  };

  TestDatabase() = default;
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  virtual ~TestDatabase() = default;

  // The database, opened once more: as another process would have it.
  [[nodiscard]] virtual std::unique_ptr<Database> Open(const Options& options) const = 0;
  [[nodiscard]] std::unique_ptr<Database> Open() const { return Open(Options()); }
};

[[nodiscard]] std::unique_ptr<TestDatabase> MakeTestDatabase(Engine engine);

// The server that this program's tests share.
[[nodiscard]] seam::testing::PrivatePostgresql& SharedServer();

// For a role "postgres", which may do everything, and a new schema on the server.
[[nodiscard]] PostgresqlOptions NewSchema(const seam::testing::PrivatePostgresql& server);

inline const Context kNoContext;

[[nodiscard]] std::int64_t Count(Database& database,
                                 std::string_view statement = "SELECT count(*) FROM item");

// "Sqlite" or "Postgresql".
[[nodiscard]] std::string EngineName(Engine engine);

}  // namespace seam::sql

#endif  // TESTS_UNIT_SQL_TEST_DATABASE_H_
