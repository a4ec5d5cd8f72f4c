#ifndef SEAM_TESTING_OPENED_SIDE_H_
#define SEAM_TESTING_OPENED_SIDE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seam/binding/bind.h"
#include "seam/binding/call_rules.h"
#include "seam/core/channel.h"
#include "seam/core/result.h"
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
  OpenedSide(Side side, std::unique_ptr<Handler> handler, const CallRules& rules = {}) {
    if (side == Side::kInProcess || side == Side::kInProcessCodec) {
      const auto kind =
          side == Side::kInProcess ? BindingKind::kInProcess : BindingKind::kInProcessCodec;
      bound_.emplace(*Bind<Seam>(
          kind, rules, [&]() -> Result<std::unique_ptr<Handler>> { return std::move(handler); },
          []() -> Result<std::unique_ptr<Channel>> { return std::unique_ptr<Channel>(); }));
      return;
    }
    handler_ = std::move(handler);
    servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
    loopback_ = std::make_unique<Loopback>(*servicer_, side, folder_);
    remote_ = std::make_unique<typename Seam::RemoteClient>(loopback_->channel(), rules);
  }

  // Side::kProcess, started by `command`. Aborts as ServiceProcess does.
  explicit OpenedSide(std::vector<std::string> command, const CallRules& rules = {})
      : process_(std::make_unique<ServiceProcess>(Seam::contract(), std::move(command))),
        remote_(std::make_unique<typename Seam::RemoteClient>(process_->channel(), rules)) {}

  // Valid as long as this object.
  [[nodiscard]] Client& client() const noexcept { return bound_ ? bound_->client() : *remote_; }

 private:
  // In the order of construction: each uses the ones above it.
  const TemporaryFolder folder_;
  std::optional<Bound<Seam>> bound_;  // The sides without a network, as a program binds them.
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<Servicer> servicer_;
  std::unique_ptr<Loopback> loopback_;
  std::unique_ptr<ServiceProcess> process_;
  std::unique_ptr<Client> remote_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_OPENED_SIDE_H_
