#ifndef SEAM_GRPC_CHANNEL_H_
#define SEAM_GRPC_CHANNEL_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "seam/binding/call_rules.h"
#include "seam/core/channel.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/grpc/tls.h"
#include "seam/observe/log.h"
#include "seam/observe/peer_contracts.h"

namespace seam {

struct GrpcChannelOptions {
  // Where the service is, as gRPC names it
  // (https://grpc.github.io/grpc/core/md_doc_naming.html):
  //   "dns:///products:50051" or "products:50051"   every address that the name resolves to
  //   "ipv4:10.0.0.1:50051,10.0.0.2:50051"          these addresses; "ipv6:[::1]:50051" likewise
  //   "unix:/run/products.sock"                      a unix socket
  // Calls go to the healthy ones in turn. A port has to be given.
  std::string target;

  // Who this process is, for connections by mutual TLS, and the identity that the service has to
  // have wherever the target leads (see TlsOptions); given together. Without them connections are
  // neither encrypted nor is anybody sure of the other.
  std::optional<TlsOptions> tls{};
  std::string service_identity{};

  // Larger requests and replies are refused with RESOURCE_EXHAUSTED, reason MESSAGE_TOO_LARGE. The
  // service has a limit of its own (GrpcServerOptions), and refuses what is over that likewise.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // Whether calls avoid an address whose grpc.health.v1.Health service says NOT_SERVING of the
  // whole server. A server without that service counts as healthy.
  bool check_health = true;

  // How often a call that could not be answered is tried in all, where the method's idempotency
  // allows it; 1 to 5. The error of a handler behind a GrpcServer is never tried again. A server of
  // another make does not say whose its UNAVAILABLE or CANCELLED is, so those are.
  int max_attempts = 3;

  // Pauses between attempts to connect: they begin with the first and grow to the second, which
  // bounds how long a service that came back stays unseen.
  std::chrono::milliseconds first_reconnect_pause{50};
  std::chrono::milliseconds longest_reconnect_pause{250};

  // How long one attempt to connect may take.
  std::chrono::milliseconds connect_timeout{1'000};

  // A connection on which nothing arrived for this long is probed, and closed when the probe, or
  // anything else that was sent, is not acknowledged within the time-out. Probes more frequent than
  // every five minutes make servers of other makes close the connection; GrpcServer takes one every
  // ten seconds.
  std::chrono::milliseconds keep_alive_time{360'000};
  std::chrono::milliseconds keep_alive_timeout{10'000};

  // Whether a call made before the very first connection waits for it until the call's deadline, so
  // that a service and its callers can be started in any order. A call without a deadline does not
  // wait, and neither does any call once there has been a connection: it fails at once when the
  // service is gone. Until then a service that is not trusted, or that refuses this side, is one
  // that there is no connection to: the call ends with DEADLINE_EXCEEDED, and only its message has
  // what SERVICE_NOT_TRUSTED or TLS_FAILED would say.
  bool wait_for_first_connection = true;

  // Whether a call that is made while another is handled says which services it has come through,
  // so that a circle of calls is noticed (see CallChain). Turn it off for a service of somebody
  // else, who need not know the names of yours.
  bool send_call_chain = true;

  // Told how the service's contract stands to this channel's, as PeerContracts::Of keeps it: once
  // the service has answered a call, and whenever that has changed after the connection was lost or
  // a minute has passed. Called on a thread of its own, one call at a time; must not destroy the
  // channel. The service is asked by the standard reflection protocol, which GrpcServer serves; it
  // is not asked when this is empty.
  std::function<void(const PeerContract& peer)> on_peer_contract{};

  // Gets a line when a file of `tls` cannot be used any more, from a thread of the channel's own;
  // and a warning when the channel is opened if, without `tls`, the target may be of another
  // machine. Must outlive the channel; null when nobody is to be told.
  Log* log = nullptr;
};

// Whether a channel can be opened with these options, for a program that checks its configuration
// before it starts anything. Fails with INVALID_ARGUMENT, reason INVALID_CHANNEL_OPTIONS, when one
// is out of its range, the target malformed, or the service of another trust domain than this
// process, and as ReadTlsIdentity does. Does not look whether anybody is there.
[[nodiscard]] Result<void> CheckGrpcChannelOptions(const GrpcChannelOptions& options);

// A channel to `contract`'s service over gRPC (HTTP/2, with TLS where it is asked for). Connects by
// itself when the first call is made, and again whenever the connection is lost. Does not wait for
// the service.
//
// Call polls the network on the calling thread. From the first connection, or failure to connect,
// on another thread of the channel looks after the connection between calls. Start uses one thread
// of the channel, which runs from the first Start on; there Completion::Complete is called.
// Destroying the channel cancels what was started and waits until its Completions were called; a
// Start that one of them makes then completes at once with CANCELLED, kNotDelivered. No Call may be
// in progress then.
//
// Errors that the channel makes itself carry these codes and reasons; their message names target
// and method:
//   UNAVAILABLE UNREACHABLE          there is no connection; kNotDelivered
//   UNAVAILABLE SERVICE_NOT_TRUSTED  the service's certificate is refused here; the message says
//                                    why, or, when the chain is refused, how to see why;
//                                    kNotDelivered
//   UNAVAILABLE TLS_FAILED           TLS came to nothing: the service speaks without, or ended the
//                                    connection, as it does when it refuses this side's
//                                    certificate (the message says how to see why); kNotDelivered
//   UNAVAILABLE CONNECTION_LOST      the call was sent, and broken off; kOutcomeUnknown
//   DEADLINE_EXCEEDED, CANCELLED     reason likewise; kNotDelivered when provably never sent
//   RESOURCE_EXHAUSTED MESSAGE_TOO_LARGE   a request (kNotDelivered) or reply (kOutcomeUnknown)
//   INTERNAL MALFORMED_REPLY         success without a reply; kOutcomeUnknown
//   RESOURCE_EXHAUSTED NO_THREAD     Start could not start the channel's thread; kNotDelivered
// A peer that does not say what its handler did is believed in the reason and metadata that it
// sends; then, and with a code that gRPC libraries do not give by themselves, the origin is
// kHandler. A code that they do give, such as UNKNOWN or UNIMPLEMENTED, has its name as reason and
// the origin kOutcomeUnknown.
//
// Fails as CheckGrpcChannelOptions does, and with RESOURCE_EXHAUSTED, reason NO_MEMORY_FILE, when
// there is no descriptor or memory for copies of the files of `tls`.
//
// Turns off two things in the whole process: the deadlock detection of abseil's mutexes, and gRPC's
// own lines on stderr unless the environment variable GRPC_VERBOSITY is set. `contract` must live
// as long as the channel, as generated ones do.
[[nodiscard]] Result<std::unique_ptr<Channel>> OpenGrpcChannel(const ServiceContract& contract,
                                                               GrpcChannelOptions options);

}  // namespace seam

#endif  // SEAM_GRPC_CHANNEL_H_
