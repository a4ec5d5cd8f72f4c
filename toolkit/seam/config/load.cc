#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "seam/config/config.h"
#include "seam/config/json_file.h"
#include "seam/config/names.h"
#include "seam/config/value.h"

namespace seam::config {
namespace {

using Settings = std::map<std::string, Configuration::Setting, std::less<>>;
using Problems = std::vector<std::string>;

constexpr int kUsageError = 2;

// What the command line holds, not yet looked at.
struct CommandLine {
  struct Value {
    const Option* option = nullptr;
    std::string text{};
    std::string flag{};
  };
  std::vector<Value> values{};
  std::string config_file{};
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  bool print_config_schema = false;
  bool json = false;
  std::string help_text{};
};

std::string TypeName(const Option& option) {
  if (std::holds_alternative<Integer>(option.type)) return "INTEGER";
  if (std::holds_alternative<Boolean>(option.type)) return "true|false";
  if (std::holds_alternative<SecretFile>(option.type)) return "FILE";
  if (const auto* word = std::get_if<Word>(&option.type)) {
    std::string names;
    for (const std::string& name : word->words) names += (names.empty() ? "" : "|") + name;
    return names;
  }
  return "TEXT";
}

std::string HelpText(const Option& option) {
  std::string text = option.description;
  if (const auto* integer = std::get_if<Integer>(&option.type);
      integer != nullptr && !integer->unit.empty()) {
    text += " In " + integer->unit + ".";
  }
  const Value value = DefaultOf(option);
  if (const auto* string = std::get_if<std::string>(&value); string != nullptr) {
    return string->empty() ? text : text + " Default: " + Quote(*string) + ".";
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value); integer != nullptr) {
    return text + " Default: " + std::to_string(*integer) + ".";
  }
  return text + (std::get<bool>(value) ? " Default: true." : " Default: false.");
}

// What CLI11 could not place: unknown flags, and words that belong to no flag.
void ReportExtras(const std::vector<std::string>& extras, const std::vector<std::string>& names,
                  Problems& problems) {
  bool after_unknown_flag = false;
  for (const std::string& extra : extras) {
    if (extra.size() > 1 && extra.front() == '-') {
      const std::string flag = extra.substr(0, extra.find('='));
      problems.push_back("unknown flag " + flag + SuggestName(flag, names));
      after_unknown_flag = extra.size() == flag.size();
    } else {
      // The word after an unknown flag was most likely meant as its value.
      if (!after_unknown_flag) problems.push_back("unexpected argument " + Quote(extra));
      after_unknown_flag = false;
    }
  }
}

// The arguments in reverse, as CLI11 wants them, without those that end in "=": CLI11 would take
// the argument that follows for their value.
std::vector<std::string> TakeEmptyValues(int argc, const char* const* argv, Problems& problems) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    const std::string argument = argv[i];
    if (argument.size() > 3 && argument.compare(0, 2, "--") == 0 &&
        argument.find('=') == argument.size() - 1) {
      const std::string flag = argument.substr(0, argument.size() - 1);
      problems.push_back("flag " + flag + ": nothing stands after the \"=\"; for an empty value " +
                         "write " + flag + " \"\"");
    } else {
      arguments.push_back(argument);
    }
  }
  return arguments;
}

CommandLine ReadCommandLine(const OptionTable& table, int argc, const char* const* argv,
                            Problems& problems) {
  const Program& program = table.program();
  CommandLine line;
  CLI::App app(program.summary, program.name);
  auto formatter = std::make_shared<CLI::Formatter>();
  constexpr std::size_t kHelpColumn = 50;
  formatter->column_width(kHelpColumn);
  app.formatter(formatter);
  app.allow_extras();
  app.set_help_flag();
  app.footer("Every option is also a key of the JSON file and an environment variable: --" +
             table.options().front().path + " is " +
             EnvironmentName(program.environment_prefix, table.options().front().path) +
             ".\nA flag goes before the environment, that before the file, that before the "
             "default.");

  // Every occurrence is kept, so that a flag given twice can be refused like any other problem.
  const auto add = [&app](const std::string& names, const std::string& description) {
    return app
        .add_option(names, CLI::callback_t([](const CLI::results_t&) { return true; }), description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  const std::string group = "Program";
  app.add_flag("--help", line.help, "Prints this and ends.")->group(group);
  app.add_flag("--version", line.version, "Prints the version and ends.")->group(group);
  CLI::Option* config = add("--config", "Reads this JSON file.")->type_name("FILE")->group(group);
  app.add_flag("--check-config", line.check_config, "Checks the configuration and ends.")
      ->group(group);
  app.add_flag("--print-config", line.print_config,
               "Prints what is in force and where each value came from, and ends.")
      ->group(group);
  app.add_flag("--json", line.json, "Makes --print-config print JSON.")->group(group);
  app.add_flag("--print-config-schema", line.print_config_schema,
               "Prints the JSON Schema of the file and ends.")
      ->group(group);

  std::vector<std::string> names = {"--help",         "--version",      "--config",
                                    "--check-config", "--print-config", "--print-config-schema",
                                    "--json"};
  std::vector<std::pair<const Option*, CLI::Option*>> flags;
  for (const Option& option : table.options()) {
    std::string flag_names = "--" + option.path;
    names.push_back(flag_names);
    if (!option.alias.empty()) {
      flag_names = "--" + option.alias + "," + flag_names;
      names.push_back("--" + option.alias);
    }
    CLI::Option* flag = add(flag_names, HelpText(option))->type_name(TypeName(option));
    if (std::holds_alternative<Boolean>(option.type)) flag->expected(0, 1)->default_str("true");
    flags.emplace_back(&option, flag);
  }

  try {
    app.parse(TakeEmptyValues(argc, argv, problems));
  } catch (const CLI::ParseError& error) {
    problems.emplace_back(error.what());
  }
  ReportExtras(app.remaining(), names, problems);
  if (config->count() > 1) problems.emplace_back("flag --config: given twice");
  if (config->count() == 1) line.config_file = config->results().front();
  for (const auto& [option, flag] : flags) {
    if (flag->count() == 0) continue;
    const std::string name = "--" + option->path;
    const CLI::results_t& results = flag->results();
    if (results.size() > 1) {
      problems.push_back("flag " + name + ": given twice");
      continue;
    }
    line.values.push_back({option, results.empty() ? "true" : results.front(), name});
  }
  if (line.help) line.help_text = app.help();
  return line;
}

// Whether Kubernetes gives a variable of this name to every pod beside a Service that is called
// like the program: it is not about an option, and nobody can take it away.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
bool IsServiceLink(std::string_view name, std::string_view value, std::string_view prefix) {
  const std::string_view rest = name.substr(prefix.size());
  const auto begins_with = [rest](std::string_view start) {
    return rest.substr(0, start.size()) == start;
  };
  if (rest == "PORT") return value.find("://") != std::string_view::npos;
  if (begins_with("PORT_")) return rest.size() > 5 && rest[5] >= '0' && rest[5] <= '9';
  return rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || begins_with("SERVICE_PORT_");
}

void ReadEnvironment(const OptionTable& table, const Environment& environment, Settings& settings,
                     Problems& problems) {
  const std::string prefix = table.program().environment_prefix + "_";
  std::map<std::string, const Option*> known;
  std::vector<std::string> names;
  for (const Option& option : table.options()) {
    names.push_back(EnvironmentName(table.program().environment_prefix, option.path));
    known[names.back()] = &option;
  }
  for (const auto& [name, text] : environment) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string source = "environment " + name;
    const auto found = known.find(name);
    if (found == known.end()) {
      if (IsServiceLink(name, text, prefix)) continue;
      problems.push_back(source + ": no option has this variable" + SuggestName(name, names));
      continue;
    }
    Parsed parsed = ParseText(*found->second, text);
    if (!parsed.problem.empty()) {
      problems.push_back(source + ": " + parsed.problem);
      continue;
    }
    settings[found->second->path] = {std::move(parsed.value), source};
  }
}

void ReadFlags(const CommandLine& line, Settings& settings, Problems& problems) {
  for (const CommandLine::Value& value : line.values) {
    const std::string source = "flag " + value.flag;
    Parsed parsed = ParseText(*value.option, value.text);
    if (!parsed.problem.empty()) {
      problems.push_back(source + ": " + parsed.problem);
      continue;
    }
    settings[value.option->path] = {std::move(parsed.value), source};
  }
}

nlohmann::ordered_json ToJson(const Value& value) {
  return std::visit([](const auto& it) { return nlohmann::ordered_json(it); }, value);
}

bool IsSet(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr || !text->empty();
}

std::string PrintJson(const OptionTable& table, const Settings& settings) {
  nlohmann::ordered_json listing;
  for (const Option& option : table.options()) {
    const Configuration::Setting& setting = settings.at(option.path);
    nlohmann::ordered_json& entry = listing[option.path];
    if (std::holds_alternative<SecretFile>(option.type)) {
      entry["set"] = IsSet(setting.value);
    } else {
      entry["value"] = ToJson(setting.value);
    }
    entry["source"] = setting.source;
  }
  return listing.dump(2) + "\n";
}

std::string PrintText(const OptionTable& table, const Settings& settings) {
  std::string listing;
  for (const Option& option : table.options()) {
    const Configuration::Setting& setting = settings.at(option.path);
    listing += option.path + " = ";
    if (std::holds_alternative<SecretFile>(option.type)) {
      listing += IsSet(setting.value) ? "(set)" : "(not set)";
    } else {
      listing += ToJson(setting.value).dump();
    }
    listing += "  # " + setting.source + "\n";
  }
  return listing;
}

// What stands before a rule's message: where the value is and the option's name, without saying the
// same twice. A flag and a variable are named after the option, and a default stands nowhere.
std::string Blame(const Program& program, const std::string& path, const std::string& source) {
  if (source == "default") return path;
  const bool says_it = source == "flag --" + path ||
                       source == "environment " + EnvironmentName(program.environment_prefix, path);
  return says_it ? source : source + ": " + path;
}

Exit Refused(const Program& program, const Problems& problems) {
  Exit exit{kUsageError, "", ""};
  for (const std::string& problem : problems) exit.error += program.name + ": " + problem + "\n";
  return exit;
}

}  // namespace

LoadResult Load(const OptionTable& table, int argc, const char* const* argv,
                const Environment& environment) {
  Problems problems;
  const CommandLine line = ReadCommandLine(table, argc, argv, problems);
  if (line.help) return Exit{0, line.help_text, ""};
  if (line.version) return Exit{0, table.program().name + " " + table.program().version + "\n", ""};
  if (line.print_config_schema) return Exit{0, table.Schema(), ""};
  if (line.json && !line.print_config) {
    problems.emplace_back("flag --json: works only with --print-config");
  }

  Settings settings;
  for (const Option& option : table.options())
    settings[option.path] = {DefaultOf(option), "default"};
  if (!line.config_file.empty()) ReadJsonFile(table, line.config_file, settings, problems);
  ReadEnvironment(table, environment, settings, problems);
  ReadFlags(line, settings, problems);
  if (!problems.empty()) return Refused(table.program(), problems);

  Configuration configuration(settings);
  for (const Rule& rule : table.rules()) {
    const std::string complaint = rule.complaint(configuration);
    if (complaint.empty()) continue;
    problems.push_back(Blame(table.program(), rule.path, configuration.GetSource(rule.path)) +
                       ": " + complaint);
  }
  if (!problems.empty()) return Refused(table.program(), problems);

  if (line.print_config) {
    return Exit{0, line.json ? PrintJson(table, settings) : PrintText(table, settings), ""};
  }
  if (line.check_config) return Exit{0, "the configuration is right\n", ""};
  return configuration;
}

}  // namespace seam::config
