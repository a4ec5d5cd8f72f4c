#include "seam/grpc/server_call_internal.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <utility>

#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/error_details_internal.h"
#include "seam/grpc/health_internal.h"
#include "seam/grpc/reflection_internal.h"
#include "seam/grpc/stream_calls_internal.h"
#include "seam/grpc/unary_call_internal.h"

namespace seam::grpc_internal {

void CallCount::Decrement() {
  // Under the lock, since whoever waits may destroy this object as soon as it sees zero.
  const std::lock_guard lock(mutex_);
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) zero_.notify_all();
}

void CallCount::WaitForZero() {
  std::unique_lock lock(mutex_);
  zero_.wait(lock, [this] { return count_.load(std::memory_order_acquire) == 0; });
}

bool CallSetting::TakePlace() noexcept {
  if (taken_places.fetch_add(1, std::memory_order_relaxed) < max_calls) return true;
  LeavePlace();
  return false;
}

Error ServerBusy(const CallSetting& setting) {
  return Error{Code::kResourceExhausted,
               "SERVER_BUSY",
               std::to_string(setting.max_calls) +
                   " calls are in progress, which is all this server takes; try again later",
               {},
               Origin::kNotDelivered};
}

// Events are members that are not const.
Job* CallStream::OnDone(bool /*ok*/) {  // NOLINT(readability-make-member-function-const)
  ServerCall* const told = call;
  told->OnDone();
  told->Release();
  return nullptr;
}

ServerCall::ServerCall(CallSetting& setting, std::unique_ptr<CallStream> stream)
    : setting_(setting), stream_(std::move(stream)) {
  stream_->call = this;
  setting_.calls.Increment();
}

ServerCall::~ServerCall() = default;

void ServerCall::Release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  CallCount& calls = setting_.calls;
  delete this;
  calls.Decrement();
}

std::shared_ptr<const std::string> ServerCall::Caller() const {
  if (!setting_.knows_callers) return nullptr;
  const auto identities =
      context().auth_context()->FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  if (identities.size() != 1) return nullptr;
  return std::make_shared<const std::string>(identities.front().data(), identities.front().size());
}

grpc::Status ServerCall::MakeStatus(const Error& error, std::string_view domain) {
  stream_->context.AddTrailingMetadata(kOriginKey, std::string(OriginName(error.origin)));
  stream_->context.AddTrailingMetadata(kPushbackKey, "-1");
  return grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message,
                      EncodeErrorDetails(error, domain));
}

void Acceptor::Start() {
  setting_.calls.Increment();
  AwaitNext();
}

void Acceptor::AwaitNext() {
  next_ = std::make_unique<CallStream>();
  setting_.service.RequestCall(&next_->context, &next_->io, setting_.queue, setting_.queue,
                               accepted_.Tag());
}

Job* Acceptor::OnAccepted(bool ok) {
  if (!ok) {  // The server is shutting down.
    next_.reset();
    setting_.calls.Decrement();
    return nullptr;
  }
  std::unique_ptr<CallStream> stream = std::move(next_);
  AwaitNext();
  const std::string& path = stream->context.method();
  if (path == Reflection::kPathV1 || path == Reflection::kPathV1Alpha) {
    ReflectionCall::Begin(setting_, std::move(stream));
  } else if (path == Health::kWatchPath) {
    HealthWatch::Begin(setting_, std::move(stream));
  } else {
    UnaryCall::Begin(setting_, std::move(stream));
  }
  return nullptr;
}

}  // namespace seam::grpc_internal
