#ifndef SEAM_BINDING_SERVE_H_
#define SEAM_BINDING_SERVE_H_

#include <utility>

#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"
#include "seam/core/buffer.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/wire/message.h"

namespace seam {

namespace internal {
// The error for a request that is no such message: INVALID_ARGUMENT, reason MALFORMED_REQUEST.
[[nodiscard]] Error MalformedRequest(const MethodContract& method);
// The error for a method index that the contract does not have.
[[nodiscard]] Error UnknownMethod(const ServiceContract& contract, std::size_t method);
}  // namespace internal

// One method of a generated servicer: the bytes decoded, `invoke(request)` called, which is the
// handler's method, and its answer encoded. Lets the handler's exceptions through.
template <class Request, class Invoke>
[[nodiscard]] Result<Buffer> ServeCall(const MethodContract& method, const Buffer& bytes,
                                       Invoke&& invoke) {
  const Result<Request> request = wire::DecodeMessage<Request>(bytes.bytes());
  if (!request) return Forward(internal::MalformedRequest(method));
  auto reply = std::forward<Invoke>(invoke)(*request);
  if (!reply) {
    Error error = std::move(reply).error();
    NormalizeHandlerError(error);
    return Forward(std::move(error));
  }
  Result<Buffer> encoded = wire::EncodeMessage(*reply);
  if (!encoded) return Forward(internal::BadReply(method, std::move(encoded).error()));
  return encoded;
}

}  // namespace seam

#endif  // SEAM_BINDING_SERVE_H_
