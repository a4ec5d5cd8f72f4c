#include "seam/host/serve_main.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
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
constexpr int kEndedByForce = 3;

// Handlers whose calls were cancelled, and the setup, get this much longer than calls get.
constexpr std::chrono::milliseconds kPatienceAfterDrain{5'000};

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

// SIGTERM and SIGINT, taken by a thread of their own from construction to destruction, so that one
// that comes while the service starts is not lost either. The first asks the service to stop; the
// second, or the end of the time that stopping may take, ends the process at once.
class StopSignals {
 public:
  // Stopping may take `patience` once it was asked for.
  StopSignals(Log& log, std::chrono::milliseconds patience) : log_(log), patience_(patience) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);  // Threads inherit it.
    thread_ = std::thread([this] { Run(); });
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    stopped_ = true;
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

  [[nodiscard]] bool asked() const noexcept { return asked_; }

  void Wait() const { asked_.wait(false); }

 private:
  void Run() {
    int signal_number = 0;
    sigwait(&signals_, &signal_number);
    if (stopped_) return;
    log_.Info("stopping", {{"signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"}});
    asked_ = true;
    asked_.notify_all();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience_);
    const timespec patience{seconds.count(), std::chrono::nanoseconds(patience_ - seconds).count()};
    do {
      signal_number = sigtimedwait(&signals_, nullptr, &patience);
    } while (signal_number < 0 && errno == EINTR);
    if (stopped_) return;
    if (signal_number < 0) log_.Error("ended by force: stopping takes too long");
    _exit(signal_number < 0 ? kEndedByForce : 128 + signal_number);
  }

  Log& log_;
  sigset_t signals_{};
  const std::chrono::milliseconds patience_;
  std::atomic<bool> asked_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

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

int ServeMain(int argc, const char* const* argv, ServiceInfo info,
              const std::function<Result<void>(Host& host)>& setup) {
  const std::string name = info.name;
  const auto loaded =
      config::Load(MakeTable(std::move(info)), argc, argv, config::ProcessEnvironment());
  if (const auto* exit = std::get_if<config::Exit>(&loaded)) return config::Finish(*exit);
  const auto& configuration = std::get<Configuration>(loaded);

  std::signal(SIGPIPE, SIG_IGN);  // Whoever reads the log may go away.
  Log log(LogOptionsFrom(configuration, name));
  const std::chrono::milliseconds drain(configuration.GetInteger("server.drain_ms"));
  StopSignals stop(log, drain + kPatienceAfterDrain);

  Host host(configuration, log);
  const auto cannot_start = [&log](const Error& error) {
    log.Error("cannot start", {{"error", ToString(error)}});
    return kCannotStart;
  };
  if (auto done = SetUp(setup, host); !done) return cannot_start(done.error());
  if (!stop.asked()) {
    auto server = GrpcServer::Start(host.servicers(), ServerOptions(configuration), log);
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
