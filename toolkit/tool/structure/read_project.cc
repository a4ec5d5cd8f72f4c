#include "tool/structure/read_project.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/compile_commands_internal.h"
#include "tool/structure/contract_headers_internal.h"
#include "tool/structure/dependency_scanner_internal.h"
#include "tool/structure/include_edges_internal.h"
#include "tool/structure/include_scan_internal.h"
#include "tool/structure/scan_cache_internal.h"
#include "tool/structure/source_tree_internal.h"
#include "tool/structure/symbols_internal.h"
#include "tool/structure/tables_internal.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;

// How long clang may take when nobody insists on it: beyond that the text is the better answer.
constexpr std::chrono::seconds kPatience{300};
constexpr std::chrono::seconds kMostPatience{3600};

class ProjectReading {
 public:
  ProjectReading(const ReadOptions& options, SourceTree tree)
      : options_(options), tree_(std::move(tree)) {}

  Result<Facts> Run() {
    facts_.unseen = std::move(tree_.unseen);
    for (const std::string& path : tree_.sources) ReadFile(path);
    if (const auto read = ReadCommands(); !read) return Forward(read.error());
    commands_ = CommandsOfProject(tree_, std::move(commands_), facts_.unseen);
    if (const auto asked = AskClang(); !asked) return Forward(asked.error());
    AddIncludesAndSymbols();
    MarkSeams();
    if (options_.tables) ResolveTables(facts_);
    Sort();
    return std::move(facts_);
  }

 private:
  // A file of the project.
  void ReadFile(const std::string& path) {
    std::string problem;
    const std::optional<std::string> text = ReadSourceText(tree_.root / path, problem);
    if (!text) {
      facts_.unseen.push_back({path + ": " + problem, "make it readable, or ignore it"});
      facts_.files.push_back({path, 0, false});
      scanned_.emplace(path, ScannedSource());
      return;
    }
    ScannedSource scanned = ScanIncludes(*text);
    facts_.files.push_back({path, scanned.lines, scanned.generated});
    if (!IsSql(path)) scanned_.emplace(path, std::move(scanned));
    if (options_.tables) ReadTables(path, *text, facts_);
  }

  static bool IsSql(const fs::path& path) {
    return path.extension() == ".sql" || path.extension() == ".SQL";
  }

  Result<void> ReadCommands() {
    if (options_.compile_commands) {
      auto commands = ReadCompileCommands(*options_.compile_commands);
      if (!commands) {
        Error error = commands.error();
        error.code = Code::kInvalidArgument;
        return Forward(std::move(error));
      }
      commands_ = *std::move(commands);
      return {};
    }
    // The one that knows most of the project.
    std::vector<fs::path> places = {tree_.root};
    for (const std::string& folder : tree_.build_folders) places.push_back(tree_.root / folder);
    long best = -1;
    for (const fs::path& place : places) {
      auto commands = ReadCompileCommands(place / "compile_commands.json");
      if (!commands) {
        if (commands.error().code != Code::kNotFound) {
          facts_.unseen.push_back({commands.error().message, "configure again"});
        }
        continue;
      }
      const std::string inside = tree_.root.generic_string() + "/";
      const long known =
          std::count_if(commands->begin(), commands->end(), [&](const CompileCommand& command) {
            return command.file.compare(0, inside.size(), inside) == 0;
          });
      if (known > best) {
        best = known;
        commands_ = *std::move(commands);
      }
    }
    return {};
  }

  Result<void> AskClang() {
    if (options_.scanner == ReadOptions::Scanner::kNever) return {};
    const bool must = options_.scanner == ReadOptions::Scanner::kAlways;
    const char* const path = std::getenv("PATH");
    const auto scanner = FindDependencyScanner(path == nullptr ? "" : path);
    if (!scanner) {
      if (must) {
        return Fail(Code::kUnavailable, "NO_SCANNER",
                    "clang-scan-deps is not on the PATH; install clang-tools");
      }
      if (!commands_.empty()) {
        facts_.unseen.push_back(
            {"clang-scan-deps is not on the PATH: includes are taken from the text, on both sides "
             "of each #if",
             "install clang-tools"});
      }
      return {};
    }
    if (commands_.empty()) return {};
    std::string names;
    for (const auto* const paths : {&tree_.sources, &tree_.others}) {
      for (const std::string& source : *paths) names += source + '\n';
    }
    const fs::path kept =
        options_.cache.empty()
            ? fs::path()
            : options_.cache / ("includes-" + Fingerprint(tree_.root.generic_string()) + ".json");
    auto scanned =
        ScanChangedDependencies(*scanner, commands_, must ? kMostPatience : kPatience, kept, names);
    if (scanned) {
      clang_ = *std::move(scanned);
    } else if (must) {
      return Forward(scanned.error());
    } else {
      facts_.unseen.push_back(
          {scanned.error().message +
               ": includes are taken from the text, on both sides of each #if",
           "run again, which goes on where the cache ends, or insist on the scanner"});
    }
    return {};
  }

  void AddIncludesAndSymbols() {
    const IncludeQuestion question{tree_, commands_, clang_, options_.symbols,
                                   [this](const std::string& path) { return Scanned(path); }};
    IncludeAnswer answer = ResolveIncludes(question);
    std::move(answer.edges.begin(), answer.edges.end(), std::back_inserter(facts_.edges));
    std::move(answer.unseen.begin(), answer.unseen.end(), std::back_inserter(facts_.unseen));
    if (!options_.symbols) return;
    std::unordered_map<std::string, std::string> texts;
    const auto text = [&](const std::string& path) -> const std::string& {
      const auto [known, added] = texts.try_emplace(path);
      std::string problem;  // Told when its includes were read.
      if (added) known->second = ReadSourceText(tree_.root / path, problem).value_or("");
      return known->second;
    };
    ReadSymbols(tree_.root, answer.objects, text, facts_);
  }

  // An include of a generated client is a call through a seam, and one of a generated subscriber
  // listens; a generated file's own is neither. A client that a build makes is outside the project;
  // it is told by somebody's handler of the same contract, and a subscriber by a publisher.
  void MarkSeams() {
    std::unordered_set<std::string> generated;
    for (const SourceFile& file : facts_.files) {
      if (file.generated) generated.insert(file.path);
    }
    std::unordered_set<std::string> handled;  // Contracts.
    std::unordered_set<std::string> told;     // Contracts of events.
    for (const Edge& edge : facts_.edges) {
      if (edge.kind != EdgeKind::kInclude) continue;
      if (auto contract = ContractOfHandler(edge.target); !contract.empty()) {
        handled.insert(std::move(contract));
      }
      if (auto contract = ContractOfPublisher(edge.target); !contract.empty()) {
        told.insert(std::move(contract));
      }
    }
    std::unordered_map<std::string, bool> ours;  // Headers that are generated for a seam.
    for (Edge& edge : facts_.edges) {
      if (edge.kind != EdgeKind::kInclude || generated.count(edge.place.file) > 0) continue;
      const std::string subscribed = ContractOfSubscriber(edge.target);
      const std::string contract = subscribed.empty() ? ContractOfClient(edge.target) : subscribed;
      if (contract.empty()) continue;
      bool seam = (subscribed.empty() ? handled : told).count(contract) > 0;
      if (!edge.target_file.empty()) {
        const auto [known, added] = ours.try_emplace(edge.target_file);
        if (added) known->second = IsOfSeam(edge.target_file);
        seam = known->second;
      }
      if (seam) edge.kind = subscribed.empty() ? EdgeKind::kSeam : EdgeKind::kEvent;
    }
  }

  [[nodiscard]] bool IsOfSeam(const std::string& path) const {
    std::ifstream file(tree_.root / path, std::ios::binary);
    std::string head(64, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    return head.rfind("// Generated by protoc-gen-seam", 0) == 0;
  }

  // As IncludeQuestion::scan.
  ScannedSource Scanned(const std::string& path) {
    if (const auto known = scanned_.find(path); known != scanned_.end()) {
      return std::move(known->second);
    }
    if (IsSql(path)) return {};
    if (path.front() != '/') {  // One that an include made a source.
      ReadFile(path);
      return Scanned(path);
    }
    std::string problem;
    const std::optional<std::string> text = ReadSourceText(path, problem);
    return text ? ScanIncludes(*text) : ScannedSource();
  }

  void Sort() {
    std::sort(facts_.files.begin(), facts_.files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    const auto key = [](const Edge& edge) {
      return std::tie(edge.place.file, edge.place.line, edge.kind, edge.target, edge.target_file,
                      edge.use, edge.with);
    };
    std::sort(facts_.edges.begin(), facts_.edges.end(),
              [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
    facts_.edges.erase(std::unique(facts_.edges.begin(), facts_.edges.end(),
                                   [&](const Edge& a, const Edge& b) { return key(a) == key(b); }),
                       facts_.edges.end());
    std::sort(facts_.unseen.begin(), facts_.unseen.end(), [](const Unseen& a, const Unseen& b) {
      return std::tie(a.what, a.mend) < std::tie(b.what, b.mend);
    });
  }

  const ReadOptions& options_;
  SourceTree tree_;
  Facts facts_;
  std::unordered_map<std::string, ScannedSource> scanned_;  // By path; taken when asked for.
  std::vector<CompileCommand> commands_;
  std::vector<std::vector<std::string>> clang_;  // By command.
};

}  // namespace

Result<Facts> ReadProject(const ReadOptions& options) {
  std::error_code error;
  const fs::path root = fs::canonical(options.root, error);
  if (error || !fs::is_directory(root, error)) {
    return Fail(Code::kInvalidArgument, "NO_FOLDER",
                options.root.string() + ": is no folder; name the one of the project");
  }
  return ProjectReading(options, WalkSources(root, options.ignore)).Run();
}

}  // namespace seam::structure
