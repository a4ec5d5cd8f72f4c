#ifndef TOOL_DIVERGE_DIRECT_CLIENT_H_
#define TOOL_DIVERGE_DIRECT_CLIENT_H_

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/probe/v1/probe_client.h"
#include "seam/probe/v1/probe_handler.h"

namespace seam::diverge {

namespace probe = ::seam::probe::v1;

// Calls the handler and does nothing else, as a function call within a monolith. Thread-safe when
// the handler is, which must outlive it.
class DirectClient : public probe::ProbeClient {
 public:
  explicit DirectClient(probe::ProbeHandler& handler) : handler_(handler) {}

  Result<probe::EchoResponse> Echo(const Context& context,
                                   const probe::EchoRequest& request) override;
  Result<probe::RefuseResponse> Refuse(const Context& context,
                                       const probe::RefuseRequest& request) override;
  Result<probe::ThrowResponse> Throw(const Context& context,
                                     const probe::ThrowRequest& request) override;
  Result<probe::LingerResponse> Linger(const Context& context,
                                       const probe::LingerRequest& request) override;
  Result<probe::InspectResponse> Inspect(const Context& context,
                                         const probe::InspectRequest& request) override;
  Result<probe::MakeResponse> Make(const Context& context,
                                   const probe::MakeRequest& request) override;
  Result<probe::KeepResponse> Keep(const Context& context,
                                   const probe::KeepRequest& request) override;
  Result<probe::RecallResponse> Recall(const Context& context,
                                       const probe::RecallRequest& request) override;
  Result<probe::MeetResponse> Meet(const Context& context,
                                   const probe::MeetRequest& request) override;
  Result<probe::RelayResponse> Relay(const Context& context,
                                     const probe::RelayRequest& request) override;
  Result<probe::CountCallsResponse> CountCalls(const Context& context,
                                               const probe::CountCallsRequest& request) override;
  Result<probe::NotThereResponse> NotThere(const Context& context,
                                           const probe::NotThereRequest& request) override;

 private:
  probe::ProbeHandler& handler_;
};

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_DIRECT_CLIENT_H_
