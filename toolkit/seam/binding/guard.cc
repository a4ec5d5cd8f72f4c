#include "seam/binding/guard.h"

#include <algorithm>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "seam/binding/normalize.h"

namespace seam::internal {
namespace {

Error TooLarge(const char* what, const MethodContract& method, std::size_t bytes, std::size_t limit,
               Origin origin) {
  return Error{Code::kResourceExhausted,
               "MESSAGE_TOO_LARGE",
               std::string("the ") + what + " of " + std::string(method.path) + " has " +
                   std::to_string(bytes) + " bytes; " + std::to_string(limit) + " are allowed",
               {},
               origin};
}

Error MayNotCall(const MethodContract& method, const char* reason, std::string message,
                 std::map<std::string, std::string> metadata) {
  metadata.emplace("method", method.path);
  return Error{Code::kFailedPrecondition, reason, std::move(message), std::move(metadata),
               Origin::kNotDelivered};
}

Error InTransaction(const MethodContract& method, const char* transaction) {
  return MayNotCall(method, "CALL_IN_TRANSACTION",
                    std::string(method.path) + " was called while the transaction '" + transaction +
                        "' is open on the calling thread; no transaction spans two modules, so "
                        "end it before the call",
                    {{"transaction", transaction}});
}

Error TooManyVisits(const MethodContract& method, const std::string& chain, std::size_t allowed) {
  return MayNotCall(
      method, "CALL_CHAIN_TOO_DEEP",
      "the call of " + std::string(method.path) + " would be number " +
          std::to_string(allowed + 1) + " in one chain of calls to come to its service, and " +
          std::to_string(allowed) + " are allowed; break the circle, or allow more: " + chain,
      {{"chain", chain}});
}

Error ChainTooLong(const MethodContract& method, const std::string& chain) {
  return MayNotCall(method, "CALL_CHAIN_TOO_DEEP",
                    "with the call of " + std::string(method.path) +
                        " its chain of calls would have more than " +
                        std::to_string(CallChain::kMaxServices) + " services or " +
                        std::to_string(CallChain::kMaxBytes) + " bytes: " + chain,
                    {{"chain", chain}});
}

}  // namespace

std::optional<Error> CheckHeldAndChain(const CallRules& rules, const MethodContract& method,
                                       const Context& context) {
  const Held* transaction = nullptr;
  for (const Held* held = Held::Latest(); held != nullptr; held = held->before()) {
    if (held->kind() == Held::Kind::kTransaction) {
      if (transaction == nullptr) transaction = held;
    } else if (rules.on_mutex_held) {
      rules.on_mutex_held(method, held->name());
    }
  }
  if (transaction != nullptr) return InTransaction(method, transaction->name());
  const CallChain& chain = context.call_chain();
  const std::size_t allowed = std::max<std::size_t>(1, rules.max_visits);
  if (chain.Visits(method.service()) >= allowed) {
    return TooManyVisits(method, chain.ToText(), allowed);
  }
  if (!chain.HasRoomFor(method.service())) return ChainTooLong(method, chain.ToText());
  return std::nullopt;
}

std::optional<Error> RefuseCaller(const AllowedCallers& allowed, const MethodContract& method,
                                  const Context& context) {
  auto refused = allowed.Check(method, context.caller());
  if (refused) NormalizeError(*refused);
  return refused;
}

Error RequestTooLarge(const MethodContract& method, std::size_t bytes, std::size_t limit) {
  return TooLarge("request", method, bytes, limit, Origin::kNotDelivered);
}

Error ReplyTooLarge(const MethodContract& method, std::size_t bytes, std::size_t limit) {
  return TooLarge("reply", method, bytes, limit, Origin::kOutcomeUnknown);
}

Error TooLate(const MethodContract& method, bool expired) {
  if (expired) {
    return Error{Code::kDeadlineExceeded,
                 "DEADLINE_EXCEEDED",
                 "the deadline passed while " + std::string(method.path) + " ran",
                 {},
                 Origin::kOutcomeUnknown};
  }
  return Error{Code::kCancelled,
               "CANCELLED",
               "the caller cancelled " + std::string(method.path) + " while it ran",
               {},
               Origin::kOutcomeUnknown};
}

Error FromCurrentException(const MethodContract& method, const Context& context,
                           const ExceptionObserver& observer) noexcept {
  if (observer) {
    try {
      throw;
    } catch (const std::exception& exception) {
      observer(method, exception.what());
    } catch (...) {
      observer(method, "an exception that is not a std::exception");
    }
  }
  if (auto late = CheckNotTooLate(method, context)) return *std::move(late);
  return Error{Code::kInternal,
               "UNHANDLED_EXCEPTION",
               "the handler of " + std::string(method.path) +
                   " failed unexpectedly; the log of its process says why",
               {},
               Origin::kOutcomeUnknown};
}

Error BadRequest(Error error) {
  error.origin = Origin::kNotDelivered;
  return error;
}

Error BadReply(const MethodContract& method, Error error) {
  error.code = Code::kInternal;
  error.message = "the handler of " + std::string(method.path) +
                  " made a reply that cannot be sent: " + error.message;
  error.origin = Origin::kOutcomeUnknown;
  return error;
}

}  // namespace seam::internal
