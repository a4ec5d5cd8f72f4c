#include "tool/diverge/direct_client.h"

namespace seam::diverge {

Result<probe::EchoResponse> DirectClient::Echo(const Context& context,
                                               const probe::EchoRequest& request) {
  return handler_.Echo(context, request);
}

Result<probe::RefuseResponse> DirectClient::Refuse(const Context& context,
                                                   const probe::RefuseRequest& request) {
  return handler_.Refuse(context, request);
}

Result<probe::ThrowResponse> DirectClient::Throw(const Context& context,
                                                 const probe::ThrowRequest& request) {
  return handler_.Throw(context, request);
}

Result<probe::LingerResponse> DirectClient::Linger(const Context& context,
                                                   const probe::LingerRequest& request) {
  return handler_.Linger(context, request);
}

Result<probe::InspectResponse> DirectClient::Inspect(const Context& context,
                                                     const probe::InspectRequest& request) {
  return handler_.Inspect(context, request);
}

Result<probe::MakeResponse> DirectClient::Make(const Context& context,
                                               const probe::MakeRequest& request) {
  return handler_.Make(context, request);
}

Result<probe::KeepResponse> DirectClient::Keep(const Context& context,
                                               const probe::KeepRequest& request) {
  return handler_.Keep(context, request);
}

Result<probe::RecallResponse> DirectClient::Recall(const Context& context,
                                                   const probe::RecallRequest& request) {
  return handler_.Recall(context, request);
}

Result<probe::MeetResponse> DirectClient::Meet(const Context& context,
                                               const probe::MeetRequest& request) {
  return handler_.Meet(context, request);
}

Result<probe::RelayResponse> DirectClient::Relay(const Context& context,
                                                 const probe::RelayRequest& request) {
  return handler_.Relay(context, request);
}

Result<probe::CountCallsResponse> DirectClient::CountCalls(
    const Context& context, const probe::CountCallsRequest& request) {
  return handler_.CountCalls(context, request);
}

Result<probe::NotThereResponse> DirectClient::NotThere(const Context& context,
                                                       const probe::NotThereRequest& request) {
  return handler_.NotThere(context, request);
}

}  // namespace seam::diverge
