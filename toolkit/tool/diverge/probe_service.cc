#include "tool/diverge/probe_service.h"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "seam/core/trace.h"
#include "seam/probe/v1/probe_in_process.h"

namespace seam::diverge {

using namespace probe;  // NOLINT(google-build-using-namespace): the contract that is served.

class ProbeService::Counted {
 public:
  Counted(ProbeService& service, std::string key) : service_(service), key_(std::move(key)) {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].begun;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].ended;
  }

  void SawCancellation() {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].saw_cancellation;
  }

 private:
  ProbeService& service_;
  const std::string key_;
};

namespace {

// Until the context is cancelled or its deadline has passed.
void WaitForTheEndOf(const Context& context) {
  std::mutex mutex;
  std::condition_variable ended;
  bool cancelled = false;
  const auto registration = context.OnCancel([&] {
    const std::lock_guard lock(mutex);
    cancelled = true;
    ended.notify_all();
  });
  std::unique_lock lock(mutex);
  if (const auto deadline = context.deadline()) {
    ended.wait_until(lock, *deadline, [&] { return cancelled; });
  } else {
    ended.wait(lock, [&] { return cancelled; });
  }
}

Failure TheRefusal(const RefuseRequest& request) {
  return Forward(Error{static_cast<Code>(request.code), request.reason, request.message,
                       request.metadata,
                       request.came_from_elsewhere ? Origin::kNotDelivered : Origin::kHandler});
}

InspectResponse Seen(const Context& context) {
  InspectResponse seen;
  for (const auto& [key, value] : context.metadata()) seen.metadata.emplace(key, value);
  if (context.trace().valid()) seen.traceparent = FormatTraceparent(context.trace());
  if (context.deadline()) seen.remaining = ToDuration(context.remaining());
  seen.process_id = getpid();
  seen.thread_id = gettid();
  return seen;
}

}  // namespace

Result<EchoResponse> ProbeService::Echo(const Context&, const EchoRequest& request) {
  const Counted counted(*this, request.key);
  return EchoResponse{.value = request.value};
}

Result<RefuseResponse> ProbeService::Refuse(const Context&, const RefuseRequest& request) {
  const Counted counted(*this, request.key);
  return TheRefusal(request);
}

// With a deadline it throws when that has passed.
Result<ThrowResponse> ProbeService::Throw(const Context& context, const ThrowRequest& request) {
  if (request.until_context_ends) WaitForTheEndOf(context);
  switch (request.thrown) {
    case Thrown::THROWN_NUMBER: throw 42;
    case Thrown::THROWN_TEXT: throw "a text";
    case Thrown::THROWN_ERROR: throw Error{Code::kNotFound, "THROWN", request.what, {}, {}};
    default: throw std::runtime_error(request.what);
  }
}

Result<LingerResponse> ProbeService::Linger(const Context& context, const LingerRequest& request) {
  Counted counted(*this, request.key);
  if (request.until_context_ends) WaitForTheEndOf(context);
  if (context.cancelled()) counted.SawCancellation();
  if (request.then_refuse) return Fail(Code::kAborted, "TOLD_TO", "the probe was told to refuse");
  return LingerResponse{.was_cancelled = context.cancelled()};
}

Result<InspectResponse> ProbeService::Inspect(const Context& context,
                                              const InspectRequest& request) {
  const Counted counted(*this, request.key);
  return Seen(context);
}

Result<MakeResponse> ProbeService::Make(const Context&, const MakeRequest& request) {
  const Counted counted(*this, request.key);
  MakeResponse response;
  response.payload.assign(static_cast<std::size_t>(request.payload_bytes), 'x');
  if (request.text_that_is_not_utf8) response.text = "\xC3(";
  return response;
}

Result<KeepResponse> ProbeService::Keep(const Context& context, const KeepRequest& request) {
  const std::lock_guard lock(mutex_);
  kept_[request.key] = {request.value.has_value() ? *request.value : Value{}, context};
  return KeepResponse{};
}

Result<RecallResponse> ProbeService::Recall(const Context&, const RecallRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto kept = kept_.find(request.key);
  if (kept == kept_.end()) {
    return Fail(Code::kNotFound, "NOTHING_KEPT", "nothing was kept under " + request.key);
  }
  RecallResponse response{.value = kept->second.value,
                          .cancelled = kept->second.context.cancelled()};
  for (const auto& [key, value] : kept->second.context.metadata()) {
    response.metadata.emplace(key, value);
  }
  return response;
}

Result<MeetResponse> ProbeService::Meet(const Context& context, const MeetRequest& request) {
  const Counted counted(*this, request.key);
  std::unique_lock lock(mutex_);
  met_.notify_all();
  const auto together = [&] { return calls_[request.key].begun >= request.callers; };
  if (const auto deadline = context.deadline()) {
    met_.wait_until(lock, *deadline, together);
  } else {
    met_.wait(lock, together);
  }
  return MeetResponse{};
}

Result<RelayResponse> ProbeService::Relay(const Context& context, const RelayRequest& request) {
  Counted counted(*this, request.key);
  RelayResponse response{.seen = {Seen(context)}};
  if (request.hops > 0) {
    auto further = CallFurther(context, request);
    if (context.cancelled()) counted.SawCancellation();
    if (!further) return Forward(std::move(further).error());
    for (InspectResponse& seen : further->seen) response.seen.push_back(std::move(seen));
    return response;
  }
  if (request.until_context_ends) WaitForTheEndOf(context);
  if (context.cancelled()) counted.SawCancellation();
  if (request.refusal) return TheRefusal(*request.refusal);
  return response;
}

Result<CountCallsResponse> ProbeService::CountCalls(const Context&,
                                                    const CountCallsRequest& request) {
  const std::lock_guard lock(mutex_);
  return calls_[request.key];
}

Result<RelayResponse> ProbeService::CallFurther(const Context& context,
                                                const RelayRequest& request) {
  RelayRequest next = request;
  --next.hops;
  if (further_ != nullptr) return further_->Relay(context, next);
  return ProbeInProcessClient(*this).Relay(context, next);
}

}  // namespace seam::diverge
