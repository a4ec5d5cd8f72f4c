#ifndef SEAM_GRPC_RECONNECTOR_INTERNAL_H_
#define SEAM_GRPC_RECONNECTOR_INTERNAL_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace seam::grpc_internal {

// Drives a channel between its calls. gRPC makes progress only while somebody polls, and a process
// without a server polls only in its calls: without this, all else is found by gRPC's own backup
// poller, which looks every five seconds. A channel that has lost its connection is polled until
// it has one again: calls that fail at once poll hardly at all. A connection is looked at a few
// times a second, without waiting there, since a second poller that waits would slow the callers'
// own polling down: a service that wants to stop is waiting for its callers to hear of it and to
// let go. Thread-safe.
class Reconnector {
 public:
  explicit Reconnector(std::shared_ptr<grpc::Channel> channel);
  Reconnector(const Reconnector&) = delete;
  Reconnector& operator=(const Reconnector&) = delete;
  ~Reconnector();

  // There is a connection for the first time. Does not block.
  void OnConnected();

  // A call found no connection, or lost it. Does not block.
  void OnDisconnected();

 private:
  // Whether there is one. Under the lock.
  bool StartThread();
  void Run();
  // Takes what has arrived, and returns whether there is no connection any more.
  bool WasLostUnnoticed();
  void PollUntilReady();

  const std::shared_ptr<grpc::Channel> channel_;
  grpc::CompletionQueue queue_;

  std::atomic<bool> disconnected_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // From the first connection, or failure to connect, on.
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_RECONNECTOR_INTERNAL_H_
