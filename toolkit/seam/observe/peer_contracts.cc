#include "seam/observe/peer_contracts.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>

namespace seam {

namespace {

// A line of the log is for reading; the rest is counted.
constexpr std::size_t kMostDifferences = 5;

std::string Joined(const std::vector<std::string>& differences) {
  std::string text;
  const std::size_t told = std::min(differences.size(), kMostDifferences);
  for (std::size_t i = 0; i < told; ++i) text += (text.empty() ? "" : "; ") + differences[i];
  if (differences.size() > told) {
    text += "; and " + std::to_string(differences.size() - told) + " more";
  }
  return text;
}

}  // namespace

std::string_view ContractMatchName(ContractMatch match) noexcept {
  switch (match) {
    case ContractMatch::kEqual: return "equal";
    case ContractMatch::kCompatible: return "compatible";
    case ContractMatch::kIncompatible: return "incompatible";
    case ContractMatch::kUnknown: break;
  }
  return "unknown";
}

bool operator==(const PeerContract& a, const PeerContract& b) {
  const auto parts = [](const PeerContract& peer) {
    return std::tie(peer.contract, peer.target, peer.match, peer.client_fingerprint,
                    peer.service_fingerprint, peer.differences);
  };
  return parts(a) == parts(b);
}

std::function<void(const PeerContract& peer)> PeerContracts::Of(std::string module) {
  return [this, module = std::move(module)](const PeerContract& peer) { Tell(module, peer); };
}

std::vector<std::pair<std::string, PeerContract>> PeerContracts::known() const {
  std::vector<std::pair<std::string, PeerContract>> known;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, peer] : known_) known.emplace_back(name.first, peer);
  return known;
}

void PeerContracts::Watch(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.insert(&watcher);
  watcher.OnPeerContracts(Compatible());
}

void PeerContracts::Unwatch(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(&watcher);
}

bool PeerContracts::Compatible() const {
  return std::none_of(known_.begin(), known_.end(), [](const auto& entry) {
    return entry.second.match == ContractMatch::kIncompatible;
  });
}

void PeerContracts::Tell(const std::string& module, const PeerContract& peer) {
  {
    const std::lock_guard lock(mutex_);
    known_[{module, peer.contract}] = peer;
    for (Watcher* const watcher : watchers_) watcher->OnPeerContracts(Compatible());
  }
  LogLevel level = LogLevel::kDebug;
  std::string_view message = "the service has the contract of this client";
  switch (peer.match) {
    case ContractMatch::kIncompatible:
      level = LogLevel::kError;
      message = "the service's contract is incompatible with this client's";
      break;
    case ContractMatch::kCompatible:
      level = LogLevel::kInfo;
      message = "the service's contract is another version than this client's, and compatible";
      break;
    case ContractMatch::kUnknown: message = "the service does not tell its contract"; break;
    case ContractMatch::kEqual: break;
  }
  if (!log_.Enabled(level)) return;
  log_.Write(level, message,
             {{"module", module},
              {"contract", peer.contract},
              {"target", peer.target},
              {"client_fingerprint", peer.client_fingerprint},
              {"service_fingerprint", peer.service_fingerprint},
              {"differences", Joined(peer.differences)}});
}

}  // namespace seam
