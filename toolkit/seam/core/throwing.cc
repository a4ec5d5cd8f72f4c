#include "seam/core/throwing.h"

#include <string>

#include "seam/core/context_scope.h"

namespace seam {
namespace {

std::chrono::milliseconds CheckedTimeout(std::chrono::milliseconds timeout) {
  if (timeout >= std::chrono::milliseconds(1) && timeout <= std::chrono::hours(24)) return timeout;
  throw std::invalid_argument("the timeout of a throwing adapter is " +
                              std::to_string(timeout.count()) +
                              " ms; it must be from 1 ms to 24 hours");
}

}  // namespace

CallError::CallError(const MethodContract& method, Error error)
    : std::runtime_error("the call of " + std::string(method.path) + " failed: " + ToString(error)),
      error_(std::make_shared<const Error>(std::move(error))) {}

ThrowingCalls::ThrowingCalls(std::chrono::milliseconds timeout, ErrorTranslator translate)
    : timeout_(CheckedTimeout(timeout)), translate_(std::move(translate)) {}

Context ThrowingCalls::CurrentContext() const {
  const Context* const current = internal::ContextInForce::Latest();
  return current == nullptr ? Context().WithTimeout(timeout_) : current->WithTimeout(timeout_);
}

void ThrowingCalls::Throw(const MethodContract& method, Error&& error) const {
  if (translate_) translate_(error);
  throw CallError(method, std::move(error));
}

}  // namespace seam
