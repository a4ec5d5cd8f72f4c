#ifndef TESTS_POSTGRESQL_MODULE_DATABASES_H_
#define TESTS_POSTGRESQL_MODULE_DATABASES_H_

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "seam/sql/database.h"
#include "seam/sql/database_options.h"
#include "seam/testing/temporary_folder.h"

namespace seam::testing {

// The databases of the modules in one test, empty at first: SQLite files, or, in a program that was
// started with SEAM_TEST_DATABASE=postgresql, schemas with roles of their own on a server that the
// program's tests share. So one suite runs on both. Thread-safe.
class ModuleDatabases {
 public:
  ModuleDatabases();
  ModuleDatabases(const ModuleDatabases&) = delete;
  ModuleDatabases& operator=(const ModuleDatabases&) = delete;

  // The same each time, for the options of the module.
  [[nodiscard]] sql::DatabaseOptions Of(const std::string& module) const;

  // The database opened beside the module, in its role, for a test to look into.
  [[nodiscard]] std::unique_ptr<sql::Database> Open(const std::string& module) const;

  // The arguments for programs with these modules, whose databases are those of Of(module).
  [[nodiscard]] std::vector<std::string> Arguments(const std::vector<std::string>& modules) const;

  // Whose MODULE.sqlite the databases are, when they are files.
  [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }

 private:
  const TemporaryFolder folder_;
  const std::string prefix_;  // Empty for files.
  mutable std::mutex mutex_;
  mutable std::set<std::string> roles_;  // Made so far.
};

}  // namespace seam::testing

#endif  // TESTS_POSTGRESQL_MODULE_DATABASES_H_
