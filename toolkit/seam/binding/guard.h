#ifndef SEAM_BINDING_GUARD_H_
#define SEAM_BINDING_GUARD_H_

#include <cstddef>
#include <optional>

#include "seam/binding/allowed_callers.h"
#include "seam/binding/call_rules.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/error.h"
#include "seam/core/held.h"

// The rules that every call keeps, one function each, so that each binding applies the very same
// ones. For generated code and carriers.
namespace seam::internal {

// Why this thread may not call `method` now: it has a transaction open (FAILED_PRECONDITION, reason
// CALL_IN_TRANSACTION), or the chain of calls has come to the service too often (reason
// CALL_CHAIN_TOO_DEEP). Tells rules.on_mutex_held about each seam::Mutex that the thread holds. The
// origin is kNotDelivered. Inline for the common case of a thread that holds nothing where a chain
// begins.
[[nodiscard]] std::optional<Error> CheckHeldAndChain(const CallRules& rules,
                                                     const MethodContract& method,
                                                     const Context& context);
[[nodiscard]] inline std::optional<Error> CheckMayCall(const CallRules& rules,
                                                       const MethodContract& method,
                                                       const Context& context) {
  if (Held::Latest() == nullptr && context.call_chain().empty()) return std::nullopt;
  return CheckHeldAndChain(rules, method, context);
}

// Why the caller of a handler's context may not call `method`; see AllowedCallers, of which null
// refuses nobody.
[[nodiscard]] std::optional<Error> RefuseCaller(const AllowedCallers& allowed,
                                                const MethodContract& method,
                                                const Context& context);
[[nodiscard]] inline std::optional<Error> CheckCaller(const AllowedCallers* allowed,
                                                      const MethodContract& method,
                                                      const Context& context) {
  if (allowed == nullptr) return std::nullopt;
  return RefuseCaller(*allowed, method, context);
}

// The error for a message over the limit: RESOURCE_EXHAUSTED, reason MESSAGE_TOO_LARGE.
[[nodiscard]] Error RequestTooLarge(const MethodContract& method, std::size_t bytes,
                                    std::size_t limit);
[[nodiscard]] Error ReplyTooLarge(const MethodContract& method, std::size_t bytes,
                                  std::size_t limit);

// Why an answer that is there comes too late to be given: its deadline has passed
// (DEADLINE_EXCEEDED) or the caller has cancelled (CANCELLED), in this order as in Context::Check.
// The origin is kOutcomeUnknown. Inline for the common case of a context that can be neither.
[[nodiscard]] Error TooLate(const MethodContract& method, bool expired);
[[nodiscard]] inline std::optional<Error> CheckNotTooLate(const MethodContract& method,
                                                          const Context& context) {
  const bool expired = context.remaining() <= Context::Clock::duration::zero();
  if (!expired && !context.cancelled()) return std::nullopt;
  return TooLate(method, expired);
}

// The error for the exception being handled, which is told to `observer`: INTERNAL, reason
// UNHANDLED_EXCEPTION, unless it comes too late as any answer may. Call it inside a catch block.
[[nodiscard]] Error FromCurrentException(const MethodContract& method, const Context& context,
                                         const ExceptionObserver& observer) noexcept;

// A request that could not be encoded: the error as it is, with origin kNotDelivered.
[[nodiscard]] Error BadRequest(Error error);

// Makes a reply that could not be encoded the fault of the handler: INTERNAL, kOutcomeUnknown.
[[nodiscard]] Error BadReply(const MethodContract& method, Error error);

}  // namespace seam::internal

#endif  // SEAM_BINDING_GUARD_H_
