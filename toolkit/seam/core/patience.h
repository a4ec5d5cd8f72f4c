#ifndef SEAM_CORE_PATIENCE_H_
#define SEAM_CORE_PATIENCE_H_

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "seam/core/context.h"
#include "seam/core/error.h"
#include "seam/core/result.h"

namespace seam {

// Holds this thread up for so long; less when `context` is cancelled or its deadline comes.
void Pause(const Context& context, Context::Clock::duration span);

// Whether what failed so may succeed when it is tried again a little later: UNAVAILABLE,
// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED or ABORTED.
[[nodiscard]] bool MayPass(const Error& error) noexcept;

// For what a program does once, when it starts, with modules that are starting too: calls
// `attempt(context)`, which returns a Result and may be repeated, until it succeeds or fails with
// an error that does not pass by itself. One try has ten seconds; the pauses between them grow from
// a tenth of a second to a whole one. `on_first_failure` is called once at most, when there is to
// be a second try: a program that waits should say so. Fails with CANCELLED when `context` is
// cancelled, and with the last attempt's error, also when the context's deadline has come.
template <class Attempt>
[[nodiscard]] auto Patiently(
    const Context& context, Attempt attempt,
    const std::function<void(const Error&)>& on_first_failure = [](const Error&) {})
    -> decltype(attempt(context)) {
  constexpr std::chrono::seconds kOneTry{10};
  constexpr std::chrono::milliseconds kLongestPause{1000};
  std::chrono::milliseconds pause{100};
  for (bool first = true;; first = false) {
    auto result = attempt(context.WithTimeout(kOneTry));
    if (result) return result;
    if (context.cancelled()) return Fail(Code::kCancelled, "CANCELLED", "asked to stop");
    if (!MayPass(result.error()) || context.remaining() <= pause) return result;
    if (first) on_first_failure(result.error());
    Pause(context, pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace seam

#endif  // SEAM_CORE_PATIENCE_H_
