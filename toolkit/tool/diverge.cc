// seam diverge

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "seam/host/serve_main.h"
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

// The exit code.
int RunDiverge(const DivergeOptions& options) {
  const std::vector<Hazard> hazards = Chosen(options);
  if (options.markdown) {
    std::cout << diverge::MarkdownTable(hazards);
    return 0;
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const diverge::EverySide sides({self, kServiceVerb});
  std::vector<Row> rows;
  for (const Hazard& hazard : hazards) rows.push_back(diverge::Try(hazard, sides, options.bare));
  if (options.json) {
    std::cout << diverge::JsonReport(rows) << '\n';
  } else {
    std::cout << diverge::Table(rows, /*detailed=*/!options.only.empty());
  }
  const bool good = std::all_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.verdict == Verdict::kEqual || row.verdict == Verdict::kDeclared;
  });
  return good ? 0 : 1;
}

int ServeProbe(const std::vector<std::string>& arguments) {
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
      ->type_name("NAME");
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
  service->callback([service, &exit_code] { exit_code = ServeProbe(service->remaining()); });
}

}  // namespace seam::tool
