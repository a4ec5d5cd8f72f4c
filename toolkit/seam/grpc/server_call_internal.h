#ifndef SEAM_GRPC_SERVER_CALL_INTERNAL_H_
#define SEAM_GRPC_SERVER_CALL_INTERNAL_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "seam/binding/allowed_callers.h"
#include "seam/core/error.h"
#include "seam/core/servicer.h"
#include "seam/grpc/event_threads_internal.h"
#include "seam/observe/log.h"

namespace seam::grpc_internal {

class Health;
class Reflection;

// What a path leads to.
struct Route {
  Servicer* servicer = nullptr;
  const MethodContract* method = nullptr;
  // Whether it is answered by the thread that polls, however busy the handlers are. It must not
  // block then, and leaves no line in the log, which might.
  bool at_once = false;
  // Above zero when one of the last calls was long; see UnaryCall::LikelyShort. A method that was
  // never called counts as long.
  std::atomic<std::int64_t> usual_nanoseconds = 1'000'000;
};

// Counts the calls that there are.
class CallCount {
 public:
  void Increment() { count_.fetch_add(1, std::memory_order_relaxed); }
  void Decrement();
  void WaitForZero();

 private:
  std::atomic<std::size_t> count_ = 0;
  std::mutex mutex_;
  std::condition_variable zero_;
};

// What all calls of a server share. Thread-safe: what is not constant while it serves has a lock of
// its own or is atomic.
struct CallSetting {
  CallSetting(Log& server_log, Health& server_health, const Reflection& server_reflection)
      : log(server_log), health(server_health), reflection(server_reflection) {}

  Log& log;
  Health& health;
  const Reflection& reflection;
  std::unordered_map<std::string_view, Route> routes;
  std::size_t max_message_bytes = 0;
  std::size_t max_calls = 0;   // Running and waiting together.
  bool knows_callers = false;  // Whether each has shown who it is.
  std::shared_ptr<const AllowedCallers> allowed_callers;
  grpc::AsyncGenericService service;
  grpc::ServerCompletionQueue* queue = nullptr;
  CallCount calls;

  // A call takes a place when its request is there, so that whoever only opens calls keeps nobody
  // out, and leaves it when it is answered. False when there is none left.
  [[nodiscard]] bool TakePlace() noexcept;
  void LeavePlace() noexcept { taken_places.fetch_sub(1, std::memory_order_relaxed); }
  std::atomic<std::size_t> taken_places = 0;

  std::atomic<std::uint64_t> accepted = 0;  // Unary calls so far; counted by the thread that polls.
  std::atomic<int> owed_lines = 0;          // Of the log, about calls that were refused.
};

// The error of a call that gets no place.
[[nodiscard]] Error ServerBusy(const CallSetting& setting);

class ServerCall;

// gRPC's side of a call.
class CallStream {
 public:
  CallStream() { context.AsyncNotifyWhenDone(done_.Tag()); }

  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter io{&context};

  // Who is told when gRPC is done with the call; set before the first event but for acceptance.
  ServerCall* call = nullptr;

 private:
  Job* OnDone(bool ok);
  MemberEvent<CallStream, &CallStream::OnDone> done_{*this};
};

// A call that was accepted. Deletes itself when nobody has a reference to it: gRPC has one until it
// is done, and so has everything else that is going on.
class ServerCall {
 public:
  ServerCall(CallSetting& setting, std::unique_ptr<CallStream> stream);
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  // gRPC is done: the call was ended, or broken off by the caller, the network or a shut-down.
  // There is no other event but those of operations that were begun. Called on the thread that
  // polls.
  virtual void OnDone() = 0;

  void Retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release();

 protected:
  virtual ~ServerCall();

  [[nodiscard]] CallSetting& setting() const noexcept { return setting_; }
  [[nodiscard]] CallStream& stream() noexcept { return *stream_; }
  [[nodiscard]] const grpc::GenericServerContext& context() const noexcept {
    return stream_->context;
  }

  // Who calls, by its certificate; null when nobody knows.
  [[nodiscard]] std::shared_ptr<const std::string> Caller() const;

  // The status of an error, and the trailing metadata that goes with it, which is set here.
  [[nodiscard]] grpc::Status MakeStatus(const Error& error, std::string_view domain);

 private:
  CallSetting& setting_;
  const std::unique_ptr<CallStream> stream_;
  std::atomic<int> references_ = 1;
};

// Accepts calls one after the other, and makes of each what its path asks for. One a server.
class Acceptor {
 public:
  explicit Acceptor(CallSetting& setting) : setting_(setting) {}

  // Goes on until the server is shut down. Counts as a call meanwhile.
  void Start();

 private:
  Job* OnAccepted(bool ok);
  void AwaitNext();

  CallSetting& setting_;
  std::unique_ptr<CallStream> next_;
  MemberEvent<Acceptor, &Acceptor::OnAccepted> accepted_{*this};
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_SERVER_CALL_INTERNAL_H_
