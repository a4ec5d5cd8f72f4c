#ifndef SEAM_BINDING_CALL_RULES_H_
#define SEAM_BINDING_CALL_RULES_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seam/binding/allowed_callers.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"

namespace seam {

// The largest message that crosses a seam unless configured otherwise: gRPC's own default.
inline constexpr std::size_t kDefaultMaxMessageBytes = std::size_t{4} * 1024 * 1024;

// Told about an exception that escaped a handler: its text is for the log only and never reaches a
// caller. May be called from several threads at once; must not throw.
using ExceptionObserver = std::function<void(const MethodContract& method, std::string_view what)>;

// Told about a seam::Mutex that is held across a client call; may be called from several threads at
// once; must not throw.
using HeldMutexObserver = std::function<void(const MethodContract& method, std::string_view mutex)>;

// Told about each call that a client makes, with the caller's Context, on the calling thread,
// before the call; not about one that its thread may not make (CALL_IN_TRANSACTION,
// CALL_CHAIN_TOO_DEEP). May be called from several threads at once; must not throw.
using CallObserver = std::function<void(const MethodContract& method, const Context& context)>;

// A circle of modules that call each other is rarely meant to be gone round more than twice.
inline constexpr std::size_t kDefaultMaxVisits = 4;

// Above what calls a module at once in a program of ordinary size, so that calls rarely wait unless
// handlers do not stop.
inline constexpr std::size_t kDefaultHandlerThreads = 64;

// The rules that a client keeps for every call it makes, in whichever binding.
struct CallRules {
  // Larger requests and replies are refused with RESOURCE_EXHAUSTED, reason MESSAGE_TOO_LARGE. A
  // remote channel has a limit of its own for what it carries.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // Every call gets a deadline this far ahead, unless its context has an earlier one. Without it a
  // call waits as long as its context allows.
  std::optional<std::chrono::milliseconds> timeout;

  // How often a chain of calls may come to the called service. The call that would bring it there
  // once more fails with FAILED_PRECONDITION, reason CALL_CHAIN_TOO_DEEP, naming the chain; so does
  // one that would make the chain longer than CallChain allows. 0 is taken for 1.
  std::size_t max_visits = kDefaultMaxVisits;

  // Whether a call of a module in this process returns at its deadline, and when its caller
  // cancels, though the handler is still busy, as a call over the network does. Kept by Bind, which
  // then puts a ThreadedChannel between the client and the handler, in either in-process binding:
  // each call goes through the wire format and to another thread. Without it such a call takes as
  // long as its handler does.
  bool return_at_deadline = false;
  // How many handlers may be busy at once then; further calls wait, as they do at a service.
  std::size_t handler_threads = kDefaultHandlerThreads;

  // Told about every call, in any binding; CallCounts has one that counts.
  CallObserver on_call;

  // Told when a call is made by a thread that holds a seam::Mutex.
  HeldMutexObserver on_mutex_held;

  // For in-process calls; a remote handler's exceptions are seen by the process it runs in.
  ExceptionObserver on_exception;

  // For in-process calls as well: the identity of this process, which a handler in it sees as its
  // caller, and which callers may call what. Null: nobody knows, and everybody. A server decides
  // for itself.
  std::shared_ptr<const std::string> own_identity;
  std::shared_ptr<const AllowedCallers> allowed_callers{};
};

}  // namespace seam

#endif  // SEAM_BINDING_CALL_RULES_H_
