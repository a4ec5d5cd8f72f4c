#include "include_rules.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

namespace architecture {
namespace {

namespace fs = std::filesystem;

// The modules, and whose contracts each may call beside its own. Read from top to bottom, a module
// calls only those above it.
const std::vector<std::pair<std::string, std::set<std::string>>> kModules = {
    {"users", {}}, {"auth", {"users"}}, {"products", {}}, {"orders", {"products"}}};

// What a module includes of the toolkit: nothing that tells how it is reached or by whom it is run.
const std::set<std::string> kModulesToolkit = {"config", "core", "identity", "observe", "sql"};

bool IsModule(const std::string& name) {
  return std::any_of(kModules.begin(), kModules.end(),
                     [&](const auto& module) { return module.first == name; });
}

std::vector<std::string> Parts(const std::string& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : fs::path(path)) parts.push_back(part.string());
  return parts;
}

struct Include {
  std::string path;
  bool in_angles = false;
};

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool IsWire(const Include& include) {
  return BeginsWith(include.path, "grpc") || BeginsWith(include.path, "google/protobuf") ||
         include.path.find(".pb.h") != std::string::npos;
}

// The rule that an include of a file breaks; nothing when it breaks none.
using Rule = std::function<std::optional<std::string>(const Include&)>;

// `allowed` says which quoted includes are.
Rule Only(const std::string& text,
          const std::function<bool(const std::vector<std::string>&)>& allowed) {
  return [=](const Include& include) -> std::optional<std::string> {
    if (IsWire(include)) return "gRPC and protobuf are the business of toolkit/seam/grpc";
    if (BeginsWith(include.path, "shop/") && include.path.find("_mock.h") != std::string::npos) {
      return "mocks are for tests";
    }
    if (include.in_angles || allowed(Parts(include.path))) return std::nullopt;
    return text;
  };
}

Rule ToolkitRule(const std::vector<std::string>& file) {
  const bool tests_parity = file.size() > 4 && file[2] == "testing" && file[3] == "parity";
  const bool knows_wire =
      file.size() > 2 && (file[1] == "generator" || file[1] == "tool" || file[2] == "grpc" ||
                          file[2] == "compatibility" || tests_parity);
  return [=](const Include& include) -> std::optional<std::string> {
    if (IsWire(include) && !knows_wire) {
      return "gRPC and protobuf are the business of toolkit/seam/grpc, toolkit/seam/compatibility, "
             "the generator, the tool and the parity tests";
    }
    const std::string top = Parts(include.path).front();
    if (include.in_angles || top == "seam" || top == file[1]) return std::nullopt;
    return "the toolkit knows no shop: it includes only itself";
  };
}

Rule ModuleRule(const std::string& module) {
  std::set<std::string> contracts = {module, "common"};
  for (const auto& [name, calls] : kModules) {
    if (name == module) contracts.insert(calls.begin(), calls.end());
  }
  return Only(
      "a module includes its own folder, its contract, the contracts of the modules that it calls, "
      "and of the toolkit what does not know how it is reached or run "
      "(tests/architecture/include_rules.cc has the lists)",
      [=](const std::vector<std::string>& include) {
        if (include[0] == "shop") return contracts.count(include[1]) > 0;
        if (include[0] == "seam") return kModulesToolkit.count(include[1]) > 0;
        return include[0] == module;
      });
}

std::optional<Rule> RuleFor(const std::vector<std::string>& file) {
  if (file[0] == "toolkit") return ToolkitRule(file);
  if (file[0] == "clients") {
    return [](const Include& include) -> std::optional<std::string> {
      if (IsWire(include)) return "generated code includes neither gRPC nor protobuf";
      const std::string top = Parts(include.path).front();
      if (include.in_angles || top == "seam" || top == "shop") return std::nullopt;
      return "clients include the toolkit and each other";
    };
  }
  if (file.size() < 3) return std::nullopt;
  const std::string& part = file[1];
  if (file[0] == "extracted") {
    return Only(
        "a service includes the toolkit, the contracts, its own folder, and module.h of its "
        "own module",
        [=](const std::vector<std::string>& include) {
          return include.size() == 1 || include[0] == "seam" || include[0] == "shop" ||
                 include == std::vector<std::string>{part, "module.h"};
        });
  }
  if (file[0] != "monolith") return std::nullopt;
  if (IsModule(part)) return ModuleRule(part);
  if (part == "http") {
    return Only("the HTTP face includes the toolkit, the contracts and itself",
                [](const std::vector<std::string>& include) {
                  return include[0] == "seam" || include[0] == "shop" || include[0] == "http";
                });
  }
  if (part == "demo") {
    return Only("the demo is a customer: it knows the shop by its HTTP face",
                [](const std::vector<std::string>& include) {
                  return include[0] == "seam" || include[0] == "demo";
                });
  }
  if (part == "app") {
    return Only("the app includes of a module its module.h alone",
                [](const std::vector<std::string>& include) {
                  return !IsModule(include[0]) || include[1] == "module.h";
                });
  }
  return [part](const Include&) -> std::optional<std::string> {
    return "monolith/" + part + " has no rule; add it to tests/architecture/include_rules.cc";
  };
}

}  // namespace

std::vector<Violation> CheckIncludes(const fs::path& root) {
  static const std::regex include_line(R"re(\s*#\s*include\s*(["<])([^">]+)[">].*)re");
  std::vector<std::string> files;
  for (const char* const top : {"toolkit", "clients", "monolith", "extracted"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cc") {
        files.push_back(fs::relative(entry.path(), root).generic_string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Violation> violations;
  for (const std::string& file : files) {
    const std::optional<Rule> rule = RuleFor(Parts(file));
    if (!rule) continue;
    std::ifstream in(root / file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      std::smatch found;
      if (line.find("include") == std::string::npos ||
          !std::regex_match(line, found, include_line)) {
        continue;
      }
      const Include include{found[2], found[1] == "<"};
      if (const auto broken = (*rule)(include)) {
        violations.push_back({file + ":" + std::to_string(number), include.path, *broken});
      }
    }
  }
  return violations;
}

}  // namespace architecture
