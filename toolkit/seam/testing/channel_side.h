#ifndef SEAM_TESTING_CHANNEL_SIDE_H_
#define SEAM_TESTING_CHANNEL_SIDE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/binding/codec_channel.h"
#include "seam/core/channel.h"
#include "seam/core/servicer.h"
#include "seam/testing/client_channel.h"
#include "seam/testing/sides.h"
#include "seam/testing/temporary_folder.h"

namespace seam::testing {

// A client on a side, with all that it needs to live. `Seam` is a generated XSeam, whose contract's
// X_codec.h must be included. As thread-safe as the handler.
template <class Seam>
class ChannelSide {
 public:
  using Client = typename Seam::Client;
  using Handler = typename Seam::Handler;

  // A side of this process, every one but Side::kProcess, over this handler.
  ChannelSide(Side side, std::unique_ptr<Handler> handler, const CallRules& rules = {})
      : handler_(std::move(handler)) {
    if (side == Side::kInProcess) {
      client_ = std::make_unique<typename Seam::InProcessClient>(*handler_, rules);
    } else {
      servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
      if (side == Side::kInProcessCodec) {
        codec_ = std::make_unique<CodecChannel>(
            *servicer_, DispatchRules{rules.max_message_bytes, rules.on_exception});
      } else {
        loopback_ = std::make_unique<Loopback>(*servicer_, side, folder_);
      }
      Channel& carrier = codec_ ? static_cast<Channel&>(*codec_) : loopback_->channel();
      client_ = std::make_unique<typename Seam::RemoteClient>(carrier, rules);
    }
    channel_ = std::make_unique<ClientChannel<Seam>>(*client_);
  }

  // Side::kProcess: starts the service's program as ServiceProcess does.
  explicit ChannelSide(std::vector<std::string> command, const CallRules& rules = {})
      : process_(std::make_unique<ServiceProcess>(Seam::contract(), std::move(command))),
        client_(std::make_unique<typename Seam::RemoteClient>(process_->channel(), rules)),
        channel_(std::make_unique<ClientChannel<Seam>>(*client_)) {}

  [[nodiscard]] Client& client() noexcept { return *client_; }
  // The client as a channel, for what works on channels.
  [[nodiscard]] Channel& channel() noexcept { return *channel_; }

 private:
  // In the order of construction: each uses the ones above it.
  const TemporaryFolder folder_;  // For a socket.
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<Servicer> servicer_;
  std::unique_ptr<CodecChannel> codec_;
  std::unique_ptr<Loopback> loopback_;
  std::unique_ptr<ServiceProcess> process_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<ClientChannel<Seam>> channel_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_CHANNEL_SIDE_H_
