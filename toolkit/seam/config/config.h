#ifndef SEAM_CONFIG_CONFIG_H_
#define SEAM_CONFIG_CONFIG_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A program's configuration in four layers, each over the one before: the default of an option, a
// JSON file, environment variables, command-line flags. One table of options describes it all; the
// readers of the layers, the help, the listing and the JSON Schema come from that table.
//
//   using namespace seam::config;
//   const OptionTable table({.name = "shop", .version = "0.1.0", .summary = "The shop.",
//                            .environment_prefix = "SHOP"},
//                           {{.path = "http.port",
//                             .type = Integer{.value = 8080, .minimum = 1, .maximum = 65535},
//                             .description = "The TCP port of the HTTP face.",
//                             .alias = "port"}});
//   const LoadResult loaded = Load(table, argc, argv, ProcessEnvironment());
//   if (const Exit* exit = std::get_if<Exit>(&loaded)) return Finish(*exit);
//   const std::int64_t port = std::get<Configuration>(loaded).GetInteger("http.port");
//
// The option above is {"http": {"port": 8080}} in the file, SHOP_HTTP_PORT in the environment, and
// --http.port or --port on the command line.
//
// All types here are values, and thread-safe as long as nobody assigns to them.
namespace seam::config {

class Configuration;

// The types of options. `value` is the default.

struct Text {
  std::string value{};
};

struct Integer {
  std::int64_t value = 0;
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::string unit{};  // Shown to people: "milliseconds", "bytes".
};

// "true" or "false". The flag alone means true.
struct Boolean {
  bool value = false;
};

// One of a few words.
struct Word {
  std::string value{};
  std::vector<std::string> words{};
};

// A secret, given as the name of a file that holds it. The file must be a regular file that only
// its owner can read or write (mode 0600 or 0400), of 1 to 4096 bytes; one line end at its end does
// not count. Neither the secret nor the name of its file is ever printed. Not set by default.
struct SecretFile {};

struct Option {
  // Where the value stands in the JSON file: lower-case words of [a-z0-9_] joined by dots. The
  // environment variable is the table's prefix, "_", and the path in upper case with "_" for ".".
  std::string path{};
  std::variant<Text, Integer, Boolean, Word, SecretFile> type{};
  std::string description{};  // One line; ends with a full stop.
  std::string alias{};        // A short second name for the flag: "port". None when empty.
};

// A rule that ties options together. It is asked when every value by itself is right.
struct Rule {
  // The option to blame: it stands before the message, with the source of its value.
  std::string path{};
  // Returns what is wrong and what to do; empty when nothing is.
  std::function<std::string(const Configuration& configuration)> complaint{};
};

struct Program {
  std::string name{};
  std::string version{};
  std::string summary{};             // One line, for --help.
  std::string environment_prefix{};  // "SHOP", without the underscore.
};

// All options of one program. Aborts with a message when the table itself is wrong: two options of
// one name, a default out of its own range, a missing description, a rule about an unknown option.
class OptionTable {
 public:
  OptionTable(Program program, std::vector<Option> options, std::vector<Rule> rules = {});

  [[nodiscard]] const Program& program() const noexcept { return program_; }
  [[nodiscard]] const std::vector<Option>& options() const noexcept { return options_; }
  [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }

  // The JSON Schema (draft 2020-12) of the configuration file, indented, ending in a line end.
  [[nodiscard]] std::string Schema() const;

 private:
  Program program_;
  std::vector<Option> options_;
  std::vector<Rule> rules_;
};

// The values in force. Every option of the table has one, and it passed every check.
class Configuration {
 public:
  struct Setting {
    std::variant<std::string, std::int64_t, bool> value;
    // "default", "shop.json:3:13", "environment SHOP_HTTP_PORT" or "flag --http.port".
    std::string source;
  };

  explicit Configuration(std::map<std::string, Setting, std::less<>> settings);

  // Abort when the table has no option of that path and type: a bug in the program.
  [[nodiscard]] const std::string& GetText(std::string_view path) const;  // Text and Word.
  [[nodiscard]] std::int64_t GetInteger(std::string_view path) const;
  [[nodiscard]] bool GetBoolean(std::string_view path) const;

  // The secret itself, not the name of its file; empty when none is set.
  [[nodiscard]] const std::string& GetSecret(std::string_view path) const;

  // Where the value came from; see Setting::source.
  [[nodiscard]] const std::string& GetSource(std::string_view path) const;

 private:
  [[nodiscard]] const Setting& Find(std::string_view path) const;

  std::map<std::string, Setting, std::less<>> settings_;
};

// What to print before the program ends, and with which code.
struct Exit {
  int code = 0;
  std::string output{};  // For stdout.
  std::string error{};   // For stderr.
};

using LoadResult = std::variant<Configuration, Exit>;

// Variables by name.
using Environment = std::map<std::string, std::string, std::less<>>;

// The environment of this process.
[[nodiscard]] Environment ProcessEnvironment();

// Reads all four layers. Besides the options' own flags it understands
//   --config FILE          the JSON file; without it there is none
//   --check-config         reads and checks everything, then ends
//   --print-config         what is in force and where each value came from; --json for machines
//   --print-config-schema  OptionTable::Schema
//   --help, --version
//
// Returns the Configuration when the program is to run. Returns an Exit of code 0 when one of the
// flags above has been served, and of code 2 when something is wrong. Its text then has one line
// for each problem of all layers: where (file:line:column, variable or flag), what, and what was
// expected. Refused are unknown names (with the nearest right one), wrong types, values out of
// range, duplicate keys, flags given twice, unreadable files, and broken rules. Ignored are a
// "$schema" at the top of the file, because editors want it there, and the variables that
// Kubernetes makes of a Service called like the program (SHOP_SERVICE_HOST, SHOP_PORT_8080_TCP and
// the like).
[[nodiscard]] LoadResult Load(const OptionTable& table, int argc, const char* const* argv,
                              const Environment& environment);

// Prints what `exit` says and returns its code, for main to return.
[[nodiscard]] int Finish(const Exit& exit);

}  // namespace seam::config

#endif  // SEAM_CONFIG_CONFIG_H_
