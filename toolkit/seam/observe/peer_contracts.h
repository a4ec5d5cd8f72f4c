#ifndef SEAM_OBSERVE_PEER_CONTRACTS_H_
#define SEAM_OBSERVE_PEER_CONTRACTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/observe/log.h"

namespace seam {

// How a service's contract stands to that of the client which calls it.
enum class ContractMatch : std::uint8_t {
  kUnknown,     // The service did not say: one of another make without reflection, or not reached.
  kEqual,       // The same fingerprint.
  kCompatible,  // Another fingerprint; what both know means the same to both.
  kIncompatible,  // Something that both know means another thing to each.
};

// "unknown", "equal", "compatible", "incompatible".
[[nodiscard]] std::string_view ContractMatchName(ContractMatch match) noexcept;

// What a channel found out when it compared its contract with the service's.
struct PeerContract {
  std::string contract{};  // "shop.products.v1.Products"
  std::string target{};    // Where the service is.
  ContractMatch match = ContractMatch::kUnknown;

  // Of the protos behind the contract, 16 hexadecimal digits; the service's is empty when unknown.
  std::string client_fingerprint{};
  std::string service_fingerprint{};

  // What is incompatible, in words; of a compatible service what it lacks, which may be nothing.
  std::vector<std::string> differences{};

  friend bool operator==(const PeerContract& a, const PeerContract& b);
};

// What the channels of a program have found out, for its log and its health. Thread-safe.
class PeerContracts {
 public:
  // Told whether no contract that is known is incompatible. OnPeerContracts is called on the thread
  // that found out; it must not block, and not call back into the PeerContracts.
  class Watcher {
   public:
    virtual void OnPeerContracts(bool compatible) = 0;

   protected:
    ~Watcher() = default;
  };

  // `log` must outlive it.
  explicit PeerContracts(Log& log) : log_(log) {}
  PeerContracts(const PeerContracts&) = delete;
  PeerContracts& operator=(const PeerContracts&) = delete;

  // For GrpcChannelOptions::on_peer_contract of a channel to `module`; keeps what the channel tells
  // and writes a line to the log: an error when it is incompatible, information when it is
  // compatible, else one for debugging. This object must outlive the channel.
  [[nodiscard]] std::function<void(const PeerContract& peer)> Of(std::string module);

  // Each module with what was told last of each of its contracts, by the names of both.
  [[nodiscard]] std::vector<std::pair<std::string, PeerContract>> known() const;

  // Tells the watcher at once, on this thread, and then whenever something was found out.
  void Watch(Watcher& watcher);
  // On return the watcher is not told any more. Does nothing when it was not.
  void Unwatch(Watcher& watcher);

 private:
  [[nodiscard]] bool Compatible() const;  // Holds the lock.
  void Tell(const std::string& module, const PeerContract& peer);

  Log& log_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, PeerContract> known_;
  std::set<Watcher*> watchers_;
};

}  // namespace seam

#endif  // SEAM_OBSERVE_PEER_CONTRACTS_H_
