// seam diverge

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seam/host/serve_main.h"
#include "seam/host/stop_signals.h"
#include "seam/observe/log.h"
#include "seam/probe/v1/probe_servicer.h"
#include "tool/diverge/every_side.h"
#include "tool/diverge/hazard.h"
#include "tool/diverge/probe_service.h"
#include "tool/diverge/report.h"
#include "tool/verbs.h"

namespace seam::tool {
namespace {

using diverge::Hazard;
using diverge::Row;
using diverge::Verdict;

// The verb by which the tool starts itself as the probe's service.
constexpr char kServiceVerb[] = "probe-service";
constexpr char kParent[] = "--parent";

// For the sides to close.
constexpr std::chrono::seconds kPatienceToStop{5};
constexpr int kStopped = 2;

struct DivergeOptions {
  std::vector<std::string> only;
  bool bare = false;
  bool json = false;
  bool markdown = false;
};

std::vector<Hazard> Chosen(const DivergeOptions& options) {
  std::vector<Hazard> chosen = diverge::Catalogue();
  if (options.only.empty()) return chosen;
  const auto all = chosen;
  chosen.clear();
  for (const std::string& name : options.only) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Hazard& hazard) { return hazard.name == name; });
    if (found == all.end()) {
      std::string names;
      for (const Hazard& hazard : all) names += " " + hazard.name;
      throw CLI::ValidationError("--only", "there is no hazard '" + name + "'; there are:" + names);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

// Whoever waits at a terminal and sees nothing of the answer yet is told how far it is, in one
// line.
class Progress {
 public:
  Progress(bool wanted, std::size_t count)
      : shown_(wanted && isatty(STDERR_FILENO) == 1), count_(count) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_) std::cerr << kClearLine << std::flush;
  }

  void Show(std::size_t done, const std::string& name) const {
    if (!shown_) return;
    std::cerr << kClearLine << done + 1 << " of " << count_ << ": " << name << std::flush;
  }

 private:
  static constexpr std::string_view kClearLine = "\r\033[K";
  const bool shown_;
  const std::size_t count_;
};

LogOptions OnlyErrors() {
  LogOptions options;
  options.level = LogLevel::kError;
  return options;
}

// The exit code.
int RunDiverge(const DivergeOptions& options) {
  const std::vector<Hazard> hazards = Chosen(options);
  if (options.markdown) {
    std::cout << diverge::MarkdownTable(hazards);
    return 0;
  }
  // Asked to stop it closes the sides, which ends the service and removes the folders.
  Log log(OnlyErrors());
  const StopSignals stop(log, kPatienceToStop);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const diverge::EverySide sides({self, kServiceVerb, kParent, std::to_string(getpid())});
  const diverge::Table table(hazards, /*detailed=*/!options.only.empty());
  const Progress progress(options.json || isatty(STDOUT_FILENO) == 0, hazards.size());
  if (!options.json) std::cout << table.Head() << std::flush;
  std::vector<Row> rows;
  for (const Hazard& hazard : hazards) {
    progress.Show(rows.size(), hazard.name);
    rows.push_back(diverge::Try(hazard, sides, options.bare));
    if (stop.asked()) return kStopped;
    if (!options.json) std::cout << table.Lines(rows.back()) << std::flush;
    if (!std::cout) return kStopped;  // Nobody reads it any more.
  }
  std::cout << (options.json ? diverge::JsonReport(rows) + "\n" : diverge::Table::Foot(rows));
  const bool good = std::all_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.verdict == Verdict::kEqual || row.verdict == Verdict::kDeclared;
  });
  return good ? 0 : 1;
}

// Ends with `parent`, the process that started it, however that ends; 0 for on its own. (It is the
// thread that started it to be exact, which is the one that runs the verb.)
int ServeProbe(pid_t parent, const std::vector<std::string>& arguments) {
  if (parent != 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) return kStopped;  // It had ended before.
  }
  std::vector<const char*> argv = {kServiceVerb};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ServeMain(
      static_cast<int>(argv.size()), argv.data(), {.name = kServiceVerb}, [](Host& host) {
        host.Serve<seam::probe::v1::ProbeServicer>(std::make_unique<diverge::ProbeService>());
        return Result<void>();
      });
}

}  // namespace

void AddDiverge(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DivergeOptions>();
  CLI::App* const verb = app.add_subcommand(
      "diverge",
      "Tries on every side of a seam what may differ when a module moves to another process, and "
      "compares what the caller sees. Exits with 1 when something differs that is not declared.");
  verb->add_option("--only", options->only, "Only this hazard, with all that each side did.")
      ->type_name("NAME")
      ->allow_extra_args(false);
  verb->add_flag(
      "--bare", options->bare,
      "Shows beside each what is seen when the piece of Seam that takes care is missing.");
  CLI::Option* const json = verb->add_flag("--json", options->json, "Prints JSON.");
  verb->add_flag("--markdown", options->markdown,
                 "Tries nothing and prints the table of docs/parity.md.")
      ->excludes(json);
  verb->callback([options, &exit_code] { exit_code = RunDiverge(*options); });

  // Without a group it is not listed in --help: nobody but this tool starts it.
  CLI::App* const service = app.add_subcommand(kServiceVerb, "")->group("")->prefix_command();
  const auto parent = std::make_shared<pid_t>(0);
  service->add_option(kParent, *parent);
  service->callback(
      [service, parent, &exit_code] { exit_code = ServeProbe(*parent, service->remaining()); });
}

}  // namespace seam::tool
