#include "seam/grpc/server.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/credentials_internal.h"
#include "seam/grpc/event_threads_internal.h"
#include "seam/grpc/health_internal.h"
#include "seam/grpc/listen_address_internal.h"
#include "seam/grpc/reflection_internal.h"
#include "seam/grpc/server_call_internal.h"
#include "seam/grpc/tls_watch_internal.h"

namespace seam {
namespace {

using namespace grpc_internal;  // NOLINT(google-build-using-namespace)

constexpr int kMaxStreamsOfAConnection = 10'000;
// Calls that are longer are rare: it is the longest deadline of a module's client.
constexpr std::chrono::minutes kGraceOfOldConnections{1};

// How long who watches the server's health has to hear of its end: at least, at most, and how many
// times as long as calls were still seen to come.
constexpr std::chrono::milliseconds kNoticeOfEnd{100};
constexpr std::chrono::milliseconds kLongestNotice{1'000};
constexpr int kSlowerThanSeen = 3;
constexpr std::chrono::milliseconds kLookForCalls{5};

Failure BadServerOption(std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_SERVER_OPTIONS", std::move(message));
}

Result<void> CheckOptions(const GrpcServerOptions& options) {
  if (options.addresses.empty()) return BadServerOption("there is no address to listen on");
  if (options.max_message_bytes == 0 ||
      options.max_message_bytes > std::size_t{std::numeric_limits<int>::max()}) {
    return BadServerOption("max_message_bytes has to be from 1 to 2147483647");
  }
  if (options.handler_threads == 0 || options.handler_threads > 4096) {
    return BadServerOption("handler_threads has to be from 1 to 4096");
  }
  if (options.waiting_calls > 1'000'000) {
    return BadServerOption("waiting_calls has to be from 0 to 1000000");
  }
  if (options.max_received_bytes / 2 < options.max_message_bytes) {
    return BadServerOption("max_received_bytes has to be at least twice max_message_bytes");
  }
  const auto is_in_range = [](std::chrono::milliseconds span) {
    return span >= std::chrono::milliseconds(10) && span <= std::chrono::hours(24);
  };
  if (!is_in_range(options.max_connection_age)) {
    return BadServerOption("max_connection_age has to be from 10 milliseconds to a day");
  }
  if (!is_in_range(options.max_connection_idle)) {
    return BadServerOption("max_connection_idle has to be from 10 milliseconds to a day");
  }
  if (!options.tls) {
    if (options.allowed_callers == nullptr) return {};
    return BadServerOption("allowed_callers needs tls, as nobody knows who calls without");
  }
  if (const auto own = ReadTlsIdentity(*options.tls); !own) return Forward(own.error());
  if (options.allowed_callers != nullptr) return {};
  return BadServerOption("tls needs allowed_callers: say which services may call what");
}

int InMilliseconds(std::chrono::milliseconds span) { return static_cast<int>(span.count()); }

void ApplyArguments(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  ApplyCommonArguments(
      [&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  const int max_bytes = static_cast<int>(options.max_message_bytes);
  builder.SetMaxReceiveMessageSize(max_bytes);
  builder.SetMaxSendMessageSize(max_bytes);
  // Its threads are not limited: gRPC would fail calls for want of them.
  grpc::ResourceQuota memory;
  memory.Resize(options.max_received_bytes);
  builder.SetResourceQuota(memory);
  // Two servers must not share a port without knowing it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             static_cast<int>(kShortestKeepAliveTime.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Of one connection; what all of them have in progress is limited by the calls themselves.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsOfAConnection);
  // For a peer that connects and says nothing.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  if (!options.tls) return;
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             InMilliseconds(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             InMilliseconds(kGraceOfOldConnections));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             InMilliseconds(options.max_connection_idle));
}

// Where the options allow to listen.
Reach AllowedReach(const GrpcServerOptions& options) {
  return options.tls || options.plaintext_beyond_this_host ? Reach::kAnywhere : Reach::kThisHost;
}

std::vector<std::string_view> HealthNames(const std::vector<Servicer*>& servicers,
                                          const GrpcServerOptions& options) {
  std::vector<std::string_view> names;
  if (options.peer_contracts != nullptr) names.push_back(kPeerContractsHealth);
  for (const Servicer* const servicer : servicers) names.push_back(servicer->contract().full_name);
  return names;
}

}  // namespace

class GrpcServer::Impl final : private PeerContracts::Watcher {
 public:
  Impl(const std::vector<Servicer*>& servicers, std::unique_ptr<Reflection> reflection,
       const GrpcServerOptions& options, Log& log)
      : reflection_(std::move(reflection)),
        health_(HealthNames(servicers, options)),
        setting_(log, health_, *reflection_),
        peers_(options.peer_contracts) {
    setting_.max_message_bytes = options.max_message_bytes;
    setting_.max_calls = options.handler_threads + options.waiting_calls;
    setting_.knows_callers = options.tls.has_value();
    setting_.allowed_callers = options.allowed_callers;
  }

  ~Impl() {
    Shutdown(std::chrono::milliseconds(0));
    if (watch_ != nullptr) watch_->Stop();
  }

  // Whether it was said of each method of a contract who may call it.
  Result<void> CheckGroups(const ServiceContract& contract) const {
    if (setting_.allowed_callers == nullptr) return {};
    const std::string missing = setting_.allowed_callers->MethodsWithoutAGroup(contract);
    if (missing.empty()) return {};
    return BadServerOption("nobody has said which services may call " + missing + " of " +
                           std::string(contract.full_name) +
                           "; add them to a group of methods (MethodGroup)");
  }

  Result<void> AddRoutes(Servicer& servicer) {
    const ServiceContract& contract = servicer.contract();
    for (std::size_t i = 0; i < contract.method_count; ++i) {
      const MethodContract& method = contract.methods[i];
      const auto [route, is_new] = setting_.routes.try_emplace(method.path);
      if (!is_new) {
        return BadServerOption("the method " + std::string(method.path) + " is served twice");
      }
      route->second.servicer = &servicer;
      route->second.method = &method;
    }
    return {};
  }

  Result<void> Start(const std::vector<Servicer*>& servicers, const GrpcServerOptions& options) {
    for (Servicer* const servicer : servicers) {
      if (auto checked = CheckGroups(servicer->contract()); !checked) return checked;
      if (auto added = AddRoutes(*servicer); !added) return added;
    }
    if (auto added = AddRoutes(health_servicer_); !added) return added;
    setting_.routes[Health::kCheckPath].at_once = true;
    std::vector<ListenAddress> addresses;
    for (const std::string& text : options.addresses) {
      auto address = ParseListenAddress(text, AllowedReach(options));
      if (!address) return Forward(address.error());
      addresses.push_back(*std::move(address));
    }
    SetProcessDefaults();
    grpc::ServerBuilder builder;
    ApplyArguments(options, builder);
    builder.RegisterAsyncGenericService(&setting_.service);
    queue_ = builder.AddCompletionQueue();
    setting_.queue = queue_.get();
    if (options.tls) {
      auto watch = TlsWatch::Start(*options.tls, &setting_.log);
      if (!watch) return Forward(watch.error());
      watch_ = *std::move(watch);
    }
    const auto credentials = MakeServerCredentials(watch_);
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
      builder.AddListeningPort(name, credentials, &ports[i]);
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
    acceptor_.Start();
    threads_.emplace(*queue_, options.handler_threads);
    for (const auto& file : socket_files_) {
      if (auto published = file->Publish(); !published) return published;
    }
    if (peers_ != nullptr) peers_->Watch(*this);
    return {};
  }

  const std::vector<std::string>& addresses() const noexcept { return addresses_; }

  void SetServing(bool serving) { health_.SetServing(serving); }

  void Shutdown(std::chrono::milliseconds drain) {
    const std::lock_guard lock(shutdown_mutex_);
    if (queue_ == nullptr) return;
    if (peers_ != nullptr) peers_->Unwatch(*this);
    if (server_ != nullptr) {
      health_.SetServing(false);
      // Calls that arrive after gRPC's own shut-down has begun are broken off, and their callers
      // cannot know that they were never begun. So clients that watch get a moment to hear of it
      // and to go elsewhere.
      if (health_.watched()) GiveNotice(drain);
      health_.End();
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
    if (watch_ != nullptr) watch_->Stop();
    socket_files_.clear();
  }

 private:
  void OnPeerContracts(bool compatible) override {
    health_.SetServing(kPeerContractsHealth, compatible);
  }

  // Waits until the callers seem to have heard. Calls that come late tell of a slow network, or of
  // a machine so busy that others may be later still.
  void GiveNotice(std::chrono::milliseconds drain) const {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point begun_at = Clock::now();
    Clock::duration length = std::min(drain, kNoticeOfEnd);
    std::uint64_t accepted = setting_.accepted;
    for (Clock::duration passed{}; passed < length; passed = Clock::now() - begun_at) {
      std::this_thread::sleep_for(std::min<Clock::duration>(kLookForCalls, length - passed));
      const std::uint64_t before = std::exchange(accepted, setting_.accepted);
      if (accepted == before) continue;
      length = std::max(length, kSlowerThanSeen * (Clock::now() - begun_at));
      length = std::min<Clock::duration>(length, std::min(drain, kLongestNotice));
    }
  }

  const std::unique_ptr<Reflection> reflection_;
  Health health_;
  HealthServicer health_servicer_{health_};
  CallSetting setting_;
  PeerContracts* const peers_;
  std::shared_ptr<TlsWatch> watch_;  // Null without TLS.
  Acceptor acceptor_{setting_};
  std::vector<std::unique_ptr<SocketFile>> socket_files_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<EventThreads> threads_;
  std::mutex shutdown_mutex_;
};

Result<void> CheckGrpcServerOptions(const GrpcServerOptions& options) {
  if (auto checked = CheckOptions(options); !checked) return checked;
  for (const std::string& address : options.addresses) {
    if (auto parsed = ParseListenAddress(address, AllowedReach(options)); !parsed) {
      return Forward(std::move(parsed).error());
    }
  }
  return {};
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::vector<Servicer*>& servicers,
                                                      const GrpcServerOptions& options, Log& log) {
  if (auto checked = CheckGrpcServerOptions(options); !checked) return Forward(checked.error());
  std::vector<const ServiceContract*> contracts;
  for (const Servicer* const servicer : servicers) contracts.push_back(&servicer->contract());
  auto reflection = Reflection::Create(contracts);
  if (!reflection) return Forward(reflection.error());
  auto impl = std::make_unique<Impl>(servicers, *std::move(reflection), options, log);
  if (auto started = impl->Start(servicers, options); !started) return Forward(started.error());
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() = default;

const std::vector<std::string>& GrpcServer::addresses() const noexcept {
  return impl_->addresses();
}

void GrpcServer::SetServing(bool serving) { impl_->SetServing(serving); }

void GrpcServer::Shutdown(std::chrono::milliseconds drain) { impl_->Shutdown(drain); }

}  // namespace seam
