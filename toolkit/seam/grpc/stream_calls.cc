#include "seam/grpc/stream_calls_internal.h"

#include <grpcpp/support/status.h>

#include <utility>

#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/reflection_internal.h"

namespace seam::grpc_internal {

void ReflectionCall::Begin(CallSetting& setting, std::unique_ptr<CallStream> stream) {
  auto* const call = new ReflectionCall(setting, std::move(stream));
  call->Retain();
  const AllowedCallers* const allowed = setting.allowed_callers.get();
  if (allowed != nullptr) {
    if (const auto refused = allowed->CheckAny(call->Caller().get())) {
      call->Finish(call->MakeStatus(*refused, {}));
      return;
    }
  }
  call->stream().io.Read(&call->question_, call->read_.Tag());
}

Job* ReflectionCall::OnRead(bool ok) {
  if (!ok) {
    Finish(grpc::Status::OK);
  } else if (!setting().TakePlace()) {
    Finish(MakeStatus(ServerBusy(setting()), {}));
  } else {
    return this;
  }
  return nullptr;
}

void ReflectionCall::Run() noexcept {
  const std::optional<Buffer> question = ToBuffer(question_);
  const std::string answer =
      question ? setting().reflection.Answer(question->bytes()) : std::string();
  setting().LeavePlace();
  if (answer.empty()) {
    const Error error{Code::kInvalidArgument,
                      "MALFORMED_REQUEST",
                      "this is no ServerReflectionRequest",
                      {},
                      Origin::kNotDelivered};
    Finish(MakeStatus(error, {}));
  } else {
    stream().io.Write(ToByteBuffer(std::string_view(answer)), answered_.Tag());
  }
}

Job* ReflectionCall::OnAnswered(bool ok) {
  if (ok) {
    stream().io.Read(&question_, read_.Tag());
  } else {
    Finish(grpc::Status::OK);
  }
  return nullptr;
}

void ReflectionCall::Finish(const grpc::Status& status) {
  stream().io.Finish(status, finished_.Tag());
}

Job* ReflectionCall::OnFinished(bool /*ok*/) {
  Release();
  return nullptr;
}

void HealthWatch::Begin(CallSetting& setting, std::unique_ptr<CallStream> stream) {
  auto* const call = new HealthWatch(setting, std::move(stream));
  call->Retain();
  call->stream().io.Read(&call->request_, call->read_.Tag());
}

Job* HealthWatch::OnRead(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    in_progress_ = false;
    if (!ok) done_ = true;
    if (done_) {
      SendNext();
      return nullptr;
    }
  }
  const std::optional<Buffer> request = ToBuffer(request_);
  auto service = request ? ServiceOfHealthRequest(request->bytes()) : std::nullopt;
  if (!service) {
    const std::lock_guard lock(mutex_);
    in_progress_ = true;
    stream().io.Finish(MakeStatus(MalformedHealthRequest(), {}), finished_.Tag());
    return nullptr;
  }
  service_ = *std::move(service);
  // Before the lock is taken: a Health calls its watchers with its own lock held.
  setting().health.Watch(*this, service_);
  return nullptr;
}

void HealthWatch::OnHealthChange(Health::State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  SendNext();
}

Job* HealthWatch::OnSent(bool ok) {
  const std::lock_guard lock(mutex_);
  in_progress_ = false;
  if (!ok) done_ = true;
  SendNext();
  return nullptr;
}

void HealthWatch::OnDone() {
  setting().health.Unwatch(*this);
  const std::lock_guard lock(mutex_);
  done_ = true;
  SendNext();
}

void HealthWatch::SendNext() {
  if (in_progress_) return;
  if (!done_ && told_ != state_.serving) {
    in_progress_ = true;
    told_ = state_.serving;
    stream().io.Write(ToByteBuffer(std::string_view(setting().health.Encode(service_, state_))),
                      sent_.Tag());
  } else if (done_ || state_.ended) {
    in_progress_ = true;
    stream().io.Finish(grpc::Status::OK, finished_.Tag());
  }
}

Job* HealthWatch::OnFinished(bool /*ok*/) {
  Release();
  return nullptr;
}

}  // namespace seam::grpc_internal
