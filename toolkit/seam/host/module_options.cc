#include "seam/host/module_options.h"

#include <cstdint>
#include <string_view>

#include "seam/grpc/channel.h"
#include "seam/grpc/tls.h"

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
  const std::string identity = Path(module, "identity");
  options.push_back({.path = identity,
                     .type = config::Text{usual.identity},
                     .description = "The identity that the certificate of " + module +
                                    " must have, such as spiffe://shop.example/" + module +
                                    "; with TLS."});
  rules.push_back(
      {.path = identity, .complaint = [=](const Configuration& given) -> std::string {
         const std::string& text = given.GetText(identity);
         const bool tls = !given.GetText("tls.certificate_file").empty();
         if (!text.empty() && !IsServiceIdentity(text)) {
           return "'" + text + "' is no identity of a service, such as spiffe://shop.example/" +
                  module;
         }
         if (!tls && !text.empty()) {
           return "without tls.certificate_file the service cannot be known; give that, "
                  "or leave this out";
         }
         if (tls && text.empty() && !given.GetText(target).empty()) {
           return "with TLS, say who has to answer at " + target +
                  ", such as spiffe://shop.example/" + module;
         }
         return "";
       }});
  options.push_back({.path = Path(module, "deadline_ms"),
                     .type = config::Integer{.value = usual.deadline.count(),
                                             .minimum = 1,
                                             .maximum = 60'000,
                                             .unit = "milliseconds"},
                     .description = "How long a call to " + module + " may take."});
  options.push_back(
      {.path = Path(module, "max_message_bytes"),
       .type = config::Integer{.value = static_cast<std::int64_t>(usual.max_message_bytes),
                               .minimum = 1024,
                               .maximum = std::int64_t{256} * 1024 * 1024,
                               .unit = "bytes"},
       .description = "The largest request to " + module + " and reply of it."});
  options.push_back({.path = Path(module, "max_visits"),
                     .type = config::Integer{.value = static_cast<std::int64_t>(usual.max_visits),
                                             .minimum = 1,
                                             .maximum = CallChain::kMaxServices},
                     .description = "How often one chain of calls may come to " + module + "."});
  options.push_back({.path = Path(module, "send_call_chain"),
                     .type = config::Boolean{usual.send_call_chain},
                     .description = "Whether " + module +
                                    " as a service is told which services a call has come through, "
                                    "so that a circle of calls is noticed; not for somebody "
                                    "else's."});
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
  const std::string returns = Path(module, "return_at_deadline");
  options.push_back({.path = returns,
                     .type = config::Boolean{usual.return_at_deadline},
                     .description = "Whether a call to " + module +
                                    " in this process returns at its deadline though the module is "
                                    "busy, as one to a service does; it runs on another thread."});
  const std::string threads = Path(module, "handler_threads");
  options.push_back(
      {.path = threads,
       .type = config::Integer{.value = static_cast<std::int64_t>(usual.handler_threads),
                               .minimum = 1,
                               .maximum = 1024},
       .description = "How many calls to " + module +
                      " are handled at once with return_at_deadline; others wait."});
  rules.push_back({.path = threads,
                   .complaint = [threads, returns,
                                 by_default = static_cast<std::int64_t>(usual.handler_threads)](
                                    const Configuration& given) -> std::string {
                     if (given.GetInteger(threads) == by_default || given.GetBoolean(returns)) {
                       return "";
                     }
                     return "it counts only with " + returns + "; set that too, or leave this out";
                   }});
}

ModuleOptions ReadModuleOptions(const Configuration& configuration, const std::string& module) {
  ModuleOptions options;
  options.target = configuration.GetText(Path(module, "target"));
  options.identity = configuration.GetText(Path(module, "identity"));
  options.deadline =
      std::chrono::milliseconds(configuration.GetInteger(Path(module, "deadline_ms")));
  options.max_message_bytes =
      static_cast<std::size_t>(configuration.GetInteger(Path(module, "max_message_bytes")));
  options.max_visits =
      static_cast<std::size_t>(configuration.GetInteger(Path(module, "max_visits")));
  options.send_call_chain = configuration.GetBoolean(Path(module, "send_call_chain"));
  return options;
}

ModuleOptions ReadBoundModuleOptions(const Configuration& configuration,
                                     const std::string& module) {
  ModuleOptions options = ReadModuleOptions(configuration, module);
  // The table admits only what the parser knows.
  options.binding = ParseBindingKind(configuration.GetText(Path(module, "binding"))).value();
  options.return_at_deadline = configuration.GetBoolean(Path(module, "return_at_deadline"));
  options.handler_threads =
      static_cast<std::size_t>(configuration.GetInteger(Path(module, "handler_threads")));
  return options;
}

CallRules CallRulesOf(const ModuleOptions& module, Log& log) {
  CallRules rules;
  rules.timeout = module.deadline;
  rules.max_message_bytes = module.max_message_bytes;
  rules.max_visits = module.max_visits;
  rules.return_at_deadline = module.return_at_deadline;
  rules.handler_threads = module.handler_threads;
  rules.on_mutex_held = [&log](const MethodContract& method, std::string_view mutex) {
    log.Warning("a mutex is held across a call", {{"mutex", mutex}, {"method", method.path}});
  };
  rules.on_exception = [&log](const MethodContract& method, std::string_view what) {
    log.Error("an exception escaped a handler", {{"method", method.path}, {"exception", what}});
  };
  return rules;
}

}  // namespace seam
