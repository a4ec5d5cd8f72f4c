#include "seam/testing/faults.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "seam/core/error.h"
#include "seam/testing/die_internal.h"

namespace seam::testing {
namespace {

// Up to here a reply's headers, message and trailers may have come, or nothing of it.
constexpr std::uint64_t kMostReplyBytes = 64;

Buffer CopyOf(const Buffer& buffer) { return Buffer(std::string(buffer.bytes())); }

Failure Lost(const MethodContract& method) {
  return Forward(Error{Code::kUnavailable,
                       "CONNECTION_LOST",
                       "an injected fault has lost the answer of " + std::string(method.path),
                       {},
                       Origin::kOutcomeUnknown});
}

}  // namespace

bool MayRunTwice(const MethodContract& method) noexcept {
  return method.idempotency != Idempotency::kUnknown;
}

FaultPlan::FaultPlan(std::uint64_t seed, std::size_t one_in) : one_in_(one_in), engine_(seed) {
  if (one_in_ == 0) {
    internal::Die("a FaultPlan for one in 0 attempts; without faults there is no plan");
  }
}

Fault FaultPlan::Next(const MethodContract& method) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t bits = engine_();
  if (bits % one_in_ != 0) return Fault::kNone;
  if (!MayRunTwice(method)) return Fault::kBefore;
  switch (engine_() % 3) {
    case 0: return Fault::kBefore;
    case 1: return Fault::kAfter;
    default: return Fault::kInReply;
  }
}

FaultyChannel::FaultyChannel(Channel& channel, Next next, CuttingProxy* wire)
    : channel_(channel), next_(std::move(next)), wire_(wire) {}

void FaultyChannel::Start(const MethodContract& method, const Context& context, Buffer request,
                          Completion& completion) {
  completion.Complete(Call(method, context, std::move(request)));
}

Result<Buffer> FaultyChannel::Call(const MethodContract& method, const Context& context,
                                   Buffer request) {
  const Fault fault = next_(method);
  // Such a call is not begun, so that no fault can meet it.
  if (std::optional<Error> refused = context.Check()) return Forward(*std::move(refused));
  if (fault == Fault::kBefore) {
    return Forward(Error{Code::kUnavailable,
                         "UNREACHABLE",
                         "an injected fault has stopped " + std::string(method.path),
                         {},
                         Origin::kNotDelivered});
  }
  const bool cuts = fault == Fault::kInReply && wire_ != nullptr;
  // As far into the reply as the request's size says, so that the same call is cut at one place.
  if (cuts) wire_->CutAfterReplyBytes(1 + request.size() % kMostReplyBytes);
  Result<Buffer> answer = channel_.Call(method, context, std::move(request));
  if (cuts) wire_->Disarm();
  if (cuts || fault == Fault::kNone) return answer;
  if (!answer && answer.error().origin == Origin::kNotDelivered) return answer;
  return Lost(method);
}

void RetryingChannel::Start(const MethodContract& method, const Context& context, Buffer request,
                            Completion& completion) {
  completion.Complete(Call(method, context, std::move(request)));
}

Result<Buffer> RetryingChannel::Call(const MethodContract& method, const Context& context,
                                     Buffer request) {
  bool may_have_run = false;
  for (int attempt = 1;; ++attempt) {
    if (std::optional<Error> refused = context.Check()) {
      if (may_have_run) refused->origin = Origin::kOutcomeUnknown;
      return Forward(*std::move(refused));
    }
    Result<Buffer> answer = channel_.Call(method, context, CopyOf(request));
    if (answer || attempt == most_attempts_ || answer.error().code != Code::kUnavailable) {
      return answer;
    }
    const Origin origin = answer.error().origin;
    const bool again = origin == Origin::kNotDelivered ||
                       (origin == Origin::kOutcomeUnknown && MayRunTwice(method));
    if (!again) return answer;
    may_have_run = may_have_run || origin == Origin::kOutcomeUnknown;
    pause_(context, std::chrono::milliseconds(attempt - 1));
  }
}

void TwiceChannel::Start(const MethodContract& method, const Context& context, Buffer request,
                         Completion& completion) {
  completion.Complete(Call(method, context, std::move(request)));
}

Result<Buffer> TwiceChannel::Call(const MethodContract& method, const Context& context,
                                  Buffer request) {
  if (MayRunTwice(method)) {
    // Whatever it says is lost.
    static_cast<void>(channel_.Call(method, context, CopyOf(request)));
  }
  return channel_.Call(method, context, std::move(request));
}

}  // namespace seam::testing
