#ifndef SEAM_GRPC_SERVER_H_
#define SEAM_GRPC_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/binding/allowed_callers.h"
#include "seam/binding/call_rules.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"
#include "seam/grpc/tls.h"
#include "seam/observe/log.h"
#include "seam/observe/peer_contracts.h"

namespace seam {

// The name by which grpc.health.v1.Health is asked about the contracts of the services that this
// program calls; see GrpcServerOptions::peer_contracts.
inline constexpr std::string_view kPeerContractsHealth = "seam.PeerContracts";

struct GrpcServerOptions {
  // Where to listen: "127.0.0.1:50051", "[::1]:50051", "localhost:50051" (which is 127.0.0.1; port
  // 0 takes a free one) or "unix:/run/products.sock" (a file of mode 0600). With TLS also any other
  // address of this host, such as "10.0.0.7:50051", or all of them, "0.0.0.0:50051" and
  // "[::]:50051".
  std::vector<std::string> addresses = {"127.0.0.1:0"};

  // Who this process is, for mutual TLS: connections are taken from those only that show a
  // certificate of a CA that this process trusts, with the identity of a service (see TlsOptions).
  // Of each with a certificate of such a CA that is refused yet the log has a line, "a connection
  // is refused", that says why.
  std::optional<TlsOptions> tls{};

  // How long a connection over TLS lasts, ten per cent more or less, so that one whose certificate
  // is not trusted any more ends; 10 ms to a day. Its client is asked to make another one for
  // further calls, and those in progress have a minute more.
  std::chrono::milliseconds max_connection_age = std::chrono::minutes(30);

  // How long a connection over TLS lasts without a call; 10 ms to a day.
  std::chrono::milliseconds max_connection_idle = std::chrono::minutes(10);

  // Whether to listen without TLS where other machines can connect: whoever is on the network can
  // then read and change calls, and make them.
  bool plaintext_beyond_this_host = false;

  // Which services may call what. With TLS it has to be there, and to have a group for every method
  // that is served; without TLS it has to be null, since nobody knows who calls then, and everybody
  // may call everything. The health service is for every service with a certificate; reflection,
  // which tells of all contracts, for those that may call at least one method.
  std::shared_ptr<const AllowedCallers> allowed_callers{};

  // Larger requests and replies are refused with RESOURCE_EXHAUSTED.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // How much of what arrives is held in memory at once, over all connections; at least twice
  // max_message_bytes. When it is not enough, gRPC breaks off calls with RESOURCE_EXHAUSTED or
  // whole connections, so it should be met in an emergency only.
  std::size_t max_received_bytes = std::size_t{1024} * 1024 * 1024;

  // How many handlers run at once. A handler that calls back into this server needs a second thread
  // while it waits.
  std::size_t handler_threads = 32;

  // How many further calls wait for a thread, 0 to 1,000,000. Those above it are refused with
  // RESOURCE_EXHAUSTED, reason SERVER_BUSY. A call counts from when its request has arrived, and
  // holds the memory of its request from then on.
  std::size_t waiting_calls = 1024;

  // What the program's own channels find out about the services that they call, which must outlive
  // the server; null for a program that calls none. Health then knows the name
  // kPeerContractsHealth: NOT_SERVING while a service's contract is known to be incompatible with
  // its channel's, else SERVING, also before any of them has answered. The server as a whole and
  // its services stay SERVING: most of their calls may need nothing of what differs. Whoever wants
  // no traffic for such a program asks for this name instead, as a readiness probe can.
  PeerContracts* peer_contracts = nullptr;
};

// Whether a server can be started with these options, for a program that checks its configuration
// before it starts anything. Fails with INVALID_ARGUMENT, reason INVALID_LISTEN_ADDRESS for an
// address that is malformed or that others can reach without TLS, reason INVALID_SERVER_OPTIONS
// when another option is out of its range, and as ReadTlsIdentity does. Does not look whether an
// address is free.
[[nodiscard]] Result<void> CheckGrpcServerOptions(const GrpcServerOptions& options);

// Serves contracts over gRPC (HTTP/2, with TLS where it is asked for), and beside them the standard
// services grpc.health.v1.Health, for every service name and for the server as a whole, and
// grpc.reflection.v1 and v1alpha. Any gRPC peer can call it.
//
// Handlers may block. Each gets the caller's deadline, cancellation, metadata and trace in its
// Context, and with TLS who the caller is. A caller that gives up at its deadline breaks the call
// off, so a handler may see its Context cancelled then. Metadata that Context::WithMetadata would
// refuse is dropped; of more than Context::kMaxMetadataBytes or kMaxMetadataEntries those entries
// are, in the order of their keys, that do not fit.
//
// Every call goes through Dispatch, and leaves one line in the log: method, code, duration_ms, with
// an error its reason and text (error), the text of an exception that escaped the handler
// (exception), and trace_id when there is a trace. CANCELLED with reason ENDED_EARLY is a call that
// ended before its request had arrived. Of a flood of refused calls some lines are left out. The
// standard services leave no line; grpc.health.v1.Health answers however busy the handlers are.
//
// Errors travel as gRPC status with google.rpc.ErrorInfo (reason, metadata; the service's full name
// as domain), with the trailing metadata "seam-origin", and with the wish not to be retried.
//
// Thread-safe.
class GrpcServer {
 public:
  // Serves when it returns. The servicers and `log` must outlive the server. Fails with
  //   what CheckGrpcServerOptions fails with
  //   INVALID_ARGUMENT INVALID_SERVER_OPTIONS   a service is there twice, or a method is in no
  //   group
  //                                             of allowed_callers; the message names them
  //   INVALID_ARGUMENT INVALID_CONTRACT         a contract's descriptor cannot be used
  //   ALREADY_EXISTS ADDRESS_IN_USE             somebody else listens there
  [[nodiscard]] static Result<std::unique_ptr<GrpcServer>> Start(
      const std::vector<Servicer*>& servicers, const GrpcServerOptions& options, Log& log);

  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Shutdown(0 ms).
  ~GrpcServer();

  // The options' addresses with the ports that were taken, in their order; each is a target for
  // OpenGrpcChannel.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept;

  // What health checks hear; true from the start. Calls are served in either case, but clients that
  // check health go elsewhere. Does nothing once Shutdown was called.
  void SetServing(bool serving);

  // Ends the service: health says NOT_SERVING, and a moment later no further call is taken; those
  // in progress have `drain` to end and are then cancelled. The moment is 100 ms when somebody
  // watches the health, and up to a second, but never more than `drain`, while calls still come. A
  // caller that does not watch, or hears of it later, may have a call broken off that was never
  // begun, and cannot tell.
  // Returns when every handler has returned, so a handler that ignores its cancellation keeps it
  // waiting. The second and later calls do nothing. Not to be called from a handler.
  void Shutdown(std::chrono::milliseconds drain);

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace seam

#endif  // SEAM_GRPC_SERVER_H_
