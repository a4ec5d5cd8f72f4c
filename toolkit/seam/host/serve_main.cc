#include "seam/host/serve_main.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <utility>
#include <variant>

#include "seam/grpc/server.h"
#include "seam/observe/log.h"

namespace seam {
namespace {

using config::Configuration;
using config::Integer;
using config::Option;
using config::Text;
using config::Word;

constexpr int kCannotStart = 1;

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
    return c == '-' ? '_' : c;
  });
  return text;
}

config::OptionTable MakeTable(ServiceInfo info) {
  const GrpcServerOptions server;
  std::vector<Option> options = {
      {.path = "listen",
       .type = Text{server.addresses.front()},
       .description = "Where to listen: 127.0.0.1:PORT (0 for any free one) or unix:/PATH."},
      {.path = "data.directory",
       .type = Text{"."},
       .description = "The folder with the service's data."},
      {.path = "server.handler_threads",
       .type = Integer{.value = static_cast<std::int64_t>(server.handler_threads),
                       .minimum = 1,
                       .maximum = 1024},
       .description = "How many calls are handled at once."},
      {.path = "server.max_message_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(server.max_message_bytes),
                       .minimum = 1024,
                       .maximum = std::int64_t{256} * 1024 * 1024,
                       .unit = "bytes"},
       .description = "The largest request and reply."},
      {.path = "server.drain_ms",
       .type = Integer{.value = 10'000, .minimum = 0, .maximum = 600'000, .unit = "milliseconds"},
       .description = "How long calls in progress may take once the service stops."},
      {.path = "log.level",
       .type = Word{"info", {"debug", "info", "warning", "error"}},
       .description = "The least important lines that are logged."},
      {.path = "log.format",
       .type = Word{"auto", {"auto", "json", "text"}},
       .description = "How lines are logged; auto is text on a terminal and else JSON."},
  };
  for (Option& option : info.options) options.push_back(std::move(option));
  std::string summary = std::move(info.summary);
  if (summary.empty()) summary = "The " + info.name + " module as a service of its own.";
  return config::OptionTable({.name = info.name,
                              .version = std::move(info.version),
                              .summary = std::move(summary),
                              .environment_prefix = UpperCase(info.name)},
                             std::move(options), std::move(info.rules));
}

GrpcServerOptions ServerOptions(const Configuration& configuration) {
  GrpcServerOptions options;
  options.addresses = {configuration.GetText("listen")};
  options.handler_threads =
      static_cast<std::size_t>(configuration.GetInteger("server.handler_threads"));
  options.max_message_bytes =
      static_cast<std::size_t>(configuration.GetInteger("server.max_message_bytes"));
  return options;
}

// The option table admits only what these parsers know.
LogOptions LogOptionsFrom(const Configuration& configuration, const std::string& service) {
  LogOptions options;
  options.level = ParseLogLevel(configuration.GetText("log.level")).value();
  options.format = ParseLogFormat(configuration.GetText("log.format")).value();
  options.service = service;
  return options;
}

// From here on the stop signals wait to be asked for, in this thread and in all that it starts. One
// that comes while the service starts is found as soon as it serves.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int WaitForSignal(const sigset_t& signals) {
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  return signal_number;
}

Result<void> SetUp(const std::function<Result<void>(Host&)>& setup, Host& host) {
  try {
    return setup(host);
  } catch (const std::exception& exception) {
    return Fail(Code::kInternal, "SETUP_FAILED", exception.what());
  }
}

}  // namespace

int ServeMain(int argc, const char* const* argv, ServiceInfo info,
              const std::function<Result<void>(Host& host)>& setup) {
  const std::string name = info.name;
  const auto loaded =
      config::Load(MakeTable(std::move(info)), argc, argv, config::ProcessEnvironment());
  if (const auto* exit = std::get_if<config::Exit>(&loaded)) return config::Finish(*exit);
  const auto& configuration = std::get<Configuration>(loaded);

  const sigset_t stop_signals = BlockStopSignals();
  Log log(LogOptionsFrom(configuration, name));
  Host host(configuration, log);
  const auto cannot_start = [&log](const Error& error) {
    log.Error("cannot start", {{"error", ToString(error)}});
    return kCannotStart;
  };
  if (auto done = SetUp(setup, host); !done) return cannot_start(done.error());
  auto server = GrpcServer::Start(host.servicers(), ServerOptions(configuration), log);
  if (!server) return cannot_start(server.error());
  for (const std::string& address : (*server)->addresses()) {
    log.Info("listening", {{"address", address}});
  }

  log.Info("stopping", {{"signal", WaitForSignal(stop_signals)}});
  std::thread([stop_signals] { _exit(128 + WaitForSignal(stop_signals)); }).detach();
  (*server)->Shutdown(std::chrono::milliseconds(configuration.GetInteger("server.drain_ms")));
  log.Info("stopped");
  return 0;
}

}  // namespace seam
