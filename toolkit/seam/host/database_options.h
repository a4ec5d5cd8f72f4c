#ifndef SEAM_HOST_DATABASE_OPTIONS_H_
#define SEAM_HOST_DATABASE_OPTIONS_H_

#include <chrono>
#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"

namespace seam {

// The options of a program with modules that have databases, and rules about them, for its table:
//   data.directory             where the SQLite files are, MODULE.sqlite for each
//   database.address           a PostgreSQL database instead, as libpq writes it
//   database.prefix            "shop_": module orders has the role and the schema shop_orders
//   database.password_folder   a folder with a file for each role, called as the role, whose first
//                              line is its password; libpq's own password file when empty
//   database.max_connections   see sql::DatabaseOptions
//   database.wait_ms           how long AwaitDatabase waits for a PostgreSQL server
// `usual_prefix` is the default of database.prefix.
void AddDatabaseOptions(const std::string& usual_prefix, std::vector<config::Option>& options,
                        std::vector<config::Rule>& rules);

// How long AwaitDatabase may wait. `configuration` was loaded with a table that has them.
[[nodiscard]] std::chrono::milliseconds ReadDatabaseWait(
    const config::Configuration& configuration);

// What they say of the database of `module`. `configuration` was loaded with a table that has them.
[[nodiscard]] sql::DatabaseOptions ReadDatabaseOptions(const config::Configuration& configuration,
                                                       const std::string& module);

// The same, once the folder of a SQLite file has been made unless it is there. A failure to make it
// shows when the file is opened.
[[nodiscard]] sql::DatabaseOptions WithFolder(sql::DatabaseOptions options);

// For sql::DatabaseOptions::report: warnings in `log`, which outlives the database of `module`.
[[nodiscard]] sql::DatabaseReport ReportTo(Log& log, std::string module);

// For a program that starts: returns when the PostgreSQL server lets the module in, as a database
// and the programs that use it may be started in any order. Tries again, after pauses of a tenth of
// a second to a whole one, as long as database.wait_ms says; the first failure and the end of the
// waiting are logged. Whoever waits serves nobody yet. Returns at once for a SQLite file. Fails
// with
//
//   UNAVAILABLE, DATABASE_UNAVAILABLE  the server was not there in time
//   UNAVAILABLE, DATABASE_REFUSED      the role, its password, the database, the schema or TLS is
//                                      wrong, which no waiting mends: the first answer is the last.
//                                      `setup` is the command that prints what DatabaseSetup gives,
//                                      for the message where that may be missing
//   CANCELLED                          `context` was cancelled
[[nodiscard]] Result<void> AwaitDatabase(const Context& context,
                                         const sql::DatabaseOptions& options,
                                         std::chrono::milliseconds wait, const std::string& setup,
                                         Log& log);

// What an administrator of the PostgreSQL database runs, as often as it may be, so that these
// modules have their roles and schemas: statements for psql, with comments.
[[nodiscard]] std::string DatabaseSetup(const config::Configuration& configuration,
                                        const std::vector<std::string>& modules);

}  // namespace seam

#endif  // SEAM_HOST_DATABASE_OPTIONS_H_
