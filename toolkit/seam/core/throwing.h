#ifndef SEAM_CORE_THROWING_H_
#define SEAM_CORE_THROWING_H_

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/error.h"
#include "seam/core/result.h"

// What the generated throwing adapters (products_throwing.h) are made of: clients for code that
// expects a value or an exception. How to use them: docs/adapters.md.
namespace seam {

// What a throwing adapter throws when a call failed. what() is a sentence for logs: the method, and
// all that the error says. Copies share the error.
class CallError : public std::runtime_error {
 public:
  CallError(const MethodContract& method, Error error);
  // No moves, after which there would be no error.
  CallError(const CallError&) noexcept = default;
  CallError& operator=(const CallError&) noexcept = default;
  ~CallError() override = default;

  // Valid as long as any copy of this exception.
  [[nodiscard]] const Error& error() const noexcept { return *error_; }

 private:
  std::shared_ptr<const Error> error_;
};

// Throws what a code base throws, for an error of a call:
//
//   [](const seam::Error& error) {
//     if (error.reason == "PRODUCT_NOT_FOUND") throw NotFound(error.message);
//   }
//
// When it returns, CallError is thrown. It is asked about every error, those included that no code
// base had before there was a seam (DEADLINE_EXCEEDED, UNAVAILABLE), on the calling thread, and so
// by several threads at once.
using ErrorTranslator = std::function<void(const Error&)>;

// What each method of a throwing adapter does around the client's. Thread-safe.
class ThrowingCalls {
 public:
  // `timeout` is how long a call that names no Context may take: from one millisecond to a day, or
  // std::invalid_argument is thrown.
  ThrowingCalls(std::chrono::milliseconds timeout, ErrorTranslator translate);

  // For a call that names none: the Context in force on this thread (see ContextScope) or an empty
  // one, with a deadline after the timeout, or an earlier one that it has. So there is always one.
  [[nodiscard]] Context CurrentContext() const;

  // The value; throws what the translator throws, or CallError.
  template <class Reply>
  [[nodiscard]] Reply ValueOf(const MethodContract& method, Result<Reply> result) const {
    if (!result) Throw(method, std::move(result).error());
    return *std::move(result);
  }

 private:
  [[noreturn]] void Throw(const MethodContract& method, Error&& error) const;

  const std::chrono::milliseconds timeout_;
  const ErrorTranslator translate_;
};

}  // namespace seam

#endif  // SEAM_CORE_THROWING_H_
