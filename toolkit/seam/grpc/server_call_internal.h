#ifndef SEAM_GRPC_SERVER_CALL_H_
#define SEAM_GRPC_SERVER_CALL_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "seam/binding/dispatch.h"
#include "seam/core/context.h"
#include "seam/core/servicer.h"
#include "seam/grpc/event_threads.h"
#include "seam/grpc/reflection.h"
#include "seam/observe/log.h"

namespace seam::grpc_internal {

// What a path leads to.
struct Route {
  Servicer* servicer;
  const MethodContract* method;
};

// Counts the calls that are awaited or in progress.
class CallCount {
 public:
  void Increment() { count_.fetch_add(1, std::memory_order_relaxed); }
  void Decrement();
  [[nodiscard]] std::size_t value() const { return count_.load(std::memory_order_relaxed); }
  void WaitForZero();

 private:
  std::atomic<std::size_t> count_ = 0;
  std::mutex mutex_;
  std::condition_variable zero_;
};

// What all calls of a server share. Constant while it serves, but for `calls`.
struct CallSetting {
  Log& log;
  std::size_t max_message_bytes;
  std::size_t max_calls;  // Running and waiting together.
  std::unordered_map<std::string_view, Route> routes;
  const Reflection& reflection;
  grpc::AsyncGenericService service;
  grpc::ServerCompletionQueue* queue = nullptr;
  CallCount calls;
};

// One call, from before it arrives until gRPC is done with it; owns itself. The order of events:
// accepted, read, (job: the handler, which sends the answer), sent; and at any time after the first
// one, done, which tells of a cancellation. A reflection stream goes on to read after each answer.
class ServerCall final : public Job {
 public:
  // Makes a call that waits to be accepted. When it is, it makes the next one.
  static void Await(CallSetting& setting);

  void Run() noexcept override;

 private:
  explicit ServerCall(CallSetting& setting);
  ~ServerCall() = default;

  Job* OnAccepted(bool ok);
  Job* OnRead(bool ok);
  Job* OnSent(bool ok);
  Job* OnDone(bool ok);

  void Read();
  void RunHandler();
  void AnswerReflection();
  [[nodiscard]] Context MakeContext() const;
  // Ends the call with an error that happened before a handler ran.
  void RefuseWith(Code code, std::string reason, std::string message);
  void SendReply(Buffer reply);
  void SendError(const Error& error, std::string_view domain);
  // Writes the line of this call.
  void WriteLog(const Context& context, const Error* error, std::string_view exception);
  void Release();  // Deletes this call when it was the last.

  CallSetting& setting_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer request_;
  const Route* route_ = nullptr;  // Null for reflection.
  Context::Clock::time_point accepted_at_;
  CancellationSource cancellation_;

  MemberEvent<ServerCall, &ServerCall::OnAccepted> accepted_{*this};
  MemberEvent<ServerCall, &ServerCall::OnRead> read_{*this};
  MemberEvent<ServerCall, &ServerCall::OnSent> sent_{*this};
  MemberEvent<ServerCall, &ServerCall::OnDone> done_{*this};
  bool ending_ = false;  // Whether the answer that is being sent is the last.

  // Who still needs this object: the events that are to come, and the job.
  std::atomic<int> references_ = 1;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_SERVER_CALL_H_
