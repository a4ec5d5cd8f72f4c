#include "seam/grpc/server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <limits>
#include <mutex>
#include <utility>

#include "seam/grpc/arguments.h"
#include "seam/grpc/event_threads.h"
#include "seam/grpc/listen_address.h"
#include "seam/grpc/reflection.h"
#include "seam/grpc/server_call.h"

namespace seam {
namespace {

using namespace grpc_internal;  // NOLINT(google-build-using-namespace)

Failure BadOption(std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_SERVER_OPTIONS", std::move(message));
}

Result<void> CheckOptions(const GrpcServerOptions& options) {
  if (options.addresses.empty()) return BadOption("there is no address to listen on");
  if (options.max_message_bytes == 0 ||
      options.max_message_bytes > std::size_t{std::numeric_limits<int>::max()}) {
    return BadOption("max_message_bytes has to be from 1 to 2147483647");
  }
  if (options.handler_threads == 0 || options.handler_threads > 4096) {
    return BadOption("handler_threads has to be from 1 to 4096");
  }
  return {};
}

Result<std::unordered_map<std::string_view, Route>> MakeRoutes(
    const std::vector<Servicer*>& servicers) {
  std::unordered_map<std::string_view, Route> routes;
  for (Servicer* const servicer : servicers) {
    const ServiceContract& contract = servicer->contract();
    for (std::size_t i = 0; i < contract.method_count; ++i) {
      const MethodContract& method = contract.methods[i];
      if (!routes.emplace(method.path, Route{servicer, &method}).second) {
        return BadOption("the method " + std::string(method.path) + " is served twice");
      }
    }
  }
  return routes;
}

void ApplyArguments(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  ApplyCommonArguments(
      [&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  const int max_bytes = static_cast<int>(options.max_message_bytes);
  builder.SetMaxReceiveMessageSize(max_bytes);
  builder.SetMaxSendMessageSize(max_bytes);
  // Two servers must not share a port without knowing it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             static_cast<int>(kShortestKeepAliveTime.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // For a peer that connects and says nothing.
  builder.AddChannelArgument("grpc.server_handshake_timeout_ms", 10'000);
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(std::unique_ptr<Reflection> reflection, std::unordered_map<std::string_view, Route> routes,
       const GrpcServerOptions& options, Log& log)
      : reflection_(std::move(reflection)),
        setting_{log, options.max_message_bytes, options.handler_threads + options.waiting_calls,
                 std::move(routes), *reflection_, {}, nullptr, {}} {}

  ~Impl() { Shutdown(std::chrono::milliseconds(0)); }

  Result<void> Start(const std::vector<Servicer*>& servicers, const GrpcServerOptions& options) {
    std::vector<ListenAddress> addresses;
    for (const std::string& text : options.addresses) {
      auto address = ParseListenAddress(text);
      if (!address) return Forward(address.error());
      addresses.push_back(*std::move(address));
    }
    QuietenAbseil();
    if(!getenv("NOHC"))grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    ApplyArguments(options, builder);
    builder.RegisterAsyncGenericService(&setting_.service);
    queue_ = builder.AddCompletionQueue();
    setting_.queue = queue_.get();
    std::vector<int> ports(addresses.size(), 0);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const ListenAddress& address = addresses[i];
      std::string name = address.host + ":" + std::to_string(address.port);
      if (!address.socket_path.empty()) {
        auto file = SocketFile::Prepare(address.socket_path);
        if (!file) return Forward(file.error());
        name = "unix:" + (*file)->private_path();
        socket_files_.push_back(*std::move(file));
      }
      builder.AddListeningPort(name, grpc::InsecureServerCredentials(), &ports[i]);
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      // gRPC says which only by the port that is still 0.
      std::string taken;
      for (std::size_t i = 0; i < addresses.size() && taken.empty(); ++i) {
        if (ports[i] == 0) taken = options.addresses[i];
      }
      return Fail(Code::kAlreadyExists, "ADDRESS_IN_USE",
                  "cannot listen on '" + taken +
                      "': another program has the port, or it may not be used; stop the other one "
                      "or choose another port (0 takes a free one)");
    }
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      addresses_.push_back(addresses[i].socket_path.empty()
                               ? addresses[i].host + ":" + std::to_string(ports[i])
                               : "unix:" + addresses[i].socket_path);
    }
    for (Servicer* const servicer : servicers) {
      if(server_->GetHealthCheckService())server_->GetHealthCheckService()->SetServingStatus(
          std::string(servicer->contract().full_name), true);
    }
    ServerCall::Await(setting_);
    threads_.emplace(*queue_, options.handler_threads);
    for (const auto& file : socket_files_) {
      if (auto published = file->Publish(); !published) return published;
    }
    return {};
  }

  const std::vector<std::string>& addresses() const noexcept { return addresses_; }

  void Shutdown(std::chrono::milliseconds drain) {
    const std::lock_guard lock(shutdown_mutex_);
    if (queue_ == nullptr) return;
    if (server_ != nullptr) {
      if(server_->GetHealthCheckService())server_->GetHealthCheckService()->Shutdown();
      server_->Shutdown(std::chrono::system_clock::now() + drain);
      setting_.calls.WaitForZero();
    }
    queue_->Shutdown();
    if (threads_) {
      threads_.reset();
    } else {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) {
      }
    }
    server_.reset();
    queue_.reset();
    socket_files_.clear();
  }

 private:
  std::unique_ptr<Reflection> reflection_;
  CallSetting setting_;
  std::vector<std::unique_ptr<SocketFile>> socket_files_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<EventThreads> threads_;
  std::mutex shutdown_mutex_;
};

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::vector<Servicer*>& servicers,
                                                      GrpcServerOptions options, Log& log) {
  if (auto checked = CheckOptions(options); !checked) return Forward(checked.error());
  auto routes = MakeRoutes(servicers);
  if (!routes) return Forward(routes.error());
  std::vector<const ServiceContract*> contracts;
  for (const Servicer* const servicer : servicers) contracts.push_back(&servicer->contract());
  auto reflection = Reflection::Create(contracts);
  if (!reflection) return Forward(reflection.error());
  auto impl = std::make_unique<Impl>(*std::move(reflection), *std::move(routes), options, log);
  if (auto started = impl->Start(servicers, options); !started) return Forward(started.error());
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() = default;

const std::vector<std::string>& GrpcServer::addresses() const noexcept {
  return impl_->addresses();
}

void GrpcServer::Shutdown(std::chrono::milliseconds drain) { impl_->Shutdown(drain); }

}  // namespace seam
