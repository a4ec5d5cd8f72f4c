#include "seam/host/database_options.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "seam/core/patience.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "seam/sql/postgresql.h"

namespace seam {
namespace {

using config::Configuration;
using config::Integer;
using config::Text;
using std::chrono::milliseconds;

// With the name of a module, short enough for PostgreSQL.
constexpr std::size_t kMaxPrefixBytes = 32;

std::string FolderIsNamed(const Configuration& given) {
  return given.GetText("data.directory").empty() ? "a directory must be named" : "";
}

std::string IsPostgresqlAddress(const Configuration& given) {
  const std::string& address = given.GetText("database.address");
  if (address.empty()) return "";
  try {
    sql::CheckPostgresqlAddress(address);
  } catch (const sql::SqlError& error) {
    return error.what();
  }
  return "";
}

std::string IsPrefix(const Configuration& given) {
  const std::string& prefix = given.GetText("database.prefix");
  const bool good = !prefix.empty() && prefix.size() <= kMaxPrefixBytes && prefix[0] >= 'a' &&
                    prefix[0] <= 'z' && std::all_of(prefix.begin(), prefix.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  return good ? "" : "give up to 32 of a-z, 0-9 and _ that begin with a letter, such as shop_";
}

std::string PasswordsAreForPostgresql(const Configuration& given) {
  const bool useless = !given.GetText("database.password_folder").empty() &&
                       given.GetText("database.address").empty();
  return useless ? "leave it out, or give database.address: SQLite has no passwords" : "";
}

// How long one try to reach a server takes at most, the first one less, so that the log soon says
// what is waited for; and how long it gets at least.
constexpr milliseconds kFirstTry{2000};
constexpr milliseconds kLongestTry{5000};
constexpr milliseconds kShortestTry{1000};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{1000};

// Nothing when the database can be used.
std::optional<sql::SqlError> TryOnce(const Context& context, const sql::DatabaseOptions& options,
                                     milliseconds patience) {
  try {
    sql::TryToReach(context, options, patience);
    return std::nullopt;
  } catch (const sql::SqlError& error) {
    return error;
  }
}

Failure Refused(const sql::SqlError& failure, const std::string& setup) {
  Error error = sql::ToError(failure);
  if (failure.kind() == sql::ErrorKind::kNotSetUp) {
    error.message +=
        "; if the database was not set up for this yet, its administrator runs what `" + setup +
        "` prints, with the same database.prefix";
  }
  return Forward(std::move(error));
}

// The schema is called like the role that owns it.
std::string RoleOf(const Configuration& configuration, const std::string& module) {
  return configuration.GetText("database.prefix") + module;
}

}  // namespace

void AddDatabaseOptions(const std::string& usual_prefix, std::vector<config::Option>& options,
                        std::vector<config::Rule>& rules) {
  options.push_back({.path = "data.directory",
                     .type = Text{"."},
                     .description = "The folder with the SQLite files of the modules in this "
                                    "process; made when missing."});
  options.push_back({.path = "database.address",
                     .type = Text{},
                     .description = "A PostgreSQL database instead of SQLite files: "
                                    "postgresql://HOST/NAME, without user and password."});
  options.push_back({.path = "database.prefix",
                     .type = Text{usual_prefix},
                     .description = "What the names of the modules' roles and schemas begin with "
                                    "in PostgreSQL."});
  options.push_back({.path = "database.password_folder",
                     .type = Text{},
                     .description = "A folder with a file for each role, called as the role, with "
                                    "its password; libpq's own password file if empty."});
  options.push_back(
      {.path = "database.max_connections",
       .type =
           Integer{.value = sql::DatabaseOptions().max_connections, .minimum = 2, .maximum = 128},
       .description =
           "How many connections each module may have to its database at once, a quarter "
           "for reading and the others for writing; SQLite has one that writes."});
  options.push_back(
      {.path = "database.wait_ms",
       .type = Integer{.value = 30'000, .minimum = 0, .maximum = 3'600'000, .unit = "milliseconds"},
       .description = "How long a start waits for a PostgreSQL server that is not "
                      "there yet."});
  rules.push_back({.path = "data.directory", .complaint = FolderIsNamed});
  rules.push_back({.path = "database.address", .complaint = IsPostgresqlAddress});
  rules.push_back({.path = "database.prefix", .complaint = IsPrefix});
  rules.push_back({.path = "database.password_folder", .complaint = PasswordsAreForPostgresql});
}

milliseconds ReadDatabaseWait(const Configuration& configuration) {
  return milliseconds(configuration.GetInteger("database.wait_ms"));
}

sql::DatabaseOptions ReadDatabaseOptions(const Configuration& configuration,
                                         const std::string& module) {
  sql::DatabaseOptions options;
  options.max_connections = static_cast<int>(configuration.GetInteger("database.max_connections"));
  const std::string& address = configuration.GetText("database.address");
  if (address.empty()) {
    const std::filesystem::path folder = configuration.GetText("data.directory");
    options.sqlite_file = (folder / (module + ".sqlite")).string();
    return options;
  }
  sql::PostgresqlSchema& schema = options.postgresql.emplace();
  schema.address = address;
  schema.role = RoleOf(configuration, module);
  schema.schema = schema.role;
  const std::filesystem::path folder = configuration.GetText("database.password_folder");
  if (!folder.empty()) schema.password_file = (folder / schema.role).string();
  return options;
}

sql::DatabaseOptions WithFolder(sql::DatabaseOptions options) {
  if (options.postgresql) return options;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(options.sqlite_file).parent_path(),
                                      ignored);
  return options;
}

sql::DatabaseReport ReportTo(Log& log, std::string module) {
  return [&log, module = std::move(module)](std::string_view message, std::string_view detail) {
    log.Warning(message, {{"module", module}, {"detail", detail}});
  };
}

Result<void> AwaitDatabase(const Context& context, const sql::DatabaseOptions& options,
                           milliseconds wait, const std::string& setup, Log& log) {
  const auto begin = Context::Clock::now();
  const auto waited = [begin] {
    return std::chrono::duration_cast<milliseconds>(Context::Clock::now() - begin);
  };
  milliseconds pause = kFirstPause;
  for (bool first = true;; first = false) {
    const auto failure =
        TryOnce(context, options,
                std::clamp(wait - waited(), kShortestTry, first ? kFirstTry : kLongestTry));
    if (!failure) {
      if (!first) log.Info("the database is there", {{"waited_ms", waited().count()}});
      return {};
    }
    if (context.cancelled()) {
      return Fail(Code::kCancelled, "CANCELLED", "asked to stop while waiting for the database");
    }
    if (failure->kind() != sql::ErrorKind::kUnavailable &&
        failure->kind() != sql::ErrorKind::kBusy &&
        failure->kind() != sql::ErrorKind::kDeadlineExceeded) {
      return Refused(*failure, setup);
    }
    const milliseconds left = wait - waited();
    if (left <= milliseconds(0)) {
      return Fail(Code::kUnavailable, "DATABASE_UNAVAILABLE",
                  std::string(failure->what()) + "; waited for it for " +
                      std::to_string(wait.count()) + " ms, which is database.wait_ms");
    }
    if (first) {
      log.Warning("waiting for the database",
                  {{"error", failure->what()}, {"at_most_ms", wait.count()}});
    }
    Pause(context, std::min(pause, left));
    pause = std::min(2 * pause, kLongestPause);
  }
}

std::string DatabaseSetup(const Configuration& configuration,
                          const std::vector<std::string>& modules) {
  std::string text =
      "-- A role and a schema for each module; may be run again. The roles get no passwords here:\n"
      "-- set them with psql's \\password, where the server asks for some. For\n"
      "-- psql --set ON_ERROR_STOP=1 --single-transaction, which says when something fails.\n";
  for (const std::string& module : modules) {
    const std::string role = RoleOf(configuration, module);
    text += "\n-- " + module + "\n" + sql::OwnershipStatements(role, role);
  }
  return text;
}

}  // namespace seam
