#include "seam/grpc/server_call.h"

#include <grpc/support/time.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "seam/core/trace.h"
#include "seam/grpc/arguments.h"
#include "seam/grpc/bytes.h"
#include "seam/grpc/error_details.h"

namespace seam::grpc_internal {
namespace {

// Set by gRPC itself in the attempts after the first
// (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
constexpr char kPreviousAttemptsKey[] = "grpc-previous-rpc-attempts";

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

void CallCount::Decrement() {
  // Under the lock, since whoever waits may destroy this object as soon as it sees zero.
  const std::lock_guard lock(mutex_);
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) zero_.notify_all();
}

void CallCount::WaitForZero() {
  std::unique_lock lock(mutex_);
  zero_.wait(lock, [this] { return count_.load(std::memory_order_acquire) == 0; });
}

void ServerCall::Await(CallSetting& setting) {
  setting.calls.Increment();
  auto* const call = new ServerCall(setting);
  call->context_.AsyncNotifyWhenDone(&call->done_);
  setting.service.RequestCall(&call->context_, &call->stream_, setting.queue, setting.queue,
                              &call->accepted_);
}

ServerCall::ServerCall(CallSetting& setting) : setting_(setting) {}

Job* ServerCall::OnAccepted(bool ok) {
  if (!ok) {  // The server shuts down; there will be no other event.
    setting_.calls.Decrement();
    delete this;
    return nullptr;
  }
  Await(setting_);
  accepted_at_ = Context::Clock::now();
  references_.store(2, std::memory_order_relaxed);  // `done`, and what follows here.
  const std::string& path = context_.method();
  const auto route = setting_.routes.find(path);
  if (route != setting_.routes.end()) {
    route_ = &route->second;
  } else if (path != Reflection::kPathV1 && path != Reflection::kPathV1Alpha) {
    RefuseWith(Code::kUnimplemented, "UNKNOWN_METHOD",
               "this server has no method " + path + "; compare the versions of both sides");
    return nullptr;
  }
  // One more is only awaited.
  if (setting_.calls.value() > setting_.max_calls + 1) {
    RefuseWith(Code::kResourceExhausted, "SERVER_BUSY",
               std::to_string(setting_.max_calls) +
                   " calls are in progress, which is all this server takes; try again later");
    return nullptr;
  }
  Read();
  return nullptr;
}

void ServerCall::Read() { stream_.Read(&request_, &read_); }

Job* ServerCall::OnRead(bool ok) {
  if (ok) return this;
  if (route_ == nullptr) {  // The client has nothing more to ask.
    ending_ = true;
    stream_.Finish(grpc::Status::OK, &sent_);
  } else {
    // Nobody sees this when the call was cancelled, or its message too large: gRPC answered itself.
    RefuseWith(Code::kInvalidArgument, "MISSING_REQUEST", "the call came without a request message");
  }
  return nullptr;
}

void ServerCall::Run() noexcept {
  if (route_ == nullptr) {
    AnswerReflection();
  } else {
    RunHandler();
  }
}

void ServerCall::RunHandler() {
  const MethodContract& method = *route_->method;
  const Context context = MakeContext();
  std::string exception;
  const DispatchRules rules{setting_.max_message_bytes,
                            [&exception](const MethodContract&, std::string_view what) {
                              exception = what;
                            }};
  Result<Buffer> reply =
      Dispatch(*route_->servicer, method, context, ToBuffer(std::move(request_)), rules);
  references_.fetch_add(1, std::memory_order_relaxed);  // For the log line below.
  if (reply) {
    SendReply(*std::move(reply));
    WriteLog(context, nullptr, exception);
  } else {
    Error error = std::move(reply).error();
    // An attempt before this one may have reached a handler.
    if (error.origin == Origin::kNotDelivered &&
        context_.client_metadata().count(kPreviousAttemptsKey) != 0) {
      error.origin = Origin::kOutcomeUnknown;
    }
    SendError(error, route_->servicer->contract().full_name);
    WriteLog(context, &error, exception);
  }
  Release();
}

void ServerCall::AnswerReflection() {
  const Buffer request = ToBuffer(std::move(request_));
  const std::string answer = setting_.reflection.Answer(request.bytes());
  if (answer.empty()) {
    RefuseWith(Code::kInvalidArgument, "MALFORMED_REQUEST", "this is no ServerReflectionRequest");
  } else {
    stream_.Write(ToByteBuffer(std::string_view(answer)), &sent_);
  }
}

Job* ServerCall::OnSent(bool ok) {
  if (!ending_ && ok) {
    Read();
  } else if (!ending_) {
    ending_ = true;
    stream_.Finish(grpc::Status::OK, &sent_);
  } else {
    setting_.calls.Decrement();
    Release();
  }
  return nullptr;
}

Job* ServerCall::OnDone(bool /*ok*/) {
  if (context_.IsCancelled()) cancellation_.Cancel();
  Release();
  return nullptr;
}

Context ServerCall::MakeContext() const {
  Context context = Context().WithCancellation(cancellation_);
  const gpr_timespec deadline = context_.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) != 0) {
    const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                           gpr_now(GPR_CLOCK_MONOTONIC));
    context = context.WithTimeout(std::chrono::seconds(left.tv_sec) +
                                  std::chrono::nanoseconds(left.tv_nsec));
  }
  for (const auto& [key, value] : context_.client_metadata()) {
    if (key == kTraceparentKey) {
      if (const auto trace = ParseTraceparent(View(value))) context = context.WithTrace(*trace);
    } else if (IsMetadataKey(View(key)) && IsMetadataValue(View(value))) {
      context = context.WithMetadata(std::string(View(key)), std::string(View(value)));
    }
  }
  return context;
}

void ServerCall::RefuseWith(Code code, std::string reason, std::string message) {
  const Error error{code, std::move(reason), std::move(message), {}, Origin::kNotDelivered};
  references_.fetch_add(1, std::memory_order_relaxed);
  SendError(error, {});
  WriteLog(MakeContext(), &error, {});
  Release();
}

void ServerCall::SendReply(Buffer reply) {
  ending_ = true;
  stream_.WriteAndFinish(ToByteBuffer(std::move(reply)), grpc::WriteOptions(), grpc::Status::OK,
                         &sent_);
}

void ServerCall::SendError(const Error& error, std::string_view domain) {
  ending_ = true;
  context_.AddTrailingMetadata(kOriginKey, std::string(OriginName(error.origin)));
  context_.AddTrailingMetadata(kPushbackKey, "-1");
  stream_.Finish(grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message,
                              EncodeErrorDetails(error, domain)),
                 &sent_);
}

void ServerCall::WriteLog(const Context& context, const Error* error, std::string_view exception) {
  const LogLevel level = exception.empty() ? LogLevel::kInfo : LogLevel::kError;
  if (!setting_.log.Enabled(level)) return;
  const std::chrono::duration<double, std::milli> duration = Context::Clock::now() - accepted_at_;
  const std::string trace_id = context.trace().valid() ? TraceIdText(context.trace()) : "";
  std::vector<LogField> fields = {{"method", context_.method()},
                                  {"code", error == nullptr ? "OK" : CodeName(error->code)},
                                  {"duration_ms", duration.count()}};
  if (error != nullptr) {
    fields.emplace_back("reason", error->reason);
    fields.emplace_back("error", error->message);
  }
  if (!exception.empty()) fields.emplace_back("exception", exception);
  if (!trace_id.empty()) fields.emplace_back("trace_id", trace_id);
  setting_.log.Write(level, "call", fields);
}

void ServerCall::Release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace seam::grpc_internal
