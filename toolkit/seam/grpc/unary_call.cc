#include "seam/grpc/unary_call_internal.h"

#include <grpc/support/time.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <utility>
#include <vector>

#include "seam/binding/dispatch.h"
#include "seam/core/trace.h"
#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/bytes_internal.h"

namespace seam::grpc_internal {
namespace {

// Set by gRPC itself in the attempts after the first
// (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
constexpr char kPreviousAttemptsKey[] = "grpc-previous-rpc-attempts";

// A method whose call took longer is presumed long for the next few calls.
constexpr std::chrono::microseconds kLong{100};
constexpr int kPresumedLongFor = 16;

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

Route* FindRoute(CallSetting& setting, const std::string& path) {
  const auto route = setting.routes.find(path);
  return route == setting.routes.end() ? nullptr : &route->second;
}

}  // namespace

void UnaryCall::Begin(CallSetting& setting, std::unique_ptr<CallStream> stream) {
  auto* const call = new UnaryCall(setting, std::move(stream));
  if (call->route_ == nullptr) {
    call->Refuse(Code::kUnimplemented, "UNKNOWN_METHOD",
                 "this server has no method " + call->context().method() +
                     "; compare the versions of both sides");
  } else if (setting.unanswered.load(std::memory_order_relaxed) > setting.max_calls) {
    call->Refuse(Code::kResourceExhausted, "SERVER_BUSY",
                 std::to_string(setting.max_calls) +
                     " calls are in progress, which is all this server takes; try again later");
  } else {
    call->Retain();
    call->stream().io.Read(&call->request_, &call->read_);
  }
}

UnaryCall::UnaryCall(CallSetting& setting, std::unique_ptr<CallStream> stream)
    : ServerCall(setting, std::move(stream)), route_(FindRoute(setting, context().method())) {
  setting.unanswered.fetch_add(1, std::memory_order_relaxed);
}

Job* UnaryCall::OnRead(bool ok) {
  if (ok) return this;
  // Nobody sees this when the call was cancelled or its message too large: gRPC has answered.
  Refuse(Code::kInvalidArgument, "MISSING_REQUEST", "the call came without a request message");
  Release();
  return nullptr;
}

bool UnaryCall::LikelyShort() const noexcept {
  // With several calls at hand the next one profits from another thread's polling.
  return setting().unanswered.load(std::memory_order_relaxed) == 1 &&
         route_->presumed_long.load(std::memory_order_relaxed) == 0;
}

void UnaryCall::Run() noexcept {
  const MethodContract& method = *route_->method;
  const auto begun_at = Context::Clock::now();
  const Context call_context = MakeContext();
  std::string exception;
  const DispatchRules rules{
      setting().max_message_bytes,
      [&exception](const MethodContract&, std::string_view what) { exception = what; }};
  Result<Buffer> reply =
      Dispatch(*route_->servicer, method, call_context, ToBuffer(std::move(request_)), rules);
  Error error;
  if (reply) {
    Answering();
    stream().io.WriteAndFinish(ToByteBuffer(*std::move(reply)), grpc::WriteOptions(),
                               grpc::Status::OK, &sent_);
  } else {
    error = std::move(reply).error();
    SendError(error);
  }
  const auto ended_at = Context::Clock::now();
  Learn(ended_at - begun_at);
  WriteLog(call_context, ended_at - accepted_at_, reply ? nullptr : &error, exception);
  Release();
}

Job* UnaryCall::OnSent(bool /*ok*/) {
  Release();
  return nullptr;
}

void UnaryCall::OnDone() {
  if (context().IsCancelled()) cancellation_.Cancel();
}

Context UnaryCall::MakeContext() const {
  Context made = Context().WithCancellation(cancellation_);
  const gpr_timespec deadline = context().raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) != 0) {
    const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                           gpr_now(GPR_CLOCK_MONOTONIC));
    made = made.WithTimeout(std::chrono::seconds(left.tv_sec) +
                            std::chrono::nanoseconds(left.tv_nsec));
  }
  for (const auto& [key, value] : context().client_metadata()) {
    if (key == kTraceparentKey) {
      if (const auto trace = ParseTraceparent(View(value))) made = made.WithTrace(*trace);
    } else if (IsMetadataKey(View(key)) && IsMetadataValue(View(value))) {
      made = made.WithMetadata(std::string(View(key)), std::string(View(value)));
    }
  }
  return made;
}

void UnaryCall::Refuse(Code code, std::string reason, std::string message) {
  Error error{code, std::move(reason), std::move(message), {}, Origin::kNotDelivered};
  SendError(error);
  WriteLog(MakeContext(), Context::Clock::now() - accepted_at_, &error, {});
}

void UnaryCall::SendError(Error& error) {
  // An attempt before this one may have reached a handler.
  if (error.origin == Origin::kNotDelivered &&
      context().client_metadata().count(kPreviousAttemptsKey) != 0) {
    error.origin = Origin::kOutcomeUnknown;
  }
  const std::string_view domain =
      route_ == nullptr ? std::string_view() : route_->servicer->contract().full_name;
  Answering();
  stream().io.Finish(MakeStatus(error, domain), &sent_);
}

void UnaryCall::Answering() {
  setting().unanswered.fetch_sub(1, std::memory_order_relaxed);
  Retain();
}

void UnaryCall::Learn(Context::Clock::duration duration) {
  std::atomic<int>& presumed = route_->presumed_long;
  if (duration > kLong) {
    presumed.store(kPresumedLongFor, std::memory_order_relaxed);
  } else if (const int left = presumed.load(std::memory_order_relaxed); left > 0) {
    // Two threads may both count one down; it is a guess in any case.
    presumed.store(left - 1, std::memory_order_relaxed);
  }
}

void UnaryCall::WriteLog(const Context& call_context, Context::Clock::duration duration,
                         const Error* error, std::string_view exception) {
  const LogLevel level = exception.empty() ? LogLevel::kInfo : LogLevel::kError;
  if (!setting().log.Enabled(level)) return;
  const std::chrono::duration<double, std::milli> milliseconds = duration;
  std::vector<LogField> fields = {{"method", context().method()},
                                  {"code", error == nullptr ? "OK" : CodeName(error->code)},
                                  {"duration_ms", milliseconds.count()}};
  if (error != nullptr) {
    fields.emplace_back("reason", error->reason);
    fields.emplace_back("error", error->message);
  }
  if (!exception.empty()) fields.emplace_back("exception", exception);
  std::string trace_id;
  if (call_context.trace().valid()) {
    trace_id = TraceIdText(call_context.trace());
    fields.emplace_back("trace_id", trace_id);
  }
  setting().log.Write(level, "call", fields);
}

}  // namespace seam::grpc_internal
