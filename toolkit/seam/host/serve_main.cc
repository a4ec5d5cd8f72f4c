#include "seam/host/serve_main.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include "seam/grpc/server.h"
#include "seam/host/database_options.h"
#include "seam/host/events_options.h"
#include "seam/host/log_options.h"
#include "seam/host/module_options.h"
#include "seam/host/open_files.h"
#include "seam/host/stop_signals.h"
#include "seam/host/tls_options.h"
#include "seam/observe/log.h"

namespace seam {
namespace {

using config::Configuration;
using config::Integer;
using config::Option;
using config::Text;

constexpr int kCannotStart = 1;

constexpr char kAllow[] = "allow";

// Handlers whose calls were cancelled, and the setup, get this much longer than calls get.
constexpr std::chrono::milliseconds kPatienceAfterDrain{5'000};

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
    return c == '-' ? '_' : c;
  });
  return text;
}

// All but who is who.
GrpcServerOptions PlainServerOptions(const Configuration& configuration) {
  GrpcServerOptions options;
  options.addresses = {configuration.GetText("listen")};
  options.handler_threads =
      static_cast<std::size_t>(configuration.GetInteger("server.handler_threads"));
  options.waiting_calls =
      static_cast<std::size_t>(configuration.GetInteger("server.waiting_calls"));
  options.max_message_bytes =
      static_cast<std::size_t>(configuration.GetInteger("server.max_message_bytes"));
  options.max_received_bytes =
      static_cast<std::size_t>(configuration.GetInteger("server.max_received_bytes"));
  options.max_connection_age = MaxConnectionAge(configuration);
  options.plaintext_beyond_this_host = MayListenBeyondThisHost(configuration);
  return options;
}

GrpcServerOptions ServerOptions(const Configuration& configuration,
                                const std::vector<MethodGroup>& groups) {
  GrpcServerOptions options = PlainServerOptions(configuration);
  options.tls = ReadTlsOptions(configuration);
  if (!options.tls) return options;
  auto allowed = std::make_shared<AllowedCallers>();
  ReadAllowOptions(configuration, kAllow, groups, *allowed);
  options.allowed_callers = std::move(allowed);
  return options;
}

// The address by itself, so that its own option is blamed.
std::string CanBeListenedOn(const Configuration& configuration) {
  GrpcServerOptions options;
  options.addresses = {configuration.GetText("listen")};
  options.plaintext_beyond_this_host = MayListenBeyondThisHost(configuration);
  const auto checked = CheckGrpcServerOptions(options);
  return checked ? "" : checked.error().message;
}

std::string HoldsTwoMessages(const Configuration& configuration) {
  GrpcServerOptions options = PlainServerOptions(configuration);
  options.addresses = GrpcServerOptions().addresses;
  const auto checked = CheckGrpcServerOptions(options);
  return checked ? "" : checked.error().message;
}

std::string TargetOf(const std::string& module) { return "modules." + module + ".target"; }

void AddCalls(const ServiceInfo& info, std::vector<Option>& options,
              std::vector<config::Rule>& rules) {
  std::set<std::string> modules(info.calls.begin(), info.calls.end());
  for (const std::string& module : modules) {
    rules.push_back({.path = TargetOf(module), .complaint = [module](const Configuration& given) {
                       if (!given.GetText(TargetOf(module)).empty()) return std::string();
                       return "say where " + module + " is, such as dns:///127.0.0.1:50051";
                     }});
  }
  modules.insert(info.tells.begin(), info.tells.end());
  if (!info.token_issuer.empty()) {
    modules.insert(info.token_issuer);
    options.push_back({.path = "tokens.jwks_file",
                       .type = Text{},
                       .description = "A JSON Web Key Set to verify tokens with, instead of " +
                                      info.token_issuer + "'s."});
    options.push_back({.path = "tokens.issuer",
                       .type = Text{},
                       .description = "Whom tokens are from, with tokens.jwks_file."});
    options.push_back({.path = "tokens.audience",
                       .type = Text{},
                       .description = "Whom tokens are for, with tokens.jwks_file."});
    rules.push_back(
        {.path = "tokens.jwks_file",
         .complaint = [issuer = info.token_issuer](const Configuration& given) -> std::string {
           const bool fixed = !given.GetText("tokens.jwks_file").empty();
           if (fixed == given.GetText(TargetOf(issuer)).empty()) return "";
           return "give either " + TargetOf(issuer) +
                  " or tokens.jwks_file, which tell whose "
                  "tokens are good";
         }});
    for (const char* path : {"tokens.issuer", "tokens.audience"}) {
      rules.push_back({.path = path, .complaint = [path](const Configuration& given) {
                         const bool fixed = !given.GetText("tokens.jwks_file").empty();
                         if (fixed == !given.GetText(path).empty()) return "";
                         return fixed ? "say which one the tokens of tokens.jwks_file name"
                                      : "leave it out, or give tokens.jwks_file with it";
                       }});
    }
  }
  for (const std::string& module : modules) AddModuleOptions(module, {}, options, rules);
}

Result<void> SetUp(const std::function<Result<void>(Host&)>& setup, Host& host) {
  try {
    return setup(host);
  } catch (const std::exception& exception) {
    return Fail(Code::kInternal, "SETUP_FAILED", exception.what());
  } catch (...) {
    return Fail(Code::kInternal, "SETUP_FAILED", "an exception that is not a std::exception");
  }
}

}  // namespace

config::OptionTable ServiceOptions(ServiceInfo info) {
  const GrpcServerOptions server;
  std::vector<Option> options = {
      {.path = "listen",
       .type = Text{server.addresses.front()},
       .description = "Where to listen: 127.0.0.1:PORT (0 for any free one), unix:/PATH, or with "
                      "TLS any ADDRESS:PORT."},
      {.path = "server.handler_threads",
       .type = Integer{.value = static_cast<std::int64_t>(server.handler_threads),
                       .minimum = 1,
                       .maximum = 1024},
       .description = "How many calls are handled at once."},
      {.path = "server.waiting_calls",
       .type = Integer{.value = static_cast<std::int64_t>(server.waiting_calls),
                       .minimum = 0,
                       .maximum = 1'000'000},
       .description = "How many further calls wait; those above it are refused."},
      {.path = "server.max_message_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(server.max_message_bytes),
                       .minimum = 1024,
                       .maximum = std::int64_t{256} * 1024 * 1024,
                       .unit = "bytes"},
       .description = "The largest request and reply."},
      {.path = "server.max_received_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(server.max_received_bytes),
                       .minimum = std::int64_t{16} * 1024 * 1024,
                       .maximum = std::int64_t{1} << 40U,
                       .unit = "bytes"},
       .description = "How much of what arrives is held in memory; at least two messages."},
      {.path = "server.drain_ms",
       .type = Integer{.value = 10'000, .minimum = 0, .maximum = 600'000, .unit = "milliseconds"},
       .description = "How long calls in progress may take once the service stops."},
  };
  for (Option& option : LogConfigurationOptions()) options.push_back(std::move(option));
  for (Option& option : info.options) options.push_back(std::move(option));
  std::vector<config::Rule> rules = {
      {.path = "listen", .complaint = CanBeListenedOn},
      {.path = "server.max_received_bytes", .complaint = HoldsTwoMessages}};
  AddTlsOptions(options, rules);
  AddAllowOptions(kAllow, info.groups, options, rules);
  AddCalls(info, options, rules);
  if (info.events) AddEventsOptions(options, rules);
  if (!info.database_prefix.empty()) AddDatabaseOptions(info.database_prefix, options, rules);
  for (config::Rule& rule : info.rules) rules.push_back(std::move(rule));
  std::string summary = std::move(info.summary);
  if (summary.empty()) summary = "The " + info.name + " module as a service of its own.";
  return config::OptionTable({.name = info.name + "-service",
                              .version = std::move(info.version),
                              .summary = std::move(summary),
                              .environment_prefix = UpperCase(info.name)},
                             std::move(options), std::move(rules));
}

int ServeMain(int argc, const char* const* argv, ServiceInfo info,
              const std::function<Result<void>(Host& host)>& setup) {
  const std::string name = info.name;
  const std::string token_issuer = info.token_issuer;
  const std::string database_setup = info.database_setup;
  const std::vector<MethodGroup> groups = info.groups;
  const auto loaded =
      config::Load(ServiceOptions(std::move(info)), argc, argv, config::ProcessEnvironment());
  if (const auto* exit = std::get_if<config::Exit>(&loaded)) return config::Finish(*exit);
  const auto& configuration = std::get<Configuration>(loaded);

  std::signal(SIGPIPE, SIG_IGN);  // Whoever reads the log may go away.
  Log log(ReadLogOptions(configuration, name));
  AllowMostOpenFiles(log);
  const std::chrono::milliseconds drain(configuration.GetInteger("server.drain_ms"));
  StopSignals stop(log, drain + kPatienceAfterDrain);

  Host host(configuration, log, stop.context(), token_issuer, database_setup);
  const auto cannot_start = [&log](const Error& error) {
    log.Error("cannot start", {{"error", ToString(error)}});
    return kCannotStart;
  };
  if (auto done = SetUp(setup, host); !done) {
    // A setup that stops because it was asked to has not failed.
    const bool stopped = stop.asked() && done.error().code == Code::kCancelled;
    if (!stopped) return cannot_start(done.error());
  }
  if (!stop.asked()) {
    GrpcServerOptions options = ServerOptions(configuration, groups);
    options.peer_contracts = &host.peers();
    auto server = GrpcServer::Start(host.servicers(), options, log);
    if (!server) return cannot_start(server.error());
    for (const std::string& address : (*server)->addresses()) {
      log.Info("listening", {{"address", address}});
    }
    stop.Wait();
    (*server)->Shutdown(drain);
  }
  log.Info("stopped");
  return 0;
}

}  // namespace seam
