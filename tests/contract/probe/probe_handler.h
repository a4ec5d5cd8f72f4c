#ifndef TESTS_CONTRACT_PROBE_PROBE_HANDLER_H_
#define TESTS_CONTRACT_PROBE_PROBE_HANDLER_H_

#include <map>
#include <mutex>
#include <string>

#include "seam/probe/v1/probe_handler.h"

namespace seam::probe {

// Does what it is told; see probe.proto. Thread-safe.
class ProbeService final : public v1::ProbeHandler {
 public:
  Result<v1::EchoResponse> Echo(const Context& context, const v1::EchoRequest& request) override;
  Result<v1::RefuseResponse> Refuse(const Context& context,
                                    const v1::RefuseRequest& request) override;
  Result<v1::ThrowResponse> Throw(const Context& context, const v1::ThrowRequest& request) override;
  Result<v1::LingerResponse> Linger(const Context& context,
                                    const v1::LingerRequest& request) override;
  Result<v1::InspectResponse> Inspect(const Context& context,
                                      const v1::InspectRequest& request) override;
  Result<v1::MakeResponse> Make(const Context& context, const v1::MakeRequest& request) override;
  Result<v1::CountCallsResponse> CountCalls(const Context& context,
                                            const v1::CountCallsRequest& request) override;

 private:
  // Counts a call while it lives.
  class Counted;

  std::mutex mutex_;
  std::map<std::string, v1::CountCallsResponse> calls_;
};

}  // namespace seam::probe

#endif  // TESTS_CONTRACT_PROBE_PROBE_HANDLER_H_
