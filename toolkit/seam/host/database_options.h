#ifndef SEAM_HOST_DATABASE_OPTIONS_H_
#define SEAM_HOST_DATABASE_OPTIONS_H_

#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/sql/database_options.h"

namespace seam {

// The options of a program with modules that have databases, and rules about them, for its table:
//   data.directory             where the SQLite files are, MODULE.sqlite for each
//   database.address           a PostgreSQL database instead, as libpq writes it
//   database.prefix            "shop_": module orders has the role and the schema shop_orders
//   database.password_folder   a folder with a file for each role, called as the role, whose first
//                              line is its password; libpq's own password file when empty
// `usual_prefix` is the default of database.prefix.
void AddDatabaseOptions(const std::string& usual_prefix, std::vector<config::Option>& options,
                        std::vector<config::Rule>& rules);

// What they say of the database of `module`. `configuration` was loaded with a table that has them.
[[nodiscard]] sql::DatabaseOptions ReadDatabaseOptions(const config::Configuration& configuration,
                                                       const std::string& module);

// The same, once the folder of a SQLite file has been made unless it is there. A failure to make it
// shows when the file is opened.
[[nodiscard]] sql::DatabaseOptions WithFolder(sql::DatabaseOptions options);

// What an administrator of the PostgreSQL database runs, as often as it may be, so that these
// modules have their roles and schemas: statements for psql, with comments.
[[nodiscard]] std::string DatabaseSetup(const config::Configuration& configuration,
                                        const std::vector<std::string>& modules);

}  // namespace seam

#endif  // SEAM_HOST_DATABASE_OPTIONS_H_
