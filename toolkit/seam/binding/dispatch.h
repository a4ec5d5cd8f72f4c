#ifndef SEAM_BINDING_DISPATCH_H_
#define SEAM_BINDING_DISPATCH_H_

#include <cstddef>
#include <memory>
#include <string>

#include "seam/binding/allowed_callers.h"
#include "seam/binding/call_rules.h"
#include "seam/core/buffer.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"

namespace seam {

// The rules that a carrier keeps for every call it serves.
struct DispatchRules {
  // Larger requests and replies are refused with RESOURCE_EXHAUSTED, reason MESSAGE_TOO_LARGE.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;
  ExceptionObserver on_exception;
  // Who calls, and who may; null when nobody knows, and everybody.
  std::shared_ptr<const std::string> caller{};
  std::shared_ptr<const AllowedCallers> allowed_callers{};
};

// What a carrier in the same process keeps of a client's rules.
[[nodiscard]] DispatchRules ServedBy(const CallRules& rules);

// How every carrier gives a call to a servicer: a context that fails Context::Check, a caller that
// AllowedCallers refuses and a message over the limit never reach the handler; an exception becomes
// INTERNAL, reason UNHANDLED_EXCEPTION; an answer or exception after the deadline or the
// cancellation is replaced by DEADLINE_EXCEEDED or CANCELLED. The error's origin tells whether the
// handler ran. The handler's context has the service at the end of its call chain, and the caller;
// while the handler runs it is the one that ContextScope::Current() gives. Thread-safe when the
// servicer is.
[[nodiscard]] Result<Buffer> Dispatch(Servicer& servicer, const MethodContract& method,
                                      const Context& context, const Buffer& request,
                                      const DispatchRules& rules) noexcept;

}  // namespace seam

#endif  // SEAM_BINDING_DISPATCH_H_
