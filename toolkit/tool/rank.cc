// seam rank [ROOT]: which module of a project to take out first, and why or why not.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/project_options.h"
#include "tool/structure/call_record.h"
#include "tool/structure/rank.h"
#include "tool/structure/table_owners.h"
#include "tool/verbs.h"

namespace seam::tool {

namespace {

// GetProduct over TCP on one machine, as the README's table has it.
constexpr double kRemoteCallUs = 89;

struct RankOptions {
  ProjectOptions project;
  std::vector<std::string> calls;
  structure::CallCounters counters;
  std::optional<double> requests;
  double call_us = kRemoteCallUs;
  bool explain = false;
  bool as_json = false;
};

int CannotRank(const std::string& problem) {
  std::fprintf(stderr, "seam rank: %s\n", problem.c_str());
  return 2;
}

std::optional<std::string> ReadRecord(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

int RunRank(const RankOptions& options) {
  if (options.explain) {
    const std::string text = structure::ExplainRanking(options.call_us);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  if (options.calls.size() > 2) {
    return CannotRank("--calls takes one record, or one from before the run and one from after it");
  }
  std::optional<structure::CallRecord> record;
  if (!options.calls.empty()) {
    std::vector<std::string> texts;
    for (const std::string& file : options.calls) {
      auto text = ReadRecord(file);
      if (!text) return CannotRank(file + ": cannot be read");
      texts.push_back(*std::move(text));
    }
    std::optional<std::string_view> before;
    if (texts.size() == 2) before = texts.front();
    auto read = structure::ReadCallRecord(before, texts.back(), options.counters, options.requests);
    if (!read) return CannotRank(options.calls.back() + ": " + read.error().message);
    record = *std::move(read);
  }
  const auto project = LoadProject(options.project);
  if (!project) return CannotRank(project.error().message);
  const structure::Claims claims =
      structure::ClaimTables(project->rules, project->facts, project->graph);
  structure::Ranking ranking =
      structure::RankModules(claims.rules, project->facts, claims.graph, record, options.call_us);
  ranking.notes = structure::NotesOf(claims.proposals);
  const std::string text =
      options.as_json ? structure::RankingJson(ranking) : structure::RankingText(ranking);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ranking.nothing.empty() ? 0 : 1;
}

}  // namespace

void AddRank(CLI::App& app, int& exit_code) {
  // Shared with the callback, which runs while the arguments are parsed.
  const auto options = std::make_shared<RankOptions>();
  CLI::App* const verb = app.add_subcommand(
      "rank",
      "Says which module of a project to take out first, and why or why not. Exit code: 0 there is "
      "one, 1 there is none yet, 2 cannot tell.");
  AddProjectOptions(*verb, options->project);
  verb->add_option("--calls", options->calls,
                   "A recorded run, from which calls a request are counted: what the program's "
                   "seam::CallCounts wrote at its end, or its /metrics answered; given twice, "
                   "before and after the run.")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--calls-counter", options->counters.calls,
                   "The counter of calls there; its label `module` says who was called, `from` who "
                   "called.")
      ->capture_default_str()
      ->type_name("NAME");
  verb->add_option("--requests-counter", options->counters.requests, "The counter of requests.")
      ->capture_default_str()
      ->type_name("NAME");
  verb->add_option("--requests", options->requests, "How many requests the run had.")
      ->check(CLI::PositiveNumber);
  verb->add_option("--call-us", options->call_us, "What a remote call takes, in microseconds.")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("--explain", options->explain, "Says how the ranking comes about, and ends.");
  verb->add_flag("--json", options->as_json, "Prints one JSON object.");
  verb->callback([options, &exit_code] { exit_code = RunRank(*options); });
}

}  // namespace seam::tool
