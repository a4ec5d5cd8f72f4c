#ifndef SEAM_SQL_DATABASE_OPTIONS_H_
#define SEAM_SQL_DATABASE_OPTIONS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seam/core/context.h"

namespace seam::sql {

// Gets what a program's log should say of a database, as some callers never hear why they had to
// wait: a constant message, and the details, which hold no values. Called by the threads that use
// the database; thread-safe, throws nothing, and lives as long as the database.
using DatabaseReport = std::function<void(std::string_view message, std::string_view detail)>;

// Which of the hosts of an address worked last, by its number from 0.
using LastHost = std::atomic<std::size_t>;

// A schema of a PostgreSQL database, and the role that owns it; see PostgresqlOptions.
struct PostgresqlSchema {
  std::string address{};
  std::string role{};
  std::string schema{};
  std::string password_file{};
  std::shared_ptr<LastHost> last_host = std::make_shared<LastHost>(0);  // Copies share it.
};

// Where a module's database is: what is decided by whoever runs the module, who passes it on
// without knowing engines. OpenDatabase opens it.
struct DatabaseOptions {
  // A SQLite file that belongs to the module alone; made when it is not there. Its folder must
  // exist. ":memory:" is a database that ends with the module: for tests.
  std::string sqlite_file{};

  // When it is there, the database is this instead.
  std::optional<PostgresqlSchema> postgresql{};

  // How many connections the module opens at most, when first needed. A quarter of them reads;
  // those that write are more, since they wait for the disk, and commit together while they do.
  // SQLite has one that writes. 2 to 128.
  int max_connections = 16;

  // Its end breaks the opening off, which may have to wait for a process that changes the schema.
  Context opening{};

  // See PostgresqlOptions; may be empty.
  DatabaseReport report{};
};

}  // namespace seam::sql

#endif  // SEAM_SQL_DATABASE_OPTIONS_H_
