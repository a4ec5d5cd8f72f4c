#include "seam/binding/dispatch.h"

#include <utility>

#include "seam/binding/guard.h"
#include "seam/binding/normalize.h"

namespace seam {

Result<Buffer> Dispatch(Servicer& servicer, const MethodContract& method, const Context& context,
                        const Buffer& request, const DispatchRules& rules) noexcept {
  const Context call = Context(context).Entering(method.service());
  if (auto refused = context.Check()) return Forward(*std::move(refused));
  if (request.size() > rules.max_message_bytes) {
    return Forward(internal::RequestTooLarge(method, request.size(), rules.max_message_bytes));
  }
  try {
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
