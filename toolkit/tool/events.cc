// seam events ACTION --database ADDRESS: what waits and what is parked in a module's outbox and
// inbox, and the word to try a parked event again or to give it up. Everything is in the tables, so
// it makes no difference whether the module runs.

#include <openssl/evp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/standing.h"
#include "seam/sql/database.h"
#include "seam/sql/error.h"
#include "seam/sql/open.h"
#include "tool/structure/outline.h"
#include "tool/verbs.h"

namespace seam::tool {

namespace {

using events::Box;
using events::ParkedEvent;
using events::Standing;
using nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using structure::Printable;

// The longest that one look at the database may take.
constexpr std::chrono::seconds kPatience{15};

struct EventsOptions {
  std::string database;
  std::optional<std::string> role;
  std::optional<std::string> schema;
  std::optional<std::string> password_file;
  bool as_json = false;
  std::optional<double> watch;  // Seconds between two looks.
  std::int64_t limit = 100;
  std::string box;
  std::vector<std::int64_t> positions;
};

const char* NameOf(Box box) { return box == Box::kOutbox ? "outbox" : "inbox"; }

std::string InBase64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a NUL.
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// "2026-11-23T12:00:00.125Z".
std::string InUtc(system_clock::time_point time) {
  const auto since = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto whole = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  std::array<char, 40> text{};
  if (gmtime_r(&whole, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
    return std::to_string(since.count()) + " ms";
  }
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>((since - seconds).count()));
  return std::string(text.data()) + fraction.data();
}

// In the unit in which a person would tell it.
std::string InWords(milliseconds span) {
  struct Unit {
    milliseconds one;
    const char* name;
  };
  static constexpr std::array<Unit, 4> kUnits = {{{std::chrono::hours(24), "d"},
                                                  {std::chrono::hours(1), "h"},
                                                  {std::chrono::minutes(1), "min"},
                                                  {std::chrono::seconds(1), "s"}}};
  for (const Unit& unit : kUnits) {
    if (span >= 2 * unit.one) return std::to_string(span / unit.one) + " " + unit.name;
  }
  return std::to_string(span.count()) + " ms";
}

std::string CountOf(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

bool IsPostgresqlUrl(const std::string& address) {
  return address.rfind("postgresql://", 0) == 0 || address.rfind("postgres://", 0) == 0;
}

// What is wrong with the options, for the user; empty when nothing is.
std::string Complaint(const EventsOptions& options) {
  if (options.role) return "";
  if (IsPostgresqlUrl(options.database)) {
    return "give --role with the module's role at the server, such as shop_products";
  }
  if (options.schema || options.password_file) {
    return "--schema and --password-file go with --role, for PostgreSQL; leave them out for a file";
  }
  std::error_code ignored;
  if (std::filesystem::is_regular_file(options.database, ignored)) return "";
  return "there is no file " + options.database +
         "; --database takes a module's SQLite file, or postgresql://HOST/NAME with --role";
}

std::unique_ptr<sql::Database> Open(const EventsOptions& options, const Context& context) {
  sql::DatabaseOptions database;
  database.max_connections = 2;
  database.opening = context;
  if (options.role) {
    sql::PostgresqlSchema& schema = database.postgresql.emplace();
    schema.address = options.database;
    schema.role = *options.role;
    schema.schema = options.schema.value_or(schema.role);
    schema.password_file = options.password_file.value_or("");
  } else {
    database.sqlite_file = options.database;
  }
  return sql::OpenDatabase(database, {.isolation = sql::Isolation::kReadCommitted});
}

std::string Dump(const ordered_json& json, const EventsOptions& options) {
  // A round of --watch is a line.
  return json.dump(options.watch ? -1 : 2, ' ', false, ordered_json::error_handler_t::replace);
}

std::int64_t CountParked(const std::vector<Standing>& standings) {
  std::int64_t parked = 0;
  for (const Standing& standing : standings) parked += standing.parked;
  return parked;
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  constexpr std::size_t kNames = 2;  // The first columns are text.
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i < kNames ? row[i] + pad : pad + row[i]);
    }
    std::printf("%s\n", line.c_str());
  }
}

int PrintStanding(sql::Database& database, const EventsOptions& options, const Context& context) {
  const auto standings = database.Read(context, [](sql::Session& session) {
    return events::ReadStandings(session, system_clock::now());
  });
  const std::int64_t parked = CountParked(standings);
  if (options.as_json) {
    ordered_json list = ordered_json::array();
    for (const Standing& standing : standings) {
      const auto& last = standing.last_applied_at;
      list.push_back({{"box", NameOf(standing.box)},
                      {"peer", standing.peer},
                      {"waiting", standing.waiting},
                      {"retrying", standing.retrying},
                      {"parked", standing.parked},
                      {"applied", standing.applied},
                      {"redelivered", standing.redelivered},
                      {"lag_ms", standing.lag.count()},
                      {"last_applied_at", last ? ordered_json(InUtc(*last)) : ordered_json()}});
    }
    std::printf("%s\n",
                Dump({{"parked", parked}, {"standings", std::move(list)}}, options).c_str());
    return parked == 0 ? 0 : 1;
  }
  if (standings.empty()) {
    std::printf("no events: nothing waits, nothing is parked, nothing is remembered\n");
    return 0;
  }
  std::vector<std::vector<std::string>> rows = {
      {"box", "peer", "waiting", "retrying", "parked", "applied", "redelivered", "lag"}};
  for (const Standing& standing : standings) {
    const bool in = standing.box == Box::kInbox;
    rows.push_back({NameOf(standing.box), Printable(standing.peer),
                    std::to_string(standing.waiting), std::to_string(standing.retrying),
                    std::to_string(standing.parked), in ? std::to_string(standing.applied) : "-",
                    in ? std::to_string(standing.redelivered) : "-", InWords(standing.lag)});
  }
  PrintTable(rows);
  if (parked > 0) {
    std::printf("%s parked: see `seam events parked`\n",
                (CountOf(parked, "event") + (parked == 1 ? " is" : " are")).c_str());
  }
  return parked == 0 ? 0 : 1;
}

int PrintParked(sql::Database& database, const EventsOptions& options, const Context& context) {
  std::int64_t total = 0;
  const auto parked = database.ReadSnapshot(context, [&](sql::Session& session) {
    total = CountParked(events::ReadStandings(session, system_clock::now()));
    return events::ListParked(session, options.limit);
  });
  if (options.as_json) {
    ordered_json list = ordered_json::array();
    for (const ParkedEvent& one : parked) {
      list.push_back({{"box", NameOf(one.box)},
                      {"position", one.position},
                      {"peer", one.peer},
                      {"topic", one.event.topic},
                      {"type", one.event.type},
                      {"entity", one.event.entity},
                      {"event_id", one.event.id},
                      {"source", one.event.source},
                      {"attempts", one.attempts},
                      {"reason", one.reason},
                      {"published_at", InUtc(one.event.published_at)},
                      {"parked_at", InUtc(one.parked_at)},
                      {"traceparent", one.event.traceparent},
                      {"payload_base64", InBase64(one.event.payload)}});
    }
    std::printf("%s\n", Dump({{"parked", total}, {"events", std::move(list)}}, options).c_str());
    return total == 0 ? 0 : 1;
  }
  for (const ParkedEvent& one : parked) {
    const events::Event& event = one.event;
    // Names of entities come from customers: what a terminal would obey is not printed.
    const std::string lines[] = {
        std::string(NameOf(one.box)) + " " + std::to_string(one.position) + ": " + event.topic +
            " about " + event.entity + ", " + (one.box == Box::kOutbox ? "to " : "from ") +
            one.peer + ", after " + CountOf(one.attempts, "attempt"),
        "  reason: " + one.reason,
        "  event: " + event.id + ", " + event.type + " of " +
            CountOf(static_cast<std::int64_t>(event.payload.size()), "byte"),
        "  published " + InUtc(event.published_at) + ", parked " + InUtc(one.parked_at)};
    for (const std::string& line : lines) std::printf("%s\n", Printable(line).c_str());
  }
  if (total == 0) {
    std::printf("nothing is parked\n");
  } else if (const auto listed = static_cast<std::int64_t>(parked.size()); listed < total) {
    std::printf("%s of %s; --limit lists more\n", std::to_string(listed).c_str(),
                std::to_string(total).c_str());
  }
  return total == 0 ? 0 : 1;
}

using Settle = bool (*)(sql::Session&, Box, std::int64_t);

// Of several positions, those that are parked; the others are told.
int SettleAll(sql::Database& database, const EventsOptions& options, const Context& context,
              Settle settle, const char* done) {
  const Box box = options.box == NameOf(Box::kOutbox) ? Box::kOutbox : Box::kInbox;
  const auto settled = database.Write(context, [&](sql::Session& session) {
    std::vector<bool> each;
    for (const std::int64_t position : options.positions) {
      each.push_back(settle(session, box, position));
    }
    return each;
  });
  ordered_json list = ordered_json::array();
  bool all = true;
  for (std::size_t i = 0; i < settled.size(); ++i) {
    const std::int64_t position = options.positions[i];
    all = all && settled[i];
    if (options.as_json) {
      list.push_back({{"box", options.box}, {"position", position}, {"done", bool{settled[i]}}});
    } else {
      std::printf("%s %s: %s\n", options.box.c_str(), std::to_string(position).c_str(),
                  settled[i] ? done : "no such event is parked");
    }
  }
  if (options.as_json) std::printf("%s\n", Dump(list, options).c_str());
  return all ? 0 : 1;
}

using Action = std::function<int(sql::Database&, const EventsOptions&, const Context&)>;

// Round after round until nobody reads any more.
int Watch(sql::Database& database, const EventsOptions& options, const Action& action) {
  for (bool first = true;; first = false) {
    if (!options.as_json) {
      std::printf("%s%s\n", first ? "" : "\n", InUtc(system_clock::now()).c_str());
    }
    const int answer = action(database, options, Context().WithTimeout(kPatience));
    if (std::fflush(stdout) != 0) return answer;
    std::this_thread::sleep_for(std::chrono::duration<double>(*options.watch));
  }
}

int RunEvents(const EventsOptions& options, const Action& action) {
  const auto failed = [](const std::string& problem) {
    std::fprintf(stderr, "seam events: %s\n", problem.c_str());
    return 2;
  };
  if (const std::string complaint = Complaint(options); !complaint.empty()) {
    return failed(complaint);
  }
  try {
    const Context context = Context().WithTimeout(kPatience);
    const auto database = Open(options, context);
    if (options.watch) return Watch(*database, options, action);
    return action(*database, options, context);
  } catch (const sql::SqlError& error) {
    // The statements are ours, so what the engine does not know in them is a table.
    if (error.kind() == sql::ErrorKind::kSyntax) {
      return failed(options.database +
                    " has no outbox and no inbox; name the database of a module that publishes or "
                    "subscribes" +
                    (options.role ? ", and its role" : ""));
    }
    return failed(error.what());
  }
}

CLI::App* AddAction(CLI::App& verb, const char* name, const char* help,
                    const std::shared_ptr<EventsOptions>& options, Action action, int& exit_code) {
  CLI::App* const command = verb.add_subcommand(name, help);
  command
      ->add_option("--database", options->database,
                   "The module's database: its SQLite file, or postgresql://HOST/NAME without user "
                   "and password.")
      ->required()
      ->type_name("ADDRESS");
  command->add_option("--role", options->role,
                      "The module's role at the PostgreSQL server, to connect as.");
  command->add_option("--schema", options->schema,
                      "With PostgreSQL: the module's schema; called as the role if not given.");
  command->add_option("--password-file", options->password_file,
                      "With PostgreSQL: a file with the role's password; libpq's own password file "
                      "if not given.");
  command->add_flag("--json", options->as_json, "Prints JSON.");
  command->callback([options, action = std::move(action), &exit_code] {
    exit_code = RunEvents(*options, action);
  });
  return command;
}

void AddWatch(CLI::App& command, const std::shared_ptr<EventsOptions>& options) {
  constexpr double kShortest = 0.1;
  constexpr double kLongest = 3600;
  command
      .add_option("--watch", options->watch,
                  "Looks again every so many seconds until it is ended; with --json, a line each.")
      ->type_name("SECONDS")
      ->check(CLI::Range(kShortest, kLongest));
}

void AddWhich(CLI::App& command, const std::shared_ptr<EventsOptions>& options) {
  command.add_option("box", options->box, "outbox or inbox.")
      ->required()
      ->check(CLI::IsMember({NameOf(Box::kOutbox), NameOf(Box::kInbox)}));
  command.add_option("position", options->positions, "What `seam events parked` lists it by.")
      ->required()
      ->check(CLI::PositiveNumber);
}

}  // namespace

void AddEvents(CLI::App& app, int& exit_code) {
  CLI::App* const verb =
      app.add_subcommand("events",
                         "What waits and what is parked in a module's outbox and inbox. Exit code: "
                         "0 nothing is parked, "
                         "or done; 1 something is parked, or was not done; 2 cannot tell.");
  verb->require_subcommand(1);
  // Shared with the callbacks, which run while the arguments are parsed.
  const auto options = std::make_shared<EventsOptions>();
  AddWatch(*AddAction(*verb, "standing",
                      "How much waits, is tried again and is parked, by box and peer, and how old "
                      "the oldest waiting event is.",
                      options, PrintStanding, exit_code),
           options);
  CLI::App* const parked =
      AddAction(*verb, "parked", "The events that were given up after too many attempts, and why.",
                options, PrintParked, exit_code);
  parked->add_option("--limit", options->limit, "How many are listed.")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
  AddWatch(*parked, options);
  AddWhich(*AddAction(
               *verb, "retry",
               "Lets parked events be tried again, behind what was applied meanwhile.", options,
               [](auto& database, const auto& given, const auto& context) {
                 return SettleAll(database, given, context, events::RetryParked, "is tried again");
               },
               exit_code),
           options);
  AddWhich(*AddAction(
               *verb, "drop", "Gives parked events up: they are never applied.", options,
               [](auto& database, const auto& given, const auto& context) {
                 return SettleAll(database, given, context, events::DropParked, "dropped");
               },
               exit_code),
           options);
}

}  // namespace seam::tool
