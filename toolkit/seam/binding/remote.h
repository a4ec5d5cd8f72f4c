#ifndef SEAM_BINDING_REMOTE_H_
#define SEAM_BINDING_REMOTE_H_

#include <optional>
#include <utility>

#include "seam/binding/call_rules.h"
#include "seam/binding/guard.h"
#include "seam/core/channel.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/wire/message.h"

namespace seam {

namespace internal {
// The error for a reply that is no such message: INTERNAL, reason MALFORMED_REPLY.
[[nodiscard]] Error MalformedReply(const MethodContract& method);
}  // namespace internal

// A call of a generated remote client: the request encoded, carried by `channel`, the answer
// decoded.
template <class Reply, class Request>
[[nodiscard]] Result<Reply> CallRemote(Channel& channel, const CallRules& rules,
                                       const MethodContract& method, const Context& context,
                                       const Request& request) {
  if (auto refused = internal::CheckMayCall(rules, method, context)) {
    return Forward(*std::move(refused));
  }
  if (rules.on_call) rules.on_call(method, context);
  std::optional<Context> limited;
  const Context& call =
      rules.timeout ? limited.emplace(context.WithTimeout(*rules.timeout)) : context;
  if (auto refused = call.Check()) return Forward(*std::move(refused));
  Result<Buffer> bytes = wire::EncodeMessage(request);
  if (!bytes) return Forward(internal::BadRequest(std::move(bytes).error()));
  if (bytes->size() > rules.max_message_bytes) {
    return Forward(internal::RequestTooLarge(method, bytes->size(), rules.max_message_bytes));
  }
  Result<Buffer> answer = channel.Call(method, call, *std::move(bytes));
  if (!answer) return Forward(std::move(answer).error());
  if (answer->size() > rules.max_message_bytes) {
    return Forward(internal::ReplyTooLarge(method, answer->size(), rules.max_message_bytes));
  }
  Result<Reply> reply = wire::DecodeMessage<Reply>(answer->bytes());
  if (!reply) return Forward(internal::MalformedReply(method));
  return reply;
}

}  // namespace seam

#endif  // SEAM_BINDING_REMOTE_H_
