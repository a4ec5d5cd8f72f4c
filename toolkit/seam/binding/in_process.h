#ifndef SEAM_BINDING_IN_PROCESS_H_
#define SEAM_BINDING_IN_PROCESS_H_

#include <optional>
#include <utility>

#include "seam/binding/call_rules.h"
#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/wire/message.h"

namespace seam {

// A call of a generated in-process client: `invoke(context, request)` is the handler's method.
// Never kinder than the network: what could not cross a wire is refused here with the same error.
// The request is borrowed for the call; nothing is copied.
template <class Reply, class Request, class Invoke>
[[nodiscard]] Result<Reply> CallInProcess(const CallRules& rules, const MethodContract& method,
                                          const Context& context, const Request& request,
                                          Invoke&& invoke) {
  std::optional<Context> limited;
  const Context& call =
      rules.timeout ? limited.emplace(context.WithTimeout(*rules.timeout)) : context;
  if (auto refused = call.Check()) return Forward(*std::move(refused));
  const Result<std::size_t> request_bytes = wire::MeasureMessage(request);
  if (!request_bytes) return Forward(internal::BadRequest(request_bytes.error()));
  if (*request_bytes > rules.max_message_bytes) {
    return Forward(internal::RequestTooLarge(method, *request_bytes, rules.max_message_bytes));
  }
  try {
    Result<Reply> reply = std::forward<Invoke>(invoke)(call, request);
    if (auto late = internal::CheckNotTooLate(method, call)) return Forward(*std::move(late));
    if (!reply) {
      Error error = std::move(reply).error();
      NormalizeHandlerError(error);
      return Forward(std::move(error));
    }
    const Result<std::size_t> reply_bytes = wire::MeasureMessage(*reply);
    if (!reply_bytes) return Forward(internal::BadReply(method, reply_bytes.error()));
    if (*reply_bytes > rules.max_message_bytes) {
      return Forward(internal::ReplyTooLarge(method, *reply_bytes, rules.max_message_bytes));
    }
    return reply;
  } catch (...) {
    return Forward(internal::FromCurrentException(method, rules.on_exception));
  }
}

}  // namespace seam

#endif  // SEAM_BINDING_IN_PROCESS_H_
