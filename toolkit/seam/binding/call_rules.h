#ifndef SEAM_BINDING_CALL_RULES_H_
#define SEAM_BINDING_CALL_RULES_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "seam/core/contract.h"

namespace seam {

// The largest message that crosses a seam unless configured otherwise: gRPC's own default.
inline constexpr std::size_t kDefaultMaxMessageBytes = std::size_t{4} * 1024 * 1024;

// Told about an exception that escaped a handler: its text is for the log only and never reaches a
// caller. May be called from several threads at once; must not throw.
using ExceptionObserver = std::function<void(const MethodContract& method, std::string_view what)>;

// The rules that a client keeps for every call it makes, in whichever binding.
struct CallRules {
  // Larger requests and replies are refused with RESOURCE_EXHAUSTED, reason MESSAGE_TOO_LARGE. A
  // remote channel has a limit of its own for what it carries.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // Every call gets a deadline this far ahead, unless its context has an earlier one. Without it a
  // call waits as long as its context allows.
  std::optional<std::chrono::milliseconds> timeout;

  // For in-process calls; a remote handler's exceptions are seen by the process it runs in.
  ExceptionObserver on_exception;
};

}  // namespace seam

#endif  // SEAM_BINDING_CALL_RULES_H_
