#include "seam/host/module_options.h"

#include "seam/grpc/channel.h"

namespace seam {
namespace {

using config::Configuration;

std::string Path(const std::string& module, const char* option) {
  return "modules." + module + "." + option;
}

}  // namespace

void AddModuleOptions(const std::string& module, const ModuleOptions& usual,
                      std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  const std::string target = Path(module, "target");
  options.push_back({.path = target,
                     .type = config::Text{usual.target},
                     .description = "Where " + module + " is: dns:///HOST:PORT or unix:/PATH."});
  options.push_back({.path = Path(module, "deadline_ms"),
                     .type = config::Integer{.value = usual.deadline.count(),
                                             .minimum = 1,
                                             .maximum = 60'000,
                                             .unit = "milliseconds"},
                     .description = "How long a call to " + module + " may take."});
  rules.push_back(
      {.path = target, .complaint = [target](const Configuration& given) -> std::string {
         if (given.GetText(target).empty()) return "";
         const auto checked = CheckGrpcChannelOptions({.target = given.GetText(target)});
         return checked ? "" : checked.error().message;
       }});
}

void AddBoundModuleOptions(const std::string& module, const ModuleOptions& usual,
                           std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  const std::string binding = Path(module, "binding");
  options.push_back(
      {.path = binding,
       .type = config::Word{std::string(BindingKindName(usual.binding)),
                            {"in-process", "in-process-codec", "grpc"}},
       .description = "How the " + module + " module is reached; grpc needs the target."});
  const std::string target = Path(module, "target");
  rules.push_back(
      {.path = binding, .complaint = [binding, target](const Configuration& given) -> std::string {
         if (given.GetText(binding) != "grpc" || !given.GetText(target).empty()) return "";
         return "the binding grpc needs " + target + ", such as dns:///127.0.0.1:50051";
       }});
  AddModuleOptions(module, usual, options, rules);
}

ModuleOptions ReadModuleOptions(const Configuration& configuration, const std::string& module) {
  ModuleOptions options;
  options.target = configuration.GetText(Path(module, "target"));
  options.deadline =
      std::chrono::milliseconds(configuration.GetInteger(Path(module, "deadline_ms")));
  return options;
}

ModuleOptions ReadBoundModuleOptions(const Configuration& configuration,
                                     const std::string& module) {
  ModuleOptions options = ReadModuleOptions(configuration, module);
  // The table admits only what the parser knows.
  options.binding = ParseBindingKind(configuration.GetText(Path(module, "binding"))).value();
  return options;
}

}  // namespace seam
