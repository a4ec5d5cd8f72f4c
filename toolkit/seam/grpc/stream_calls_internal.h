#ifndef SEAM_GRPC_STREAM_CALLS_INTERNAL_H_
#define SEAM_GRPC_STREAM_CALLS_INTERNAL_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "seam/grpc/health_internal.h"
#include "seam/grpc/server_call_internal.h"

// The streams of the standard services.
namespace seam::grpc_internal {

// ServerReflectionInfo: one answer to each question, until the client has no more. For callers that
// may call something.
class ReflectionCall final : public ServerCall, public Job {
 public:
  static void Begin(CallSetting& setting, std::unique_ptr<CallStream> stream);

  void OnDone() override {}
  void Run() noexcept override;
  [[nodiscard]] bool LikelyShort() const noexcept override { return false; }

 private:
  using ServerCall::ServerCall;
  ~ReflectionCall() override = default;

  Job* OnRead(bool ok);
  Job* OnAnswered(bool ok);
  Job* OnFinished(bool ok);
  void Finish(const grpc::Status& status);

  grpc::ByteBuffer question_;
  // The events follow each other; all of them share the one reference.
  MemberEvent<ReflectionCall, &ReflectionCall::OnRead> read_{*this};
  MemberEvent<ReflectionCall, &ReflectionCall::OnAnswered> answered_{*this};
  MemberEvent<ReflectionCall, &ReflectionCall::OnFinished> finished_{*this};
};

// grpc.health.v1.Health/Watch: the state now, and again whenever it changes, until the client
// leaves or the server ends.
class HealthWatch final : public ServerCall, private Health::Watcher {
 public:
  static void Begin(CallSetting& setting, std::unique_ptr<CallStream> stream);

  void OnDone() override;

 private:
  using ServerCall::ServerCall;
  ~HealthWatch() override = default;

  Job* OnRead(bool ok);
  Job* OnSent(bool ok);
  Job* OnFinished(bool ok);
  void OnHealthChange(Health::State state) override;
  // Sends the state, or the end, unless something is being sent. Holds the lock.
  void SendNext();

  grpc::ByteBuffer request_;
  std::string service_;
  MemberEvent<HealthWatch, &HealthWatch::OnRead> read_{*this};
  MemberEvent<HealthWatch, &HealthWatch::OnSent> sent_{*this};
  MemberEvent<HealthWatch, &HealthWatch::OnFinished> finished_{*this};

  std::mutex mutex_;
  Health::State state_;
  std::optional<bool> told_;  // What the client was told last.
  bool done_ = false;         // Nothing but the end is to be sent.
  bool in_progress_ = true;   // An operation is: reading the request, sending a state, finishing.
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_STREAM_CALLS_INTERNAL_H_
