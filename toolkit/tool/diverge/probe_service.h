#ifndef TOOL_DIVERGE_PROBE_SERVICE_H_
#define TOOL_DIVERGE_PROBE_SERVICE_H_

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "seam/probe/v1/probe_client.h"
#include "seam/probe/v1/probe_handler.h"

namespace seam::diverge {

namespace probe = ::seam::probe::v1;

// Does what it is told; see probe.proto. Thread-safe.
class ProbeService final : public probe::ProbeHandler {
 public:
  // The client that Relay calls, which must live as long as calls do; null for one of its own, in
  // this process. To be set before the first call.
  void CallThrough(probe::ProbeClient* client) { further_ = client; }

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

 private:
  // Counts a call while it lives.
  class Counted;

  struct Kept {
    probe::Value value;
    Context context;
  };

  [[nodiscard]] Result<probe::RelayResponse> CallFurther(const Context& context,
                                                         const probe::RelayRequest& request);

  probe::ProbeClient* further_ = nullptr;
  std::mutex mutex_;
  std::condition_variable met_;
  std::map<std::string, probe::CountCallsResponse> calls_;
  std::map<std::string, Kept> kept_;
};

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_PROBE_SERVICE_H_
