#include "seam/testing/side.h"

#include <chrono>

#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/observe/log.h"
#include "seam/testing/die_internal.h"

namespace seam::testing {
namespace {

using internal::Die;

std::unique_ptr<Channel> OpenOrDie(const ServiceContract& contract, std::string target) {
  GrpcChannelOptions options;
  options.target = std::move(target);
  auto channel = OpenGrpcChannel(contract, std::move(options));
  if (!channel) Die(ToString(channel.error()));
  return *std::move(channel);
}

Log QuietLog() {
  LogOptions options;
  options.sink = [](std::string_view) {};
  return Log(options);
}

// The address in the line that a service logs when it listens.
std::string ListenAddress(Process& process) {
  constexpr std::string_view kKey = "\"address\":\"";
  const auto line = process.WaitForLine("\"listening\"");
  const std::size_t key = line ? line->find(kKey) : std::string::npos;
  if (key == std::string::npos) Die("the service does not listen; it said:\n" + process.output());
  const std::size_t begin = key + kKey.size();
  return line->substr(begin, line->find('"', begin) - begin);
}

std::vector<std::string> Listening(std::vector<std::string> command) {
  command.insert(command.end(), {"--listen", "127.0.0.1:0"});
  return command;
}

}  // namespace

std::string_view SideName(Side side) noexcept {
  switch (side) {
    case Side::kInProcess: return "InProcess";
    case Side::kInProcessCodec: return "InProcessCodec";
    case Side::kGrpcTcp: return "GrpcTcp";
    case Side::kGrpcUnix: return "GrpcUnix";
    case Side::kProcess: return "Process";
  }
  return "Unknown";
}

struct Loopback::Parts {
  Log log = QuietLog();
  std::unique_ptr<GrpcServer> server;
  std::unique_ptr<Channel> channel;
};

Loopback::Loopback(Servicer& servicer, Side side, const TemporaryFolder& folder)
    : parts_(std::make_unique<Parts>()) {
  GrpcServerOptions options;
  options.addresses = {side == Side::kGrpcUnix ? "unix:" + (folder / "seam.sock") : "127.0.0.1:0"};
  auto server = GrpcServer::Start({&servicer}, options, parts_->log);
  if (!server) Die(ToString(server.error()));
  parts_->server = *std::move(server);
  parts_->channel = OpenOrDie(servicer.contract(), parts_->server->addresses().front());
}

Loopback::~Loopback() {
  // A handler may be calling through the channel, on behalf of a caller that has left.
  parts_->server->Shutdown(std::chrono::milliseconds(0));
}

Channel& Loopback::channel() noexcept { return *parts_->channel; }

ServiceProcess::ServiceProcess(const ServiceContract& contract, std::vector<std::string> command)
    : process_(Listening(std::move(command))),
      channel_(OpenOrDie(contract, ListenAddress(process_))) {}

}  // namespace seam::testing
