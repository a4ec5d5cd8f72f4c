// seam graph [ROOT]: draws which module of a project uses which, and holds a picture that was kept
// against what is there.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/project_options.h"
#include "tool/structure/draw.h"
#include "tool/structure/outline.h"
#include "tool/structure/text_file.h"
#include "tool/verbs.h"

namespace seam::tool {

namespace {

struct GraphOptions {
  ProjectOptions project;
  std::optional<std::string> format;
  std::optional<std::string> output;
  std::optional<std::string> check;
  std::vector<std::string> kinds;
  std::vector<std::string> without;  // Modules.
  std::string from;
  std::string to;
  bool no_counts = false;
};

int CannotDraw(const std::string& problem) {
  std::fprintf(stderr, "seam graph: %s\n", problem.c_str());
  return 2;
}

std::string FormatOf(const GraphOptions& options) {
  if (options.format) return *options.format;
  const std::string file = options.output ? *options.output : options.check.value_or("");
  const std::string extension = std::filesystem::path(file).extension().string();
  if (extension == ".md") return "markdown";
  if (extension == ".mmd" || extension == ".mermaid") return "mermaid";
  if (extension == ".svg") return "svg";
  if (extension == ".html" || extension == ".htm") return "html";
  if (extension == ".json") return "json";
  return "text";
}

std::vector<structure::EdgeKind> KindsOf(const GraphOptions& options) {
  std::vector<structure::EdgeKind> kinds;
  for (const structure::EdgeKind kind : structure::AllEdgeKinds()) {
    if (options.kinds.empty() || std::find(options.kinds.begin(), options.kinds.end(),
                                           structure::EdgeKindName(kind)) != options.kinds.end()) {
      kinds.push_back(kind);
    }
  }
  return kinds;
}

void LeaveOut(const std::vector<std::string>& without, structure::ModuleGraph& graph) {
  const auto out = [&](const std::string& module) {
    return std::find(without.begin(), without.end(), module) != without.end();
  };
  auto& modules = graph.modules;
  modules.erase(std::remove_if(modules.begin(), modules.end(), out), modules.end());
  graph.edges.erase(std::remove_if(graph.edges.begin(), graph.edges.end(),
                                   [&](const structure::ModuleEdge& edge) {
                                     return out(edge.from) || out(edge.to);
                                   }),
                    graph.edges.end());
  graph.definitions.erase(std::remove_if(graph.definitions.begin(), graph.definitions.end(),
                                         [&](const structure::ModuleEdge& edge) {
                                           return out(edge.from) || out(edge.to);
                                         }),
                          graph.definitions.end());
}

std::string Drawn(const std::string& format, const Project& project,
                  const structure::Outline& outline, bool counts) {
  structure::DrawOptions draw;
  draw.counts = counts;
  if (format == "mermaid") return structure::DrawMermaid(outline, draw);
  if (format == "markdown") return structure::DrawMarkdown(outline, draw);
  if (format == "svg") return structure::DrawSvg(outline, draw);
  if (format == "html") return structure::DrawHtml(outline);
  if (format == "json") return structure::DrawJson(project.graph, outline);
  return structure::DrawText(outline, draw);
}

int CheckPicture(const GraphOptions& options, const std::string& format,
                 const std::string& picture) {
  std::ifstream in(*options.check, std::ios::binary);
  if (!in) return CannotDraw(*options.check + ": cannot be read; make it with --output");
  const std::string kept((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::vector<std::string> differences = structure::Differences(kept, picture);
  if (differences.empty()) {
    std::printf("%s: is what is there\n", options.check->c_str());
    return 0;
  }
  std::printf("%s: is not what is there\n", options.check->c_str());
  for (const std::string& difference : differences) std::printf("  %s\n", difference.c_str());
  std::string command = "seam graph";
  if (options.project.root != ".") command += " " + options.project.root;
  if (options.format) command += " --format " + format;
  for (const std::string& kind : options.kinds) command += " --kind " + kind;
  for (const std::string& module : options.without) command += " --without " + module;
  if (options.no_counts) command += " --no-counts";
  std::printf("  do: %s --output %s, with the other options that you gave, when it is meant so\n",
              command.c_str(), options.check->c_str());
  return 1;
}

int RunGraph(const GraphOptions& options) {
  const std::string format = FormatOf(options);
  const bool uses = !options.from.empty() || !options.to.empty();
  if (options.no_counts && (format == "html" || format == "json")) {
    return CannotDraw("--no-counts is for text, mermaid, markdown and svg");
  }
  if (uses && (options.format || options.check)) {
    return CannotDraw("--from and --to list uses; they go with neither --format nor --check");
  }
  auto project = LoadProject(options.project);
  if (!project) return CannotDraw(project.error().message);
  std::vector<std::string> named = options.without;
  named.insert(named.end(), {options.from, options.to});
  for (const std::string& name : named) {
    const auto& modules = project->graph.modules;
    if (name.empty() || std::find(modules.begin(), modules.end(), name) != modules.end()) continue;
    std::string known;
    for (const std::string& module : modules) {
      known += (known.empty() ? "" : ", ") + structure::Printable(module);
    }
    return CannotDraw("there is no module '" + name + "'; there are: " + known);
  }
  LeaveOut(options.without, project->graph);
  const structure::Outline outline = structure::MakeOutline(project->graph, KindsOf(options));
  const std::string picture = uses ? structure::ListUses(outline, options.from, options.to)
                                   : Drawn(format, *project, outline, !options.no_counts);
  if (options.check) return CheckPicture(options, format, picture);
  if (!options.output) {
    std::fwrite(picture.data(), 1, picture.size(), stdout);
    return 0;
  }
  if (const auto written = structure::WriteFile(*options.output, picture); !written) {
    return CannotDraw(written.error().message);
  }
  return 0;
}

}  // namespace

void AddGraph(CLI::App& app, int& exit_code) {
  // Shared with the callback, which runs while the arguments are parsed.
  const auto options = std::make_shared<GraphOptions>();
  CLI::App* const verb = app.add_subcommand(
      "graph",
      "Draws which module of a project uses which: by includes, by symbols, by tables, through "
      "seams and by events. Exit code: 0 drawn, or the picture of --check is right; 1 it is not; 2 "
      "cannot tell.");
  AddProjectOptions(*verb, options->project);
  verb->add_option("--format", options->format,
                   "text (a matrix), mermaid, markdown (both), svg, html or json. The default is "
                   "by the extension of the file, or text.")
      ->check(CLI::IsMember({"text", "mermaid", "markdown", "svg", "html", "json"}));
  verb->add_option(
          "--kind", options->kinds,
          "Only edges of this kind: include, symbol, table, seam or event; may be repeated.")
      ->check(CLI::IsMember({"include", "symbol", "table", "seam", "event"}))
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--without", options->without,
                   "Leaves a module out, such as the tests; may be repeated.")
      ->type_name("MODULE")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  verb->add_flag("--no-counts", options->no_counts,
                 "Leaves out how many uses there are and where, so that the picture changes only "
                 "when an edge comes or goes.");
  CLI::Option* const output =
      verb->add_option("--output", options->output, "Writes to a file.")->type_name("FILE");
  verb->add_option("--check", options->check,
                   "Compares with a picture that --output made with the same options, and says "
                   "which edges came, went or changed.")
      ->type_name("FILE")
      ->excludes(output);
  verb->add_option("--from", options->from, "Lists the uses behind the edges from a module.")
      ->type_name("MODULE");
  verb->add_option("--to", options->to, "Lists the uses behind the edges to a module.")
      ->type_name("MODULE");
  verb->callback([options, &exit_code] { exit_code = RunGraph(*options); });
}

}  // namespace seam::tool
