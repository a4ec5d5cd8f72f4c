#ifndef SEAM_TESTING_OPENED_SIDE_H_
#define SEAM_TESTING_OPENED_SIDE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/binding/codec_channel.h"
#include "seam/core/servicer.h"
#include "seam/testing/side.h"
#include "seam/testing/temporary_folder.h"

namespace seam::testing {

// A module on one side of its seam: a client, and all that it needs to live. `Seam` is a generated
// XSeam.
template <class Seam>
class OpenedSide {
 public:
  using Handler = typename Seam::Handler;
  using Client = typename Seam::Client;

  // A side in this process, so any but Side::kProcess. Aborts as Loopback does.
  OpenedSide(Side side, std::unique_ptr<Handler> handler, const CallRules& rules = {})
      : handler_(std::move(handler)) {
    if (side == Side::kInProcess) {
      client_ = std::make_unique<typename Seam::InProcessClient>(*handler_, rules);
      return;
    }
    servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
    if (side == Side::kInProcessCodec) {
      codec_ = std::make_unique<CodecChannel>(
          *servicer_, DispatchRules{rules.max_message_bytes, rules.on_exception});
      client_ = std::make_unique<typename Seam::RemoteClient>(*codec_, rules);
    } else {
      loopback_ = std::make_unique<Loopback>(*servicer_, side, folder_);
      client_ = std::make_unique<typename Seam::RemoteClient>(loopback_->channel(), rules);
    }
  }

  // Side::kProcess, started by `command`. Aborts as ServiceProcess does.
  explicit OpenedSide(std::vector<std::string> command, const CallRules& rules = {})
      : process_(std::make_unique<ServiceProcess>(Seam::contract(), std::move(command))),
        client_(std::make_unique<typename Seam::RemoteClient>(process_->channel(), rules)) {}

  // Valid as long as this object.
  [[nodiscard]] Client& client() const noexcept { return *client_; }

 private:
  // In the order of construction: each uses the ones above it.
  const TemporaryFolder folder_;
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<Servicer> servicer_;
  std::unique_ptr<CodecChannel> codec_;
  std::unique_ptr<Loopback> loopback_;
  std::unique_ptr<ServiceProcess> process_;
  std::unique_ptr<Client> client_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_OPENED_SIDE_H_
