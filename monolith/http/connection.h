#ifndef HTTP_CONNECTION_H_
#define HTTP_CONNECTION_H_

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "http/head.h"
#include "http/problem.h"
#include "http/server.h"

namespace shop::http {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

// The bytes of one accepted connection, within the limits of time and size. For one thread.
class Connection final : public httplib::Stream {
 public:
  // `peer` is the address of the other side, without the port. `stop_event` is a descriptor that
  // becomes readable, and stays so, when the server stops. `gives_way` tells whether others need
  // the thread. The options must outlive this.
  Connection(Descriptor socket, std::string peer, int stop_event, const ServerOptions& options,
             std::function<bool()> gives_way);

  // Waits for the first byte of a request. False when the client has gone or stays idle too long,
  // when the server stops, or when it gives way to others.
  [[nodiscard]] bool WaitForRequest();

  // Each of the two sets the limits for the part of the request that is read from now on. A read
  // that breaks one, or meets a malformed head, throws a Problem; then the end of the request will
  // not be found, and failed() is true for good.
  void BeginHead();
  void BeginBody();
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  // The headers of the request whose head has been read.
  [[nodiscard]] const httplib::Headers& headers() const noexcept { return head_.headers(); }

  [[nodiscard]] bool gives_way() const { return gives_way_(); }

  [[nodiscard]] bool stopping();

  // Sends what was written. False when the client does not take it in time.
  bool Flush();

  // Ends a connection on which the client may still be sending: closing at once would reset it, and
  // the reset may overtake the answer (https://www.rfc-editor.org/rfc/rfc9112#section-9.6). Waits
  // up to `longest` for the client to close its end, and discards what arrives until then.
  void Linger(std::chrono::milliseconds longest);

  // httplib::Stream.
  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  // Asked for only to refuse what select(2) cannot take, 1024 and above. Nothing here selects.
  [[nodiscard]] socket_t socket() const override { return INVALID_SOCKET; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Wait { kReady, kTimeout, kStopping };

  // Until the socket has `events` or the time has come. Tells only once that the server stops.
  [[nodiscard]] Wait WaitFor(short events, Clock::time_point until);
  [[nodiscard]] ssize_t Receive();  // Into the empty buffer; as recv(2), -1 at the deadline.
  [[nodiscard]] Clock::time_point Deadline() const;
  [[noreturn]] void Fail(Problem problem);

  const Descriptor socket_;
  const std::string peer_;
  const int stop_event_;
  const ServerOptions& options_;
  const std::function<bool()> gives_way_;
  bool stopping_ = false;

  std::array<char, 4096> buffer_{};
  std::size_t buffer_begin_ = 0;
  std::size_t buffer_end_ = 0;
  std::string unsent_;

  Clock::time_point deadline_{};
  Clock::time_point crowded_deadline_{};  // While others need the thread.
  std::size_t bytes_left_ = 0;
  bool in_head_ = true;
  Head head_;
  bool failed_ = false;
  bool began_to_serve_ = false;
};

}  // namespace shop::http

#endif  // HTTP_CONNECTION_H_
