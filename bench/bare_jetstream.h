#ifndef BENCH_BARE_JETSTREAM_H_
#define BENCH_BARE_JETSTREAM_H_

#include <nats/nats.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace bench {

// What one writes with libnats alone: a stream in files, a durable consumer, and a thread that
// takes each message and acknowledges it. No database on either side.
class BareJetStream {
 public:
  BareJetStream(const std::string& url, std::string payload);
  BareJetStream(const BareJetStream&) = delete;
  BareJetStream& operator=(const BareJetStream&) = delete;
  ~BareJetStream();

  // Publishes a message, with its confirmation, and waits until it was taken. The nanoseconds of
  // that.
  [[nodiscard]] double One();

  // The same for so many, published without waiting for each confirmation.
  [[nodiscard]] double Many(int messages);

 private:
  void Take();
  void AwaitTaken(std::int64_t messages);

  const std::string payload_;
  natsConnection* connection_ = nullptr;
  jsCtx* js_ = nullptr;
  natsSubscription* subscription_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t taken_ = 0;
  std::int64_t published_ = 0;
  std::atomic<bool> over_ = false;
  std::thread taker_;
};

}  // namespace bench

#endif  // BENCH_BARE_JETSTREAM_H_
