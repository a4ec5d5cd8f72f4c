#ifndef SEAM_BINDING_IN_PROCESS_H_
#define SEAM_BINDING_IN_PROCESS_H_

#include <utility>

#include "seam/binding/call_rules.h"
#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"
#include "seam/core/context.h"
#include "seam/core/context_scope.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/wire/message.h"

namespace seam {

namespace internal {

// The part of CallInProcess from the handler on. One variable and one return, so that the reply is
// made where the caller wants it. What the handler calls belongs to its own Context, and not to a
// ContextScope of its caller, which it would not see in another process.
template <class Reply, class Request, class Invoke>
[[nodiscard]] Result<Reply> InvokeHandler(const CallRules& rules, const MethodContract& method,
                                          const Context& context, const Request& request,
                                          Invoke&& invoke) {
  const ContextInForce in_force(context);
  Result<Reply> reply = std::forward<Invoke>(invoke)(context, request);
  if (auto late = CheckNotTooLate(method, context)) {
    reply = Forward(*std::move(late));
  } else if (!reply) {
    Error error = std::move(reply).error();
    NormalizeHandlerError(error);
    reply = Forward(std::move(error));
  } else if (const auto bytes = wire::MeasureMessage(*reply); !bytes) {
    reply = Forward(BadReply(method, bytes.error()));
  } else if (*bytes > rules.max_message_bytes) {
    reply = Forward(ReplyTooLarge(method, *bytes, rules.max_message_bytes));
  }
  return reply;
}

}  // namespace internal

// A call of a generated in-process client: `invoke(context, request)` is the handler's method.
// Never kinder than the network: what could not cross a wire is refused here with the same error.
// The request is borrowed for the call; nothing is copied.
template <class Reply, class Request, class Invoke>
[[nodiscard]] Result<Reply> CallInProcess(const CallRules& rules, const MethodContract& method,
                                          const Context& context, const Request& request,
                                          Invoke&& invoke) {
  if (auto refused = internal::CheckMayCall(rules, method, context)) {
    return Forward(*std::move(refused));
  }
  if (rules.on_call) rules.on_call(method, context);
  const Context call = (rules.timeout ? context.WithTimeout(*rules.timeout) : Context(context))
                           .Entering(method.service(), rules.own_identity);
  if (auto refused = call.Check()) return Forward(*std::move(refused));
  if (const auto bytes = wire::MeasureMessage(request); !bytes) {
    return Forward(internal::BadRequest(bytes.error()));
  } else if (*bytes > rules.max_message_bytes) {
    return Forward(internal::RequestTooLarge(method, *bytes, rules.max_message_bytes));
  }
  if (auto refused = internal::CheckCaller(rules.allowed_callers.get(), method, call)) {
    return Forward(*std::move(refused));
  }
  try {
    return internal::InvokeHandler<Reply>(rules, method, call, request,
                                          std::forward<Invoke>(invoke));
  } catch (...) {
    return Forward(internal::FromCurrentException(method, call, rules.on_exception));
  }
}

}  // namespace seam

#endif  // SEAM_BINDING_IN_PROCESS_H_
