// seam check [ROOT]: holds the sources of a project to the rules of who may use whom, and keeps a
// baseline of what is accepted for now.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "seam/config/names.h"
#include "tool/project_options.h"
#include "tool/structure/baseline.h"
#include "tool/structure/check_report.h"
#include "tool/structure/judge.h"
#include "tool/structure/rules.h"
#include "tool/structure/text_file.h"
#include "tool/verbs.h"

namespace seam::tool {

namespace {

namespace fs = std::filesystem;
using structure::Accepted;
using structure::Baseline;
using structure::CheckReport;

constexpr char kBaselineFile[] = "seam-baseline.jsonl";

struct CheckOptions {
  ProjectOptions project;
  std::optional<std::string> baseline;  // Beside the rules when not given.
  bool init = false;
  bool accept = false;
  std::optional<std::string> owner;
  std::optional<std::string> reason;
  bool prune = false;
  std::optional<std::string> against;
  std::optional<std::string> allow_growth;
  bool as_json = false;
  bool as_sarif = false;
  bool as_github = false;
  bool all_unseen = false;
  bool rules_help = false;
  std::optional<std::string> explain;
};

int CannotTell(const std::string& problem) {
  std::fprintf(stderr, "%s\n", problem.c_str());
  return 2;
}

int CheckMisused(const std::string& problem) { return CannotTell("seam check: " + problem); }

void PrintCheckRule(const structure::RuleHelp& help) {
  std::printf("%s\n  refuses: %s\n  why: %s\n  do: %s\n", std::string(help.name).c_str(),
              std::string(help.refuses).c_str(), std::string(help.why).c_str(),
              std::string(help.advice).c_str());
}

int Explain(const std::string& rule) {
  const structure::RuleHelp* const help = structure::FindRuleHelp(rule);
  if (help == nullptr) {
    std::vector<std::string> names;
    for (const structure::RuleHelp& each : structure::RulesHelp()) names.emplace_back(each.name);
    return CheckMisused("there is no rule " + config::Quote(rule) +
                        config::SuggestName(rule, names));
  }
  PrintCheckRule(*help);
  return 0;
}

// What is wrong with the arguments together; empty when nothing is.
std::string Contradiction(const CheckOptions& options) {
  const auto blank = [](const std::optional<std::string>& text) {
    return text && (text->find_first_not_of(" \t") == std::string::npos ||
                    text->find_first_of("\r\n") != std::string::npos);
  };
  if (options.accept && (!options.owner || !options.reason)) {
    return "--accept needs --owner, who answers for what is accepted, and --reason, why it is";
  }
  if (!options.accept && (options.owner || options.reason)) {
    return "--owner and --reason say who accepts and why; give --accept with them";
  }
  if (blank(options.owner)) return "--owner takes a name, in one line";
  if (blank(options.reason)) return "--reason takes a reason, in one line";
  if (options.allow_growth && !options.against) {
    return "--allow-growth says why the baseline may have grown since --against REV; give both";
  }
  if (blank(options.allow_growth)) return "--allow-growth takes a reason, in one line";
  if (options.init && (options.accept || options.prune || options.against)) {
    return "--init writes the rules; accept and prune when they are as you want them";
  }
  return "";
}

// A file's name in messages: relative to the root when it is below.
std::string NameIn(const fs::path& root, const fs::path& file) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(file, error);
  const fs::path relative = whole.lexically_relative(root);
  const bool below = !error && !relative.empty() && *relative.begin() != "..";
  return (below ? relative : file).generic_string();
}

int WriteRulesFile(const CheckOptions& options) {
  const ProjectOptions& of = options.project;
  const fs::path file = of.rules ? fs::path(*of.rules) : fs::path(of.root) / kRulesFile;
  const std::string name = file.lexically_normal().generic_string();
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error))) {
    return CheckMisused(name + " is there already; --init overwrites nothing");
  }
  ProjectOptions unruled = of;
  unruled.rules = std::nullopt;
  const auto project = LoadProject(unruled);
  if (!project) return CannotTell(project.error().message);
  if (const auto written =
          structure::WriteFile(file, structure::WriteRules(project->rules, project->facts));
      !written) {
    return CannotTell(written.error().message);
  }
  std::printf(
      "%s: written, with what %zu modules use of each other now; read it, and take out "
      "what should not be\n",
      name.c_str(), project->rules.modules.size());
  return 0;
}

// Whether .gitattributes beside the baseline has git merge it line by line.
bool MergesByLine(const fs::path& baseline) {
  std::ifstream attributes(fs::absolute(baseline).parent_path() / ".gitattributes");
  for (std::string line; std::getline(attributes, line);) {
    if (line.find("merge=union") != std::string::npos) return true;
  }
  return false;
}

// Adds what is new and takes out what is stale, as asked; the verdict is what it is after that.
Result<void> ChangeBaseline(const CheckOptions& options, const fs::path& file, Baseline& baseline,
                            structure::Verdict& verdict, std::string& told) {
  const std::size_t added = options.accept ? verdict.fresh.size() : 0;
  const std::size_t taken = options.prune ? verdict.stale.size() : 0;
  if (options.accept) {
    for (structure::Violation& violation : verdict.fresh) {
      const Accepted entry{violation.rule, violation.from,  violation.to,
                           *options.owner, *options.reason, 0};
      baseline.entries.push_back(entry);
      verdict.by.push_back(entry);
      verdict.accepted.push_back(std::move(violation));
    }
    verdict.fresh.clear();
  }
  if (options.prune) {
    const auto is_stale = [&](const Accepted& entry) {
      return std::any_of(verdict.stale.begin(), verdict.stale.end(), [&](const Accepted& stale) {
        return stale.rule == entry.rule && stale.from == entry.from && stale.to == entry.to;
      });
    };
    baseline.entries.erase(
        std::remove_if(baseline.entries.begin(), baseline.entries.end(), is_stale),
        baseline.entries.end());
    verdict.stale.clear();
  }
  std::error_code error;
  const bool is_new = !fs::exists(file, error);
  if (is_new && added == 0) return {};
  if (auto written = structure::WriteFile(file, ToText(baseline)); !written) return written;
  const std::string name = file.generic_string();
  told = name + ": " + std::to_string(added) + " added, " + std::to_string(taken) + " taken out\n";
  if (added > 0 && !MergesByLine(file)) {
    told += "to have git merge it line by line, write into .gitattributes beside it: " +
            file.filename().generic_string() + " merge=union\n";
  }
  return {};
}

// A module whose patterns match nothing is misspelt, or gone.
void TellEmptyModules(const Project& project, CheckReport& report) {
  std::set<const structure::Module*> with_files;
  for (const structure::SourceFile& file : project.facts.files) {
    with_files.insert(ModuleOf(project.rules, file.path));
  }
  for (const structure::Module& module : project.rules.modules) {
    if (with_files.count(&module) > 0) continue;
    report.unseen.push_back({report.rules_file + ":" + std::to_string(module.line) + ": module " +
                                 module.name + " has no file: nothing is at its \"paths\"",
                             "mend them, or take the module out"});
  }
}

int RunCheck(const CheckOptions& options) {
  if (options.rules_help) {
    for (const structure::RuleHelp& help : structure::RulesHelp()) PrintCheckRule(help);
    return 0;
  }
  if (options.explain) return Explain(*options.explain);
  if (const std::string problem = Contradiction(options); !problem.empty()) {
    return CheckMisused(problem);
  }
  if (options.init) return WriteRulesFile(options);

  const auto project = LoadProject(options.project);
  if (!project) return CannotTell(project.error().message);
  if (project->rules.file.empty()) {
    std::string modules;
    for (const structure::Module& module : project->rules.modules) {
      modules += (modules.empty() ? "" : ", ") + module.name;
    }
    return CheckMisused("there is no seam-rules.json in " + options.project.root +
                        " to check by; seam check --init writes one that describes what is there "
                        "now (by its folders: " +
                        (modules.empty() ? "no sources found" : modules) + ")");
  }
  if (project->facts.files.empty()) {
    return CheckMisused("there is no C or C++ source below " + options.project.root +
                        "; give the project's root, and look at \"ignore\" in the rules");
  }
  const fs::path baseline_file = options.baseline
                                     ? fs::path(*options.baseline)
                                     : project->rules.file.parent_path() / kBaselineFile;
  auto baseline = structure::ReadBaseline(baseline_file);
  if (!baseline) return CannotTell(baseline.error().message);

  CheckReport report;
  report.rules_file = NameIn(project->root, project->rules.file);
  report.baseline_file = NameIn(project->root, baseline_file);
  report.files = project->facts.files.size();
  for (const structure::SourceFile& file : project->facts.files) report.lines += file.lines;
  report.modules = project->graph.modules.size();
  report.unseen = project->graph.unseen;
  TellEmptyModules(*project, report);
  const structure::Seen seen = {
      std::any_of(project->facts.edges.begin(), project->facts.edges.end(),
                  [](const auto& edge) { return edge.kind == structure::EdgeKind::kSymbol; }),
      !options.project.no_tables};
  report.verdict =
      Compare(*baseline, structure::Judge(project->rules, project->facts, project->graph), seen);
  std::string told;
  if (options.accept || options.prune) {
    const auto changed = ChangeBaseline(options, baseline_file, *baseline, report.verdict, told);
    if (!changed) return CannotTell(changed.error().message);
  }
  if (options.against) {
    const auto before = structure::BaselineAt(baseline_file, *options.against);
    if (!before) return CannotTell(before.error().message);
    report.against = {*options.against, CompareBaselines(*before, *baseline), options.allow_growth};
  }
  if (options.as_json) {
    std::fputs(CheckJson(report).c_str(), stdout);
  } else if (options.as_sarif) {
    std::fputs(CheckSarif(report).c_str(), stdout);
  } else {
    std::fputs(told.c_str(), stdout);
    if (options.as_github) std::fputs(CheckGithub(report).c_str(), stdout);
    std::fputs(CheckText(report, options.all_unseen).c_str(), stdout);
  }
  return IsGood(report) ? 0 : 1;
}

}  // namespace

void AddCheck(CLI::App& app, int& exit_code) {
  // Shared with the callback, which runs while the arguments are parsed.
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* const verb = app.add_subcommand(
      "check",
      "Holds the modules of a project to the rules of who may use whom, seam-rules.json in ROOT. "
      "Exit code: 0 they are kept, 1 not, 2 cannot tell.");
  AddProjectOptions(*verb, options->project);
  verb->add_flag("--init", options->init,
                 "Writes a rules file that describes what is there now; overwrites none.");
  verb->add_option("--baseline", options->baseline,
                   "What is accepted for now; the default is seam-baseline.jsonl beside the rules.")
      ->type_name("FILE");
  verb->add_flag("--accept", options->accept,
                 "Adds what is new to the baseline; needs --owner and --reason.");
  verb->add_option("--owner", options->owner, "With --accept: who answers for it.")
      ->type_name("WHO");
  verb->add_option("--reason", options->reason, "With --accept: why it is accepted for now.")
      ->type_name("WHY");
  verb->add_flag("--prune", options->prune,
                 "Takes out of the baseline what nothing breaks any more.");
  verb->add_option("--against", options->against,
                   "Shows what the baseline has gained and lost since a git revision, and fails "
                   "when it has gained.")
      ->type_name("REV");
  verb->add_option("--allow-growth", options->allow_growth,
                   "With --against: why the baseline may have gained.")
      ->type_name("WHY");
  CLI::Option* const json = verb->add_flag("--json", options->as_json, "Prints one JSON object.");
  CLI::Option* const sarif =
      verb->add_flag("--sarif", options->as_sarif, "Prints SARIF 2.1.0.")->excludes(json);
  verb->add_flag("--github", options->as_github,
                 "Prints the annotations of a GitHub workflow before the text.")
      ->excludes(json)
      ->excludes(sarif);
  verb->add_flag("--unseen", options->all_unseen, "Lists everything that could not be seen.");
  verb->add_flag("--rules-help", options->rules_help, "Says what each rule means, and ends.");
  verb->add_option("--explain", options->explain, "Says what one rule means, and ends.")
      ->type_name("RULE");
  verb->callback([options, &exit_code] { exit_code = RunCheck(*options); });
}

}  // namespace seam::tool
