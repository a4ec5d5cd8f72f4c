#ifndef SEAM_TESTING_CUTTING_PROXY_H_
#define SEAM_TESTING_CUTTING_PROXY_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace seam::testing {

// Stands between a client and a server on 127.0.0.1 and can cut the wire. Thread-safe.
class CuttingProxy {
 public:
  // Aborts when it cannot listen.
  explicit CuttingProxy(int server_port);
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy();

  // "127.0.0.1:port", for the client.
  [[nodiscard]] std::string address() const;

  // Breaks every connection that there is. New ones are let through.
  void Cut();

  // Does so as soon as servers have sent so many bytes more, which clients still get; what belongs
  // to no reply counts too. Disarm takes it back.
  void CutAfterReplyBytes(std::size_t count);
  void Disarm();

  // How often CutAfterReplyBytes has cut.
  [[nodiscard]] int cuts() const noexcept { return cuts_; }

  // Waits until clients have sent so many HTTP/2 pings, each as a packet of its own; false when
  // they do not within the time.
  [[nodiscard]] bool WaitForPings(int count, std::chrono::milliseconds timeout);

 private:
  void Accept();
  // Moves bytes until either side ends, then ends both.
  void Pump(int from, int to, bool from_client);
  // How many of the bytes that a server has sent are let through, before the cut if it is due.
  std::size_t Allowed(std::size_t got, bool& cut);

  const int server_port_;
  const int listener_;
  int port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  std::condition_variable pinged_;
  int pings_ = 0;
  std::optional<std::size_t> reply_bytes_left_;
  std::vector<int> sockets_;  // Of both sides.
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_CUTTING_PROXY_H_
