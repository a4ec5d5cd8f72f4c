#include "postgresql/module_databases.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "postgresql/private_postgresql.h"
#include "seam/sql/open.h"

namespace seam::testing {
namespace {

// The server of this program, and its administrator.
struct Server {
  PrivatePostgresql postgresql{{"deadlock_timeout=50ms"}};
  std::unique_ptr<sql::Database> administrator =
      sql::OpenDatabase({.postgresql = sql::PostgresqlSchema{.address = postgresql.address(),
                                                             .role = "postgres",
                                                             .schema = "public"}},
                        {});
};

Server& SharedByTests() {
  static Server server;
  return server;
}

std::string NewPrefix() {
  static std::atomic<int> made{0};
  const char* const wanted = std::getenv("SEAM_TEST_DATABASE");
  if (wanted == nullptr || std::string_view(wanted) != "postgresql") return "";
  return "test" + std::to_string(++made) + "_";
}

}  // namespace

ModuleDatabases::ModuleDatabases() : prefix_(NewPrefix()) {}

sql::DatabaseOptions ModuleDatabases::Of(const std::string& module) const {
  if (prefix_.empty()) return {.sqlite_file = folder_ / (module + ".sqlite")};
  Server& server = SharedByTests();
  const std::string role = prefix_ + module;
  const std::lock_guard lock(mutex_);
  if (roles_.insert(role).second) {
    server.administrator->Write(Context(), [&](sql::Session& session) {
      session.ExecuteScript(sql::OwnershipStatements(role, role));
    });
  }
  return {.postgresql = sql::PostgresqlSchema{
              .address = server.postgresql.address(), .role = role, .schema = role}};
}

std::unique_ptr<sql::Database> ModuleDatabases::Open(const std::string& module) const {
  return sql::OpenDatabase(Of(module),
                           {.durable = false, .isolation = sql::Isolation::kReadCommitted});
}

std::vector<std::string> ModuleDatabases::Arguments(const std::vector<std::string>& modules) const {
  std::vector<std::string> arguments = {"--data.directory", folder_.path()};
  if (prefix_.empty()) return arguments;
  for (const std::string& module : modules) static_cast<void>(Of(module));
  arguments.insert(arguments.end(), {"--database.address", SharedByTests().postgresql.address(),
                                     "--database.prefix", prefix_});
  return arguments;
}

}  // namespace seam::testing
