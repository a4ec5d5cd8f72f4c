#ifndef SEAM_TESTING_CHANNEL_SIDE_H_
#define SEAM_TESTING_CHANNEL_SIDE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/core/channel.h"
#include "seam/testing/client_channel.h"
#include "seam/testing/opened_side.h"
#include "seam/testing/side.h"

namespace seam::testing {

// An OpenedSide whose client is used as a channel, for what works on channels. `Seam` is a
// generated XSeam, whose contract's X_codec.h must be included. As thread-safe as the handler.
template <class Seam>
class ChannelSide {
 public:
  using Client = typename Seam::Client;
  using Handler = typename Seam::Handler;

  // As OpenedSide has them.
  ChannelSide(Side side, std::unique_ptr<Handler> handler, const CallRules& rules = {})
      : side_(side, std::move(handler), rules) {}
  explicit ChannelSide(std::vector<std::string> command, const CallRules& rules = {})
      : side_(std::move(command), rules) {}

  [[nodiscard]] Client& client() noexcept { return side_.client(); }
  [[nodiscard]] Channel& channel() noexcept { return channel_; }

 private:
  OpenedSide<Seam> side_;
  ClientChannel<Seam> channel_{side_.client()};
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_CHANNEL_SIDE_H_
