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

// Drives a channel that has lost its connection until it has one again. gRPC makes progress only
// while somebody polls, and calls that fail at once poll hardly at all: without this, a service
// that came back is found by gRPC's own backup poller, which looks every five seconds. While there
// is a connection nothing is polled here, since a second poller would slow the callers' own polling
// down. Thread-safe.
class Reconnector {
 public:
  explicit Reconnector(std::shared_ptr<grpc::Channel> channel);
  Reconnector(const Reconnector&) = delete;
  Reconnector& operator=(const Reconnector&) = delete;
  ~Reconnector();

  // A call found no connection, or lost it. Does not block.
  void OnDisconnected();

 private:
  void Run();
  void PollUntilReady();

  const std::shared_ptr<grpc::Channel> channel_;
  grpc::CompletionQueue queue_;

  std::atomic<bool> disconnected_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // From the first loss of the connection on.
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_RECONNECTOR_INTERNAL_H_
