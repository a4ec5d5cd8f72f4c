#include "seam/grpc/channel.h"

#include <grpc/grpc_security_constants.h>
#include <grpc/support/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/validate_service_config.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"
#include "seam/binding/remote.h"
#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/contract_check_internal.h"
#include "seam/grpc/credentials_internal.h"
#include "seam/grpc/error_details_internal.h"
#include "seam/grpc/health_internal.h"
#include "seam/grpc/listen_address_internal.h"
#include "seam/grpc/order_internal.h"
#include "seam/grpc/reconnector_internal.h"
#include "seam/grpc/service_config_internal.h"
#include "seam/grpc/tls_watch_internal.h"

namespace seam {
namespace grpc_internal {
namespace {

Failure BadChannelOption(std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_CHANNEL_OPTIONS", std::move(message));
}

// Whether `addresses` is one "host:port" or several with commas between. gRPC would take a name
// without a port for one with port 443, and anything else for a strange name.
bool NamesPorts(std::string_view addresses) {
  for (std::size_t begin = 0; begin <= addresses.size();) {
    const std::size_t end = std::min(addresses.find(',', begin), addresses.size());
    const std::string_view address = addresses.substr(begin, end - begin);
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view host = address.substr(0, colon);
    const std::string_view port = address.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (host.empty() || host.find_first_of(bracketed ? "/" : ":/[]") != std::string_view::npos) {
      return false;
    }
    std::uint16_t number = 0;
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || rest != port.data() + port.size() || number == 0) return false;
    begin = end + 1;
  }
  return true;
}

// The target as gRPC gets it: always "scheme:///…".
Result<std::string> CanonicalTarget(std::string_view target) {
  constexpr std::array<std::string_view, 4> kSchemes = {"dns:", "ipv4:", "ipv6:", "unix:"};
  const auto* const scheme = std::find_if(
      kSchemes.begin(), kSchemes.end(),
      [&](std::string_view prefix) { return target.substr(0, prefix.size()) == prefix; });
  const std::string_view prefix = scheme == kSchemes.end() ? kSchemes[0] : *scheme;
  std::string_view rest = target.substr(scheme == kSchemes.end() ? 0 : prefix.size());
  if (rest.substr(0, 3) == "///") rest.remove_prefix(prefix == "unix:" ? 2 : 3);
  const bool is_path = prefix == "unix:";
  if (is_path ? rest.substr(0, 1) != "/" || rest.substr(0, 2) == "//" : !NamesPorts(rest)) {
    return BadChannelOption(
        "the target '" + std::string(target) +
        "' is none of dns:///host:port, ipv4:address:port, ipv6:[address]:port and "
        "unix:/absolute/path");
  }
  return std::string(prefix) + (is_path ? "//" : "///") + std::string(rest);
}

// Whether a canonical target may be of another machine. So may any name but localhost.
bool LeadsBeyondThisHost(std::string_view target) {
  if (target.substr(0, 5) == "unix:") return false;
  std::string_view addresses = target.substr(target.find("///") + 3);
  for (;;) {
    const std::string_view address = addresses.substr(0, addresses.find(','));
    const std::string host(address.substr(0, address.rfind(':')));
    if (host != "localhost" && ReachOf(host) != Reach::kThisHost) return true;
    if (address.size() == addresses.size()) return false;
    addresses.remove_prefix(address.size() + 1);
  }
}

int Milliseconds(std::chrono::milliseconds span) { return static_cast<int>(span.count()); }

Result<void> CheckOptions(const GrpcChannelOptions& options) {
  const auto in_range = [](std::chrono::milliseconds span) {
    return span.count() > 0 && span.count() <= std::numeric_limits<int>::max();
  };
  if (options.max_message_bytes == 0 ||
      options.max_message_bytes > std::size_t{std::numeric_limits<int>::max()}) {
    return BadChannelOption("max_message_bytes has to be from 1 to 2147483647");
  }
  if (options.max_attempts < 1 || options.max_attempts > 5) {
    return BadChannelOption("max_attempts has to be from 1 to 5");
  }
  if (!in_range(options.first_reconnect_pause) || !in_range(options.longest_reconnect_pause) ||
      options.first_reconnect_pause > options.longest_reconnect_pause) {
    return BadChannelOption(
        "the pauses between attempts to connect have to be above 0 and to grow");
  }
  if (!in_range(options.connect_timeout) || !in_range(options.keep_alive_time) ||
      !in_range(options.keep_alive_timeout)) {
    return BadChannelOption(
        "connect_timeout, keep_alive_time and keep_alive_timeout have to be above 0");
  }
  if (options.tls.has_value() == options.service_identity.empty()) {
    return BadChannelOption(
        "tls and service_identity are given together: who this process is, and who has to answer");
  }
  if (!options.tls) return {};
  if (!IsServiceIdentity(options.service_identity)) {
    return BadChannelOption(
        "'" + options.service_identity +
        "' is no identity of a service, such as spiffe://shop.example/products");
  }
  const auto own = ReadTlsIdentity(*options.tls);
  if (!own) return Forward(own.error());
  if (TrustDomainOf(options.service_identity) != TrustDomainOf(*own)) {
    return BadChannelOption("the service has to be '" + options.service_identity +
                            "', which is of another trust domain than this process, " + *own);
  }
  return {};
}

grpc::ChannelArguments MakeArguments(const ServiceContract& contract,
                                     const GrpcChannelOptions& options,
                                     const std::string& service_config) {
  grpc::ChannelArguments arguments;
  ApplyCommonArguments([&](const char* name, int value) { arguments.SetInt(name, value); });
  const int max_bytes = static_cast<int>(options.max_message_bytes);
  arguments.SetMaxReceiveMessageSize(max_bytes);
  arguments.SetMaxSendMessageSize(max_bytes);
  // A server ends connections over TLS by their age. A call that is on its way to one just then was
  // never begun, whatever the contract allows, and gRPC makes it again on the next.
  const bool retries =
      options.tls.has_value() || (options.max_attempts > 1 && AllowsRetries(contract));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, retries ? 1 : 0);
  // A call is retried only when its whole request is still at hand.
  if (retries) arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, max_bytes);
  arguments.SetServiceConfigJSON(service_config);
  // What a name server says about the service must not replace what its contract says.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Calls between services do not go through a proxy that is meant for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   Milliseconds(options.first_reconnect_pause));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   Milliseconds(options.longest_reconnect_pause));
  // In spite of its name this bounds a single attempt to connect.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Milliseconds(options.connect_timeout));
  // A name may point elsewhere after a restart.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 500);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keep_alive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keep_alive_timeout));
  // Else probing ends for good after the second probe without data.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return arguments;
}

// Completion queues for threads that wait for their own call, kept because making one costs as much
// as a tenth of a call.
class QueuePool {
 public:
  QueuePool() = default;
  QueuePool(const QueuePool&) = delete;
  QueuePool& operator=(const QueuePool&) = delete;
  ~QueuePool() {
    for (const auto& queue : idle_) {
      queue->Shutdown();
      void* tag = nullptr;
      bool ok = false;
      while (queue->Next(&tag, &ok)) {
      }
    }
  }

  // A queue without events, to be given back without events.
  std::unique_ptr<grpc::CompletionQueue> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto queue = std::move(idle_.back());
        idle_.pop_back();
        return queue;
      }
    }
    return std::make_unique<grpc::CompletionQueue>();
  }

  void GiveBack(std::unique_ptr<grpc::CompletionQueue> queue) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(queue));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<grpc::CompletionQueue>> idle_;
};

// One call on its way.
struct Exchange {
  void Cancel() {
    cancelled.store(true, std::memory_order_relaxed);
    Sending();
    context.TryCancel();
  }

  grpc::ClientContext context;
  std::atomic<bool> cancelled = false;  // By this side.
  grpc::ByteBuffer reply;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  CancellationCallback on_cancel;  // Uses `context`: it goes first.
};

struct StartedCall {
  StartedCall(const MethodContract& called, Completion& told) : method(called), completion(told) {}

  Exchange exchange;
  const MethodContract& method;
  Completion& completion;
};

std::optional<Origin> ParseOrigin(const grpc::string_ref& text) {
  const std::string_view name(text.data(), text.size());
  for (const Origin origin : {Origin::kHandler, Origin::kNotDelivered, Origin::kOutcomeUnknown}) {
    if (name == OriginName(origin)) return origin;
  }
  return std::nullopt;
}

// The codes that gRPC libraries give to calls by themselves, so that they say nothing of a handler.
bool IsLibraryCode(Code code) {
  return code == Code::kCancelled || code == Code::kUnknown || code == Code::kDeadlineExceeded ||
         code == Code::kPermissionDenied || code == Code::kResourceExhausted ||
         code == Code::kUnimplemented || code == Code::kInternal || code == Code::kUnavailable ||
         code == Code::kUnauthenticated;
}

class GrpcChannel final : public Channel {
 public:
  GrpcChannel(const ServiceContract& contract, const std::string& target,
              GrpcChannelOptions options, std::shared_ptr<TlsWatch> watch,
              const grpc::ChannelArguments& arguments)
      : options_(std::move(options)),
        watch_(std::move(watch)),
        channel_(grpc::CreateCustomChannel(
            target, MakeChannelCredentials(watch_, options_.service_identity), arguments)),
        stub_(channel_),
        reconnector_(channel_),
        contract_check_(channel_, contract, options_.target, options_.on_peer_contract) {}

  ~GrpcChannel() override {
    {
      std::unique_lock lock(started_mutex_);
      closing_ = true;
      for (StartedCall* const call : started_) call->exchange.Cancel();
      // The queue may be shut down only when nobody sends with it any more, as a Start made by a
      // Completion may be doing.
      all_ended_.wait(lock, [this] { return started_.empty(); });
    }
    started_queue_.Shutdown();
    if (started_thread_.joinable()) {
      started_thread_.join();
    } else {
      PollStarted();
    }
    if (watch_ != nullptr) watch_->Stop();
  }

  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override {
    if (auto refused = Refuse(method, context, request)) {
      completion.Complete(Forward(*std::move(refused)));
      return;
    }
    auto call = std::make_unique<StartedCall>(method, completion);
    if (auto refused = Enlist(*call)) {
      completion.Complete(Forward(*std::move(refused)));
      return;
    }
    // Deletes itself when it has ended.
    StartedCall& started = *call.release();
    Send(method, context, std::move(request), started.exchange, started_queue_, &started);
  }

  Result<Buffer> Call(const MethodContract& method, const Context& context,
                      Buffer request) override {
    if (auto refused = Refuse(method, context, request)) return Forward(*std::move(refused));
    auto queue = queues_.Take();
    Exchange exchange;
    Send(method, context, std::move(request), exchange, *queue, &exchange);
    void* tag = nullptr;
    bool ok = false;
    queue->Next(&tag, &ok);
    TakenFromQueue(tag);
    queues_.GiveBack(std::move(queue));
    return Receive(method, exchange);
  }

 private:
  std::optional<Error> Refuse(const MethodContract& method, const Context& context,
                              const Buffer& request) const {
    if (auto refused = context.Check()) return refused;
    if (request.size() <= options_.max_message_bytes) return std::nullopt;
    return internal::RequestTooLarge(method, request.size(), options_.max_message_bytes);
  }

  // Takes a call among those that were started, or says why not.
  std::optional<Error> Enlist(StartedCall& call) {
    const std::lock_guard lock(started_mutex_);
    if (closing_) {
      return Error{Code::kCancelled,
                   "CANCELLED",
                   "the channel to " + options_.target + " is being closed",
                   {},
                   Origin::kNotDelivered};
    }
    if (!started_thread_.joinable()) {
      try {
        started_thread_ = std::thread([this] { PollStarted(); });
      } catch (const std::system_error& error) {
        return Error{Code::kResourceExhausted,
                     "NO_THREAD",
                     std::string("cannot start the thread of a channel: ") + error.what(),
                     {},
                     Origin::kNotDelivered};
      }
    }
    started_.insert(&call);
    return std::nullopt;
  }

  // The answer arrives in `exchange` with the event `tag` of `queue`.
  void Send(const MethodContract& method, const Context& context, Buffer request,
            Exchange& exchange, grpc::CompletionQueue& queue, void* tag) {
    const auto remaining = context.remaining();
    if (remaining != Context::Clock::duration::max()) {
      const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(remaining);
      exchange.context.set_deadline(gpr_time_add(
          gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(nanoseconds.count(), GPR_TIMESPAN)));
      exchange.context.AddMetadata(kRemainingKey, std::to_string(nanoseconds.count()));
      if (options_.wait_for_first_connection && !HasBeenConnected()) {
        exchange.context.set_wait_for_ready(true);
      }
    }
    for (const auto& [key, value] : context.metadata()) exchange.context.AddMetadata(key, value);
    if (context.trace().valid()) {
      exchange.context.AddMetadata(kTraceparentKey, FormatTraceparent(context.trace()));
    }
    if (options_.send_call_chain && !context.call_chain().empty()) {
      exchange.context.AddMetadata(kCallChainKey, context.call_chain().ToText());
    }
    exchange.reader = stub_.PrepareUnaryCall(&exchange.context, std::string(method.path),
                                             ToByteBuffer(std::move(request)), &queue);
    exchange.on_cancel = context.OnCancel([&exchange] { exchange.Cancel(); });
    Sending();
    exchange.reader->StartCall();
    exchange.reader->Finish(&exchange.reply, &exchange.status, GivenToQueue(tag));
  }

  Result<Buffer> Receive(const MethodContract& method, Exchange& exchange) {
    exchange.on_cancel = {};
    Received();
    if (exchange.status.ok()) {
      MarkConnected();
      contract_check_.OnAnswer();
      // A peer may claim success and send nothing.
      if (auto reply = ToBuffer(exchange.reply)) return *std::move(reply);
      return Forward(internal::MalformedReply(method));
    }
    const bool sent = WasSent(exchange.context);
    if (sent) MarkConnected();
    const auto& trailers = exchange.context.GetServerTrailingMetadata();
    if (exchange.status.error_code() == grpc::StatusCode::UNAVAILABLE &&
        trailers.count(kOriginKey) == 0) {
      reconnector_.OnDisconnected();
      contract_check_.OnDisconnected();
    } else if (sent && !MayHaveEndedHere(exchange)) {
      contract_check_.OnAnswer();
    }
    return Forward(ToError(method, exchange, sent));
  }

  // Whether the call may have been given up on this side, at its deadline or because it was
  // cancelled, without any answer.
  static bool MayHaveEndedHere(const Exchange& exchange) {
    const grpc::StatusCode code = exchange.status.error_code();
    return (code == grpc::StatusCode::DEADLINE_EXCEEDED || code == grpc::StatusCode::CANCELLED) &&
           exchange.context.GetServerTrailingMetadata().count(kOriginKey) == 0;
  }

  // Whether the call was given to a connection, so that the handler may have run. gRPC's filter for
  // credentials stands behind the choice of a connection and before the wire, with insecure
  // credentials too, and marks what passes it. (The call's peer is known only after an answer.)
  static bool WasSent(const grpc::ClientContext& context) {
    const auto mark = context.auth_context();
    return mark != nullptr &&
           !mark->FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME).empty();
  }

  // Whether some call was sent, or a connection was there when a call began.
  bool HasBeenConnected() {
    if (!connected_.load(std::memory_order_relaxed) &&
        channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
      MarkConnected();
    }
    return connected_.load(std::memory_order_relaxed);
  }

  void MarkConnected() {
    // Written once only, so that the calling threads do not fight for the cache line.
    if (connected_.load(std::memory_order_relaxed)) return;
    connected_.store(true, std::memory_order_relaxed);
    reconnector_.OnConnected();
  }

  Error ToError(const MethodContract& method, const Exchange& exchange, bool sent) const {
    const grpc::Status& status = exchange.status;
    Error error;
    error.code = CodeFromNumber(static_cast<std::int32_t>(status.error_code()));
    error.message = status.error_message();
    const bool has_details = DecodeErrorDetails(status.error_details(), error);
    const auto& trailers = exchange.context.GetServerTrailingMetadata();
    const auto origin = trailers.find(kOriginKey);
    if (const auto parsed = origin == trailers.end() ? std::nullopt : ParseOrigin(origin->second)) {
      error.origin = *parsed;
    } else if (!has_details && IsLibraryCode(error.code)) {
      // A server that stops breaks off what comes too late with this code; nobody here asked for
      // it.
      if (error.code == Code::kCancelled && !exchange.cancelled.load(std::memory_order_relaxed)) {
        error.code = Code::kUnavailable;
      }
      ExplainLibraryError(method, sent, error);
    }
    NormalizeError(error);
    return error;
  }

  // Whether `message`, which says that something was "larger than max", is about the request:
  // gRPC's libraries write "received message larger than max (SIZE vs. LIMIT)", and this side
  // refuses a reply only above its own limit. What a server may not send comes after its handler.
  [[nodiscard]] bool WasRefusedByTheServersLibrary(std::string_view message) const {
    constexpr std::string_view kReceived = "eceived message larger than max (";
    const std::size_t found = message.find(kReceived);
    if (found == std::string_view::npos) return false;
    const char* const begin = message.data() + found + kReceived.size();
    std::size_t size = 0;
    const auto [rest, error] = std::from_chars(begin, message.data() + message.size(), size);
    return error == std::errc() && size <= options_.max_message_bytes;
  }

  // The error of a call that ended without an answer from a handler, or with one that says as much.
  void ExplainLibraryError(const MethodContract& method, bool sent, Error& error) const {
    error.origin = sent ? Origin::kOutcomeUnknown : Origin::kNotDelivered;
    error.reason = CodeName(error.code);
    std::string advice;
    if (!sent && error.code == Code::kDeadlineExceeded) error.message += WhyNotConnected();
    switch (error.code) {
      case Code::kUnavailable:
        if (!sent) {
          ExplainNoConnection(error.message, error.reason, advice);
          break;
        }
        error.reason = "CONNECTION_LOST";
        advice = "the connection was lost, or the service stopped, before the answer came";
        break;
      case Code::kDeadlineExceeded:
        advice = sent ? "no answer before the deadline"
                      : "no connection before the deadline; check that the service runs and that "
                        "the target is right";
        break;
      case Code::kCancelled: advice = "the call was cancelled"; break;
      case Code::kResourceExhausted:
        // gRPC says this in words only.
        if (error.message.find("larger than max") != std::string::npos) {
          error.reason = "MESSAGE_TOO_LARGE";
          if (WasRefusedByTheServersLibrary(error.message)) {
            error.origin = Origin::kNotDelivered;
            advice =
                "the request is over the limit of the service; send less at once, or raise that "
                "limit there (server.max_message_bytes)";
          } else {
            advice =
                "the reply is over the limit of this side; ask for less at once, or raise that "
                "limit (modules.NAME.max_message_bytes)";
          }
        } else {
          advice = "a limit on the way was reached";
        }
        break;
      case Code::kUnimplemented:
        advice = "there is no such method; compare the versions of both sides";
        break;
      case Code::kPermissionDenied:
      case Code::kUnauthenticated:
        advice = "the service, or something on the way to it, does not let this caller in";
        break;
      default: advice = "the service failed without saying why; see its log"; break;
    }
    error.message = std::string(method.path) + " at " + options_.target + ": " + advice + " (" +
                    error.message + ")";
  }

  // Why there is no connection, which gRPC says in words only.
  void ExplainNoConnection(std::string_view words, std::string& reason, std::string& advice) const {
    const auto says = [&](std::string_view text) {
      return words.find(text) != std::string_view::npos;
    };
    const bool broken_off = says("Socket closed") || says("Connection reset");
    reason = "UNREACHABLE";
    advice = "no connection; check that the service runs and that the target is right";
    if (options_.tls && says(kRefusedService)) {
      reason = "SERVICE_NOT_TRUSTED";
      advice = "the certificate of the service is refused";
    } else if (options_.tls && says("certificate verify failed")) {
      reason = "SERVICE_NOT_TRUSTED";
      advice =
          "the certificate of the service is refused: it is not of a CA in '" +
          options_.tls->ca_file +
          "', has expired, is not yet good, or is not for a server; to see which: openssl s_client "
          "-connect HOST:PORT -verify_return_error -purpose sslserver -CAfile '" +
          options_.tls->ca_file + "' -cert '" + options_.tls->certificate_file + "' -key '" +
          options_.tls->key_file + "'";
    } else if (options_.tls && says("wrong version number")) {
      reason = "TLS_FAILED";
      advice = "the service does not speak TLS; give it a certificate, or call it without";
    } else if (options_.tls && broken_off) {
      reason = "TLS_FAILED";
      advice =
          "the service ended the connection before a call was sent; it may refuse the certificate "
          "of this side: see its log, and try openssl verify -purpose sslclient -CAfile "
          "THE-CAS-OF-THE-SERVICE -untrusted '" +
          options_.tls->certificate_file + "' '" + options_.tls->certificate_file + "'";
    } else if (options_.tls && says("Tls handshake failed")) {
      reason = "TLS_FAILED";
      advice = "no connection by TLS";
    } else if (broken_off) {
      advice = "the service ended the connection before a call was sent; it may want TLS";
    }
  }

  // What gRPC knows of a connection that a call waited for in vain, to be added to its message. A
  // call that does not wait is told at once. Should there be a connection meanwhile, it is a
  // harmless question.
  std::string WhyNotConnected() const {
    if (channel_->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_TRANSIENT_FAILURE) return "";
    constexpr std::chrono::milliseconds kAtOnce{20};
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAtOnce);
    grpc::GenericStub stub(channel_);
    const auto asked = stub.PrepareUnaryCall(&context, std::string(Health::kCheckPath),
                                             ToByteBuffer(Buffer()), &queue);
    asked->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    asked->Finish(&reply, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return "";
    std::string reason;
    std::string advice;
    ExplainNoConnection(status.error_message(), reason, advice);
    return "; " + advice + ": " + status.error_message();
  }

  // The thread of the calls that were started.
  void PollStarted() {
    void* tag = nullptr;
    bool ok = false;
    while (started_queue_.Next(&tag, &ok)) {
      auto* const call = static_cast<StartedCall*>(TakenFromQueue(tag));
      {
        const std::lock_guard lock(started_mutex_);
        started_.erase(call);
        if (closing_ && started_.empty()) all_ended_.notify_one();
      }
      Completion& completion = call->completion;
      Result<Buffer> reply = Receive(call->method, call->exchange);
      delete call;
      completion.Complete(std::move(reply));
    }
  }

  const GrpcChannelOptions options_;
  const std::shared_ptr<TlsWatch> watch_;  // Null without TLS.
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  Reconnector reconnector_;
  ContractCheck contract_check_;
  std::atomic<bool> connected_ = false;  // Whether there has ever been a connection.
  QueuePool queues_;

  grpc::CompletionQueue started_queue_;
  std::mutex started_mutex_;
  std::condition_variable all_ended_;
  bool closing_ = false;
  std::unordered_set<StartedCall*> started_;
  std::thread started_thread_;
};

}  // namespace
}  // namespace grpc_internal

Result<void> CheckGrpcChannelOptions(const GrpcChannelOptions& options) {
  if (auto checked = grpc_internal::CheckOptions(options); !checked) return checked;
  if (auto target = grpc_internal::CanonicalTarget(options.target); !target) {
    return Forward(std::move(target).error());
  }
  return {};
}

Result<std::unique_ptr<Channel>> OpenGrpcChannel(const ServiceContract& contract,
                                                 GrpcChannelOptions options) {
  using namespace grpc_internal;
  if (auto checked = CheckOptions(options); !checked) return Forward(checked.error());
  auto target = CanonicalTarget(options.target);
  if (!target) return Forward(target.error());
  const std::string config =
      BuildServiceConfig(contract, options.max_attempts, options.check_health);
  // gRPC would fail every single call instead.
  if (const std::string problem = grpc::experimental::ValidateServiceConfigJSON(config);
      !problem.empty()) {
    return BadChannelOption("gRPC refuses the service config of " +
                            std::string(contract.full_name) + ": " + problem);
  }
  SetProcessDefaults();
  std::shared_ptr<TlsWatch> watch;
  if (options.tls) {
    auto started = TlsWatch::Start(*options.tls, options.log);
    if (!started) return Forward(started.error());
    watch = *std::move(started);
  } else if (options.log != nullptr && LeadsBeyondThisHost(*target)) {
    options.log->Warning(
        "calls may leave this host without TLS: who is on the way can read and change "
        "them, and answer in the service's place",
        {{"target", options.target}});
  }
  const grpc::ChannelArguments arguments = MakeArguments(contract, options, config);
  return std::unique_ptr<Channel>(std::make_unique<GrpcChannel>(
      contract, *target, std::move(options), std::move(watch), arguments));
}

}  // namespace seam
