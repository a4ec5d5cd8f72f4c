#ifndef SEAM_BINDING_BIND_H_
#define SEAM_BINDING_BIND_H_

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "seam/binding/call_rules.h"
#include "seam/binding/codec_channel.h"
#include "seam/binding/threaded_channel.h"
#include "seam/core/channel.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"

namespace seam {

// How a module is reached.
enum class BindingKind {
  kInProcess,       // "in-process": a guarded call of the handler.
  kInProcessCodec,  // "in-process-codec": the same, through the wire format and back.
  kGrpc,            // "grpc": a service in another process.
};

// The spelling in configuration.
[[nodiscard]] std::string_view BindingKindName(BindingKind kind) noexcept;
[[nodiscard]] std::optional<BindingKind> ParseBindingKind(std::string_view name) noexcept;

// A client and all that it needs to live. Made by Bind; movable. `Seam` is a generated XSeam.
template <class Seam>
class Bound {
 public:
  Bound(std::unique_ptr<typename Seam::Handler> handler, std::unique_ptr<Servicer> servicer,
        std::unique_ptr<Channel> channel, std::unique_ptr<typename Seam::Client> client)
      : handler_(std::move(handler)),
        servicer_(std::move(servicer)),
        channel_(std::move(channel)),
        client_(std::move(client)) {}

  // Valid as long as this object (moving it does not change the client's address).
  [[nodiscard]] typename Seam::Client& client() const noexcept { return *client_; }

  // The module itself, to serve it to other processes; null when it is in another one.
  [[nodiscard]] typename Seam::Handler* handler() const noexcept { return handler_.get(); }

 private:
  // In the order of construction: each uses the ones above it.
  std::unique_ptr<typename Seam::Handler> handler_;
  std::unique_ptr<Servicer> servicer_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<typename Seam::Client> client_;
};

// Puts a binding in force. Calls either `open_handler() -> Result<std::unique_ptr<Handler>>` or
// `open_channel() -> Result<std::unique_ptr<Channel>>`, never both: a module that is bound
// elsewhere is not even constructed here, so there is nothing that calls could fall back to. Fails
// with what the called function fails with. A module that is declared to return at the deadline
// (CallRules::return_at_deadline) has threads of its own here, and destroying what is returned
// waits for its handlers.
template <class Seam, class OpenHandler, class OpenChannel>
[[nodiscard]] Result<Bound<Seam>> Bind(BindingKind kind, const CallRules& rules,
                                       OpenHandler&& open_handler, OpenChannel&& open_channel) {
  if (kind == BindingKind::kGrpc) {
    auto channel = std::forward<OpenChannel>(open_channel)();
    if (!channel) return Forward(std::move(channel).error());
    auto client = std::make_unique<typename Seam::RemoteClient>(**channel, rules);
    return Bound<Seam>(nullptr, nullptr, *std::move(channel), std::move(client));
  }
  auto handler = std::forward<OpenHandler>(open_handler)();
  if (!handler) return Forward(std::move(handler).error());
  if (kind == BindingKind::kInProcess && !rules.return_at_deadline) {
    auto client = std::make_unique<typename Seam::InProcessClient>(**handler, rules);
    return Bound<Seam>(*std::move(handler), nullptr, nullptr, std::move(client));
  }
  auto servicer = std::make_unique<typename Seam::Servicer>(**handler);
  DispatchRules served = ServedBy(rules);
  std::unique_ptr<Channel> channel;
  if (rules.return_at_deadline) {
    channel =
        std::make_unique<ThreadedChannel>(*servicer, std::move(served), rules.handler_threads);
  } else {
    channel = std::make_unique<CodecChannel>(*servicer, std::move(served));
  }
  auto client = std::make_unique<typename Seam::RemoteClient>(*channel, rules);
  return Bound<Seam>(*std::move(handler), std::move(servicer), std::move(channel),
                     std::move(client));
}

}  // namespace seam

#endif  // SEAM_BINDING_BIND_H_
