#include "seam/grpc/unary_call_internal.h"

#include <grpc/support/time.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "seam/binding/dispatch.h"
#include "seam/binding/serve.h"
#include "seam/core/trace.h"
#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/order_internal.h"

namespace seam::grpc_internal {
namespace {

// Set by gRPC itself in the attempts after the first
// (https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
constexpr char kPreviousAttemptsKey[] = "grpc-previous-rpc-attempts";

// A method whose calls take longer than this on average is presumed long. Longer than another
// thread needs to wake up on an idle machine, where an average call is slow as well.
constexpr std::chrono::microseconds kLong{300};
// No call counts for more, so that after one that blocked a method is presumed long for some ten
// calls only.
constexpr std::chrono::microseconds kLongest = 4 * kLong;
constexpr int kAveragedOver = 8;

// So many lines about refused calls wait to be written; further ones are left out, since whoever
// floods the server must not fill its memory as well.
constexpr int kMostOwedLines = 1000;

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

Route* FindRoute(CallSetting& setting, const std::string& path) {
  const auto route = setting.routes.find(path);
  return route == setting.routes.end() ? nullptr : &route->second;
}

}  // namespace

void UnaryCall::Begin(CallSetting& setting, std::unique_ptr<CallStream> stream) {
  auto* const call = new UnaryCall(setting, std::move(stream));
  if (call->route_ == nullptr) {
    call->Refuse({Code::kUnimplemented,
                  "UNKNOWN_METHOD",
                  "this server has no method " + call->context().method() +
                      "; compare the versions of both sides",
                  {},
                  Origin::kNotDelivered});
  } else {
    call->Retain();
    call->stream().io.Read(&call->request_, call->read_.Tag());
  }
}

UnaryCall::UnaryCall(CallSetting& setting, std::unique_ptr<CallStream> stream)
    : ServerCall(setting, std::move(stream)),
      route_(FindRoute(setting, context().method())),
      number_(++setting.accepted) {}

Job* UnaryCall::OnRead(bool ok) {
  Received();
  if (ok && route_->at_once) {
    Answer();
  } else if (!ok) {
    Refuse({Code::kInvalidArgument,
            "MISSING_REQUEST",
            "the call came without a request message",
            {},
            Origin::kNotDelivered});
  } else if (!setting().TakePlace()) {
    Refuse(ServerBusy(setting()));
  } else {
    return this;
  }
  Release();
  return nullptr;
}

bool UnaryCall::LikelyShort() const noexcept {
  if (refused_) return true;
  // With several calls at hand the next one profits from another thread's polling.
  return setting().taken_places.load(std::memory_order_relaxed) == 1 &&
         setting().accepted == number_ &&
         route_->usual_nanoseconds.load(std::memory_order_relaxed) <
             std::chrono::nanoseconds(kLong).count();
}

void UnaryCall::Run() noexcept {
  if (refused_) {
    WriteLog(Trace(), refused_after_, &*refused_, {});
    setting().owed_lines.fetch_sub(1, std::memory_order_relaxed);
  } else {
    Answer();
  }
  Release();
}

void UnaryCall::Answer() {
  const MethodContract& method = *route_->method;
  const auto begun_at = Context::Clock::now();
  const Context call_context = MakeContext();
  std::string exception;
  const DispatchRules rules{
      setting().max_message_bytes,
      [&exception](const MethodContract&, std::string_view what) { exception = what; }, Caller(),
      route_->at_once ? nullptr : setting().allowed_callers};
  const std::optional<Buffer> request = ToBuffer(request_);
  Result<Buffer> reply = request
                             ? Dispatch(*route_->servicer, method, call_context, *request, rules)
                             : Result<Buffer>(Forward(internal::MalformedRequest(method)));
  if (!route_->at_once) {
    Learn(Context::Clock::now() - begun_at);
    setting().LeavePlace();
  }
  Error error;
  const bool answered = reply.has_value();
  if (answered) {
    Retain();
    Sending();
    stream().io.WriteAndFinish(ToByteBuffer(*std::move(reply)), grpc::WriteOptions(),
                               grpc::Status::OK, sent_.Tag());
  } else {
    error = std::move(reply).error();
    SendError(error);
  }
  if (route_->at_once) return;
  const auto ended_at = Context::Clock::now();
  WriteLog(call_context.trace(), ended_at - accepted_at_, answered ? nullptr : &error, exception);
}

Job* UnaryCall::OnSent(bool ok) {
  const bool logged = route_ == nullptr || !route_->at_once;
  if (refused_ && logged && setting().owed_lines.load(std::memory_order_relaxed) < kMostOwedLines) {
    setting().owed_lines.fetch_add(1, std::memory_order_relaxed);
    if (!ok) {
      // Nobody was told.
      refused_ = Error{Code::kCancelled,
                       "ENDED_EARLY",
                       "the call ended before it was answered: the caller left, its deadline "
                       "passed, or the request is over the limit",
                       {},
                       Origin::kNotDelivered};
    }
    return this;
  }
  Release();
  return nullptr;
}

void UnaryCall::OnDone() {
  Received();
  if (context().IsCancelled()) cancellation_.Cancel();
}

Context UnaryCall::MakeContext() const {
  Context made = Context().WithCancellation(cancellation_);
  const gpr_timespec deadline = context().raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) != 0) {
    const gpr_timespec left = gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),
                                           gpr_now(GPR_CLOCK_MONOTONIC));
    // Not counted in nanoseconds: a peer may ask for ten thousand years.
    made = made.WithTimeout(std::chrono::duration<double>(static_cast<double>(left.tv_sec)) +
                            std::chrono::nanoseconds(left.tv_nsec));
  }
  if (const auto exact = ExactDeadline()) made = made.WithDeadline(*exact);
  if (const TraceContext trace = Trace(); trace.valid()) made = made.WithTrace(trace);
  if (auto chain = Chain()) made = made.WithCallChain(*std::move(chain));
  Metadata metadata;
  std::size_t bytes = 0;
  for (const auto& [key, value] : context().client_metadata()) {
    if (!IsMetadataKey(View(key)) || !IsMetadataValue(View(value))) continue;
    const auto same = metadata.find(View(key));
    const std::size_t replaced = same == metadata.end() ? 0 : key.size() + same->second.size();
    const std::size_t grown = bytes - replaced + key.size() + value.size();
    const bool full = same == metadata.end() && metadata.size() == Context::kMaxMetadataEntries;
    if (grown > Context::kMaxMetadataBytes || full) continue;
    bytes = grown;
    metadata.insert_or_assign(std::string(View(key)), std::string(View(value)));
  }
  return metadata.empty() ? made : made.WithMetadata(std::move(metadata));
}

TraceContext UnaryCall::Trace() const {
  const auto header = context().client_metadata().find(kTraceparentKey);
  if (header == context().client_metadata().end()) return {};
  return ParseTraceparent(View(header->second)).value_or(TraceContext());
}

// Of a foreign peer it may be anything; then gRPC's own deadline is all there is.
std::optional<Context::Clock::time_point> UnaryCall::ExactDeadline() const {
  const auto header = context().client_metadata().find(kRemainingKey);
  if (header == context().client_metadata().end()) return std::nullopt;
  const grpc::string_ref text = header->second;
  Context::Clock::rep nanoseconds = 0;
  const auto [rest, error] = std::from_chars(text.begin(), text.end(), nanoseconds);
  const Context::Clock::duration counted = Context::Clock::time_point::max() - accepted_at_;
  if (error != std::errc() || rest != text.end() || nanoseconds < 0 ||
      nanoseconds > counted.count()) {
    return std::nullopt;
  }
  return accepted_at_ + Context::Clock::duration(nanoseconds);
}

// Of a foreign peer it may be anything; then a chain begins here.
std::optional<CallChain> UnaryCall::Chain() const {
  const auto header = context().client_metadata().find(kCallChainKey);
  if (header == context().client_metadata().end()) return std::nullopt;
  return ParseCallChain(View(header->second));
}

void UnaryCall::Refuse(Error error) {
  refused_after_ = Context::Clock::now() - accepted_at_;
  refused_ = std::move(error);
  SendError(*refused_);
}

void UnaryCall::SendError(Error& error) {
  // An attempt before this one may have reached a handler.
  if (error.origin == Origin::kNotDelivered &&
      context().client_metadata().count(kPreviousAttemptsKey) != 0) {
    error.origin = Origin::kOutcomeUnknown;
  }
  const std::string_view domain =
      route_ == nullptr ? std::string_view() : route_->servicer->contract().full_name;
  Retain();
  Sending();
  stream().io.Finish(MakeStatus(error, domain), sent_.Tag());
}

void UnaryCall::Learn(Context::Clock::duration duration) {
  std::atomic<std::int64_t>& usual = route_->usual_nanoseconds;
  const std::chrono::nanoseconds counted = std::min<std::chrono::nanoseconds>(duration, kLongest);
  // Of two threads one may overwrite what the other learnt; it is a guess in any case.
  const std::int64_t before = usual.load(std::memory_order_relaxed);
  usual.store(before + (counted.count() - before) / kAveragedOver, std::memory_order_relaxed);
}

void UnaryCall::WriteLog(const TraceContext& trace, Context::Clock::duration duration,
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
  if (trace.valid()) {
    trace_id = TraceIdText(trace);
    fields.emplace_back("trace_id", trace_id);
  }
  setting().log.Write(level, "call", fields);
}

}  // namespace seam::grpc_internal
