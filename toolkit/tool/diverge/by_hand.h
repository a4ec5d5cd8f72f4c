#ifndef TOOL_DIVERGE_BY_HAND_H_
#define TOOL_DIVERGE_BY_HAND_H_

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/probe/v1/probe_client.h"
#include "tool/diverge/direct_client.h"

namespace seam::diverge {

// A client as somebody writes it in an afternoon: values go through JSON, where numbers are
// doubles, what is zero or empty is left out and an enum is a name; an error is a line of text; the
// context stays behind. Only what hazards need.
class ByHandClient final : public DirectClient {
 public:
  using DirectClient::DirectClient;

  Result<probe::EchoResponse> Echo(const Context& context,
                                   const probe::EchoRequest& request) override;
  Result<probe::RefuseResponse> Refuse(const Context& context,
                                       const probe::RefuseRequest& request) override;
  Result<probe::InspectResponse> Inspect(const Context& context,
                                         const probe::InspectRequest& request) override;
  Result<probe::KeepResponse> Keep(const Context& context,
                                   const probe::KeepRequest& request) override;
  Result<probe::RelayResponse> Relay(const Context& context,
                                     const probe::RelayRequest& request) override;
};

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_BY_HAND_H_
