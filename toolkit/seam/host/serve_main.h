#ifndef SEAM_HOST_SERVE_MAIN_H_
#define SEAM_HOST_SERVE_MAIN_H_

#include <functional>
#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/host/host.h"

namespace seam {

// What a service process is.
struct ServiceInfo {
  // "products": stands in the log; in upper case it is the prefix of the environment variables. The
  // program calls itself products-service, in --help and in what it says of its configuration.
  std::string name{};
  std::string version = "0.1.0";
  std::string summary{};  // One line for --help; made from the name when empty.

  // The modules that it calls, by name ("products"), for Host::Connect. Each has four more options:
  //   modules.NAME.target        where it is: dns:///HOST:PORT or unix:/PATH; must be given
  //   modules.NAME.identity      who has to answer there; must be given with TLS
  //   modules.NAME.deadline_ms   how long a call to it may take
  //   modules.NAME.max_visits    how often one chain of calls may come to it
  //   modules.NAME.send_call_chain   whether it is told which services a call has come through
  std::vector<std::string> calls{};

  // Those that it sends its events to. They have the same options, but none needs a target: without
  // it, events are published for nobody there; see Host::IsGiven.
  std::vector<std::string> tells{};

  // Whether it publishes or subscribes: adds the options of seam/host/events_options.h.
  bool events = false;

  // The module that issues the tokens which this one verifies, for Host::Verifier; none when empty.
  // Either it has a target as above, or the tokens' keys are given by
  //   tokens.jwks_file           a JSON Web Key Set with keys that stay as they are
  //   tokens.issuer, tokens.audience   whom such tokens are from and for; given with
  //                              tokens.jwks_file and not without
  std::string token_issuer{};

  // For a service with a database: what the names of its role and schema begin with on PostgreSQL
  // unless it is configured otherwise, such as "shop_". Adds the options of
  // seam/host/database_options.h, for Host::Database. Empty: no database.
  std::string database_prefix{};

  // The command that prints what sets a PostgreSQL database up for this service and others
  // (DatabaseSetup), such as "shop --print-database-setup": for who finds one that was not.
  std::string database_setup{};

  // The methods of all that it serves, in groups of those that are meant for the same services;
  // with TLS a service that serves a method that is in none does not start. Each group has one more
  // option, which needs TLS:
  //   allow.GROUP                who may call them, such as spiffe://shop.example/orders, with
  //                              commas between; "*" for every service, nobody if empty. By default
  //                              the group's usual_callers.
  std::vector<MethodGroup> groups{};

  // Options beside those that every service has (see ServeMain), and rules about any of them.
  std::vector<config::Option> options{};
  std::vector<config::Rule> rules{};
};

// Everything that can be configured of such a process, with its defaults and rules; see ServeMain.
[[nodiscard]] config::OptionTable ServiceOptions(ServiceInfo info);

// The main of a service process. Reads the configuration, calls `setup` to make the handlers,
// serves them over gRPC beside the standard health and reflection services, health with the name
// kPeerContractsHealth (see GrpcServerOptions) for the services that it calls, and on SIGTERM or
// SIGINT stops in good order: health says NOT_SERVING, calls in progress end, then the handlers are
// destroyed. A second signal ends the process at once, and so does time: five seconds more than
// calls get, for handlers that ignore that their call was cancelled.
//
// Every service has these options, as flags (--listen), environment variables (PRODUCTS_LISTEN) and
// in the file named by --config:
//   listen                     "127.0.0.1:50051", port 0 for any free one, or "unix:/path"; with
//                              TLS any address of this host
//   tls.certificate_file, tls.key_file, tls.ca_file, tls.reload_seconds
//                              mutual TLS, for those who call and for those who are called; see
//                              TlsOptions
//   tls.max_connection_seconds how long a connection of a client lasts; see GrpcServerOptions
//   tls.plaintext_beyond_this_host   to listen on any address without
//   server.handler_threads     how many calls are handled at once
//   server.waiting_calls       how many further calls wait for that; those above it are refused
//   server.max_message_bytes   the largest request and reply
//   server.max_received_bytes  how much of what arrives is held in memory at once
//   server.drain_ms            how long calls in progress may take once the service stops
//   log.level, log.format
//
// The line {"message":"listening","address":…} in the log tells the actual address. Returns what
// main is to return: 0 after a clean stop, also of a setup that fails with CANCELLED once
// Host::context() is cancelled, 1 when the service cannot start, 2 when the configuration is wrong;
// a process that is ended by force has 3, or 128 plus the second signal's number. To be called from
// main, before there is another thread, because it blocks the two signals in this thread for good,
// and lets the process open as many files as it may (AllowMostOpenFiles).
[[nodiscard]] int ServeMain(int argc, const char* const* argv, ServiceInfo info,
                            const std::function<Result<void>(Host& host)>& setup);

}  // namespace seam

#endif  // SEAM_HOST_SERVE_MAIN_H_
