#ifndef SEAM_GRPC_CONTRACT_CHECK_INTERNAL_H_
#define SEAM_GRPC_CONTRACT_CHECK_INTERNAL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "seam/core/contract.h"
#include "seam/observe/peer_contracts.h"

namespace seam::grpc_internal {

// The client's contract beside the service's, whose protos are `service_files`, each an encoded
// FileDescriptorProto; kUnknown when they do not have the service or cannot be used.
[[nodiscard]] PeerContract CompareWithPeer(const ServiceContract& client,
                                           const std::vector<std::string>& service_files);

// Asks the service behind a channel for its contract, by the standard reflection protocol, and
// tells how it stands to the client's: after the first answer of a service, after the first one
// that follows a lost connection, and then every minute, because a service may be replaced by
// another version between two calls without one of them failing. While the service is incompatible
// it asks every second, also without calls: whoever sends none because of it would not learn
// that the service was replaced. Only what has changed is told. Thread-safe.
class ContractCheck {
 public:
  using Tell = std::function<void(const PeerContract& peer)>;

  // Does nothing at all when `tell` is empty. Of several addresses it asks one.
  ContractCheck(std::shared_ptr<grpc::Channel> channel, const ServiceContract& contract,
                std::string target, Tell tell);
  ContractCheck(const ContractCheck&) = delete;
  ContractCheck& operator=(const ContractCheck&) = delete;
  // Breaks off a question that is on its way.
  ~ContractCheck();

  // The service has answered a call. Does not block.
  void OnAnswer() {
    if (!tell_) return;
    if (Clock::now().time_since_epoch().count() >= due_.load(std::memory_order_relaxed)) Begin();
  }

  // The connection was lost.
  void OnDisconnected() {
    if (tell_) due_.store(0, std::memory_order_relaxed);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Begin();
  void Run() noexcept;
  // Tells what has changed, and returns whether it is incompatible.
  bool AskAndTell();
  // What the service's reflection answers: no files when it has none, or does not know the
  // contract; nothing when the service was not reached.
  [[nodiscard]] std::optional<std::vector<std::string>> Ask(std::string_view path);

  const std::shared_ptr<grpc::Channel> channel_;
  const ServiceContract& contract_;
  const std::string target_;
  const Tell tell_;

  std::atomic<Clock::rep> due_ = 0;  // When to ask again, in ticks of the clock.
  std::mutex mutex_;
  bool closing_ = false;
  bool running_ = false;
  bool wanted_ = false;  // Again, by a call, while the thread runs.
  std::condition_variable wake_;
  grpc::ClientContext* asking_ = nullptr;
  std::thread thread_;                // While a question is on its way, or more are to follow.
  std::optional<PeerContract> told_;  // Of the thread.
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_CONTRACT_CHECK_INTERNAL_H_
