#ifndef SEAM_GRPC_UNARY_CALL_INTERNAL_H_
#define SEAM_GRPC_UNARY_CALL_INTERNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seam/core/context.h"
#include "seam/grpc/server_call_internal.h"

namespace seam::grpc_internal {

// A call of a servicer's method, or of one that nobody serves: the request is read, a job gives it
// to Dispatch and sends what comes back. When it was refused before, the job writes the log.
class UnaryCall final : public ServerCall, public Job {
 public:
  static void Begin(CallSetting& setting, std::unique_ptr<CallStream> stream);

  void OnDone() override;
  void Run() noexcept override;
  [[nodiscard]] bool LikelyShort() const noexcept override;

 private:
  UnaryCall(CallSetting& setting, std::unique_ptr<CallStream> stream);
  ~UnaryCall() override = default;

  Job* OnRead(bool ok);
  Job* OnSent(bool ok);

  [[nodiscard]] Context MakeContext() const;
  [[nodiscard]] TraceContext Trace() const;
  [[nodiscard]] std::optional<CallChain> Chain() const;
  // By what the caller says it has left, if it does.
  [[nodiscard]] std::optional<Context::Clock::time_point> ExactDeadline() const;
  void Answer();
  // Ends the call with an error that came before any handler.
  void Refuse(Error error);
  void SendError(Error& error);  // May correct the origin.
  // Remembers whether this call was a long one.
  void Learn(Context::Clock::duration duration);
  void WriteLog(const TraceContext& trace, Context::Clock::duration duration, const Error* error,
                std::string_view exception);

  Route* const route_;  // Null when nobody serves the method.
  const std::uint64_t number_;
  const Context::Clock::time_point accepted_at_ = Context::Clock::now();
  const CancellationSource cancellation_;
  grpc::ByteBuffer request_;
  std::optional<Error> refused_;
  Context::Clock::duration refused_after_{};
  MemberEvent<UnaryCall, &UnaryCall::OnRead> read_{*this};
  MemberEvent<UnaryCall, &UnaryCall::OnSent> sent_{*this};
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_UNARY_CALL_INTERNAL_H_
