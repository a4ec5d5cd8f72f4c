#ifndef SEAM_HOST_HOST_H_
#define SEAM_HOST_HOST_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/config/config.h"
#include "seam/core/channel.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/observe/peer_contracts.h"
#include "seam/sql/database_options.h"

namespace seam {

// What the setup of a service process works with; see ServeMain. For one thread, until setup
// returns.
class Host {
 public:
  // `configuration` and `log` must outlive the host; `context` is what context() gives, and
  // `token_issuer` and `database_setup` those of ServiceInfo.
  Host(const config::Configuration& configuration, Log& log, Context context = Context(),
       std::string token_issuer = "", std::string database_setup = "");
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  // Serves `handler` behind a generated servicer. Owns both until the process has drained; what was
  // served last is destroyed first, so that a handler may use those that were served before it.
  //   host.Serve<products::v1::ProductsServicer>(std::move(handler));
  template <class ServicerT, class Handler>
  void Serve(std::unique_ptr<Handler> handler) {
    auto servicer = std::make_unique<ServicerT>(*handler);
    // The handler's owner is shared only so that its type need not be known here.
    served_.push_back({std::shared_ptr<void>(std::move(handler)), std::move(servicer)});
  }

  // Whether it is said where the module is, of those that ServiceInfo::tells names.
  [[nodiscard]] bool IsGiven(const std::string& module) const;

  // The client of a module in another process that ServiceInfo::calls names; the same each time. It
  // is reached when it is first called, so it need not run yet. The log tells how its contract
  // stands to this one's (PeerContracts). Valid as long as the host. Fails
  // with what OpenGrpcChannel fails with.
  template <class Seam>
  [[nodiscard]] Result<typename Seam::Client*> Connect(const std::string& module) {
    Connection& connection = connections_[{module, Seam::contract().full_name}];
    if (connection.client == nullptr) {
      auto channel = OpenChannel(module, Seam::contract());
      if (!channel) return Forward(std::move(channel).error());
      connection.channel = *std::move(channel);
      connection.client =
          std::make_shared<typename Seam::RemoteClient>(*connection.channel, RulesFor(module));
    }
    return static_cast<typename Seam::RemoteClient*>(connection.client.get());
  }

  // Verifies the tokens of ServiceInfo::token_issuer; the same each time. Valid as long as the
  // host. Fails with what OpenGrpcChannel and ParseJwks fail with, with
  // INVALID_ARGUMENT, reason INVALID_JWKS, when tokens.jwks_file has no key that is usable, and
  // reason UNREADABLE_FILE, when it is no file that can be read or has more than 64 KiB.
  [[nodiscard]] Result<TokenVerifier*> Verifier();

  // Where the database of the module is, as configured, once it can be used: the folder of a SQLite
  // file is made, a PostgreSQL server is waited for. Fails with what AwaitDatabase fails with
  // (seam/host/database_options.h). For a service with ServiceInfo::database_prefix.
  [[nodiscard]] Result<sql::DatabaseOptions> Database(const std::string& module) const;

  // All options in force, the service's own among them.
  [[nodiscard]] const config::Configuration& configuration() const noexcept {
    return configuration_;
  }

  [[nodiscard]] Log& log() const noexcept { return log_; }

  // For what setup does that may take long: cancelled when the process is asked to stop.
  [[nodiscard]] const Context& context() const noexcept { return context_; }

  // What Connect's channels have found out.
  [[nodiscard]] PeerContracts& peers() noexcept { return peers_; }

  // What was given to Serve, in that order.
  [[nodiscard]] std::vector<Servicer*> servicers() const;

 private:
  // In the order of construction: the servicer uses the handler.
  struct Served {
    std::shared_ptr<void> handler;
    std::unique_ptr<Servicer> servicer;
  };

  struct Connection {
    std::unique_ptr<Channel> channel;
    std::shared_ptr<void> client;
  };

  [[nodiscard]] Result<std::unique_ptr<Channel>> OpenChannel(const std::string& module,
                                                             const ServiceContract& contract);
  [[nodiscard]] CallRules RulesFor(const std::string& module) const;

  // In the order of construction: each uses the ones above it.
  const config::Configuration& configuration_;
  Log& log_;
  const Context context_;
  const std::string token_issuer_;
  const std::string database_setup_;
  PeerContracts peers_;
  std::map<std::pair<std::string, std::string_view>, Connection> connections_;  // By contract.
  std::unique_ptr<TokenVerifier> verifier_;
  std::vector<Served> served_;
};

}  // namespace seam

#endif  // SEAM_HOST_HOST_H_
