#include "seam/binding/dispatch.h"

#include <utility>

#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"
#include "seam/core/context_scope.h"

namespace seam {

DispatchRules ServedBy(const CallRules& rules) {
  return {rules.max_message_bytes, rules.on_exception, rules.own_identity, rules.allowed_callers};
}

Result<Buffer> Dispatch(Servicer& servicer, const MethodContract& method, const Context& context,
                        const Buffer& request, const DispatchRules& rules) noexcept {
  const Context call = Context(context).Entering(method.service(), rules.caller);
  if (auto refused = context.Check()) return Forward(*std::move(refused));
  if (auto refused = internal::CheckCaller(rules.allowed_callers.get(), method, call)) {
    return Forward(*std::move(refused));
  }
  if (request.size() > rules.max_message_bytes) {
    return Forward(internal::RequestTooLarge(method, request.size(), rules.max_message_bytes));
  }
  try {
    const internal::ContextInForce in_force(call);
    Result<Buffer> reply = servicer.Handle(method.index, call, request);
    if (auto late = internal::CheckNotTooLate(method, context)) return Forward(*std::move(late));
    if (!reply) {
      Error error = std::move(reply).error();
      NormalizeError(error);
      return Forward(std::move(error));
    }
    if (reply->size() > rules.max_message_bytes) {
      return Forward(internal::ReplyTooLarge(method, reply->size(), rules.max_message_bytes));
    }
    return reply;
  } catch (...) {
    return Forward(internal::FromCurrentException(method, context, rules.on_exception));
  }
}

}  // namespace seam
