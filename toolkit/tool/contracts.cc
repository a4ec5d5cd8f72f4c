// seam contracts FOLDER...: compares the protos of each folder with what was last released of them,
// FOLDER/released.txtpb, and refuses what old and new programs could not run together with.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/compatibility/compare_internal.h"
#include "seam/core/result.h"
#include "tool/contract_folder.h"
#include "tool/verbs.h"

namespace seam::tool {

namespace {

using compatibility::Category;
using compatibility::Finding;
using nlohmann::ordered_json;

struct ContractsOptions {
  std::vector<std::string> folders;
  std::vector<std::string> imports;
  std::string category = "FILE";
  std::optional<std::string> accept_breaking;
  bool as_json = false;
  bool write = false;
  bool rules = false;
};

// What came of a folder.
struct FolderVerdict {
  std::filesystem::path folder;
  std::filesystem::path released;
  ContractSet present;
  std::vector<std::string> accepted;  // Before.
  std::vector<Finding> findings;
  bool written = false;
};

std::string Place(const FolderVerdict& verdict, const Finding& finding) {
  return (verdict.folder / finding.file).generic_string() + ":" + std::to_string(finding.line) +
         ":" + std::to_string(finding.column);
}

Category CategoryNamed(const std::string& name) {
  if (name == CategoryName(Category::kWire)) return Category::kWire;
  return name == CategoryName(Category::kWireJson) ? Category::kWireJson : Category::kFile;
}

Result<FolderVerdict> Check(const std::string& folder, const ContractsOptions& options) {
  FolderVerdict verdict{folder, std::filesystem::path(folder) / "released.txtpb", {}, {}, {},
                        false};
  std::vector<std::string> imports = options.imports;
  imports.insert(imports.end(), options.folders.begin(), options.folders.end());
  auto present = CompileProtos(verdict.folder, imports);
  if (!present) return Forward(std::move(present).error());

  ReleaseFile release;
  if (auto read = ReadReleaseFile(verdict.released)) {
    release = *std::move(read);
  } else if (!options.write || read.error().code != Code::kNotFound) {
    return Forward(std::move(read).error());
  }
  const auto released = BuildReleased(release.files, imports);
  if (!released) {
    Error error = released.error();
    error.message = verdict.released.string() + ": " + error.message;
    return Forward(std::move(error));
  }
  verdict.findings = compatibility::CompareFiles(released->files(), present->files());
  const Category strictest = CategoryNamed(options.category);
  verdict.findings.erase(
      std::remove_if(verdict.findings.begin(), verdict.findings.end(),
                     [&](const Finding& finding) { return finding.rule->category > strictest; }),
      verdict.findings.end());
  verdict.present = *std::move(present);
  verdict.accepted = std::move(release.accepted);
  return verdict;
}

// Releases all folders, or none while one has changes that nobody accepted.
Result<void> Release(std::vector<FolderVerdict>& verdicts,
                     const std::optional<std::string>& reason) {
  for (const FolderVerdict& verdict : verdicts) {
    if (!verdict.findings.empty() && !reason) return {};
  }
  for (FolderVerdict& verdict : verdicts) {
    for (const Finding& finding : verdict.findings) {
      verdict.accepted.push_back(std::string(finding.rule->name) + ": " + finding.what + ": " +
                                 *reason);
    }
    auto written = WriteReleaseFile(verdict.released, verdict.present, verdict.accepted);
    if (!written) return written;
    verdict.written = true;
  }
  return {};
}

void PrintText(const FolderVerdict& verdict) {
  for (const Finding& finding : verdict.findings) {
    std::printf("%s: %s (%s): %s\n", Place(verdict, finding).c_str(),
                std::string(finding.rule->name).c_str(),
                std::string(CategoryName(finding.rule->category)).c_str(), finding.what.c_str());
    std::printf("  breaks: %s\n", std::string(finding.rule->breaks).c_str());
    std::printf("  do: %s\n", finding.advice.c_str());
  }
  const std::string folder = verdict.folder.generic_string();
  if (verdict.findings.empty()) {
    std::printf("%s: compatible with what was released%s\n", folder.c_str(),
                verdict.written ? "; released" : "");
  } else {
    const std::size_t count = verdict.findings.size();
    std::printf("%s: %zu %s incompatible with what was released%s\n", folder.c_str(), count,
                count == 1 ? "change is" : "changes are",
                verdict.written ? "; accepted and released" : "");
  }
}

ordered_json ToJson(const FolderVerdict& verdict) {
  ordered_json findings = ordered_json::array();
  for (const Finding& finding : verdict.findings) {
    findings.push_back({{"rule", finding.rule->name},
                        {"category", CategoryName(finding.rule->category)},
                        {"file", (verdict.folder / finding.file).generic_string()},
                        {"line", finding.line},
                        {"column", finding.column},
                        {"what", finding.what},
                        {"breaks", finding.rule->breaks},
                        {"do", finding.advice}});
  }
  return {{"folder", verdict.folder.generic_string()},
          {"released", verdict.released.generic_string()},
          {"compatible", verdict.findings.empty()},
          {"written", verdict.written},
          {"findings", std::move(findings)}};
}

void PrintRules(Category strictest, bool as_json) {
  ordered_json list = ordered_json::array();
  for (const compatibility::Rule* const rule : compatibility::kRules) {
    if (rule->category > strictest) continue;
    if (as_json) {
      list.push_back({{"rule", rule->name},
                      {"category", CategoryName(rule->category)},
                      {"breaks", rule->breaks},
                      {"do", rule->advice}});
    } else {
      std::printf("%s (%s)\n  breaks: %s\n  do: %s\n", std::string(rule->name).c_str(),
                  std::string(CategoryName(rule->category)).c_str(),
                  std::string(rule->breaks).c_str(), std::string(rule->advice).c_str());
    }
  }
  if (as_json) std::printf("%s\n", list.dump(2).c_str());
}

int RunContracts(const ContractsOptions& options) {
  if (options.rules) {
    PrintRules(CategoryNamed(options.category), options.as_json);
    return 0;
  }
  const auto misused = [](const char* problem) {
    std::fprintf(stderr, "seam contracts: %s\n", problem);
    return 2;
  };
  if (options.folders.empty()) return misused("name a folder with protos, or give --rules");
  if (options.accept_breaking && !options.write) {
    return misused("--accept-breaking says why --write may release; give both or neither");
  }
  if (options.accept_breaking &&
      (options.accept_breaking->find_first_not_of(' ') == std::string::npos ||
       options.accept_breaking->find('\n') != std::string::npos)) {
    return misused("--accept-breaking takes a reason, in one line");
  }
  std::vector<FolderVerdict> verdicts;
  for (const std::string& folder : options.folders) {
    auto verdict = Check(folder, options);
    if (!verdict) {
      std::fprintf(stderr, "%s\n", verdict.error().message.c_str());
      return 2;
    }
    verdicts.push_back(*std::move(verdict));
  }
  if (options.write) {
    if (const auto released = Release(verdicts, options.accept_breaking); !released) {
      std::fprintf(stderr, "%s\n", released.error().message.c_str());
      return 2;
    }
  }
  bool good = true;
  ordered_json list = ordered_json::array();
  for (const FolderVerdict& verdict : verdicts) {
    good = good && (verdict.findings.empty() || verdict.written);
    if (options.as_json) {
      list.push_back(ToJson(verdict));
    } else {
      PrintText(verdict);
    }
  }
  if (options.as_json) std::printf("%s\n", list.dump(2).c_str());
  return good ? 0 : 1;
}

}  // namespace

void AddContracts(CLI::App& app, int& exit_code) {
  // Shared with the callback, which runs while the arguments are parsed.
  const auto options = std::make_shared<ContractsOptions>();
  CLI::App* const verb = app.add_subcommand(
      "contracts",
      "Refuses changes of protos with which old and new programs could not run together. Compares "
      "each FOLDER with FOLDER/released.txtpb. Exit code: 0 compatible, 1 not, 2 cannot tell.");
  verb->add_option("folders", options->folders,
                   "Folders of protos, each the one that its protos are imported relative to.");
  verb->add_option("--import", options->imports,
                   "A folder with protos that are imported and not compared; may be repeated.")
      ->check(CLI::ExistingDirectory)
      ->take_all()
      ->allow_extra_args(false);  // What follows it is a folder to compare.
  verb->add_option("--category", options->category,
                   "What may not break: WIRE (bytes), WIRE_JSON (and JSON), FILE (and code that "
                   "uses the generated files; the default).")
      ->check(CLI::IsMember({"WIRE", "WIRE_JSON", "FILE"}));
  verb->add_flag("--json", options->as_json, "Prints one JSON array, an object a folder.");
  verb->add_flag("--write", options->write,
                 "Releases the protos as they are, unless a change is incompatible.");
  verb->add_option("--accept-breaking", options->accept_breaking,
                   "With --write: releases in spite of incompatible changes, and keeps this reason "
                   "in released.txtpb.")
      ->type_name("REASON");
  verb->add_flag("--rules", options->rules, "Lists the rules of the category and ends.");
  verb->callback([options, &exit_code] { exit_code = RunContracts(*options); });
}

}  // namespace seam::tool
