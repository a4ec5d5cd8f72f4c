#include "http/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace shop::http {
namespace {

// How often a connection that waits asks whether others need its thread.
constexpr std::chrono::milliseconds kGiveWayInterval{50};

Problem TooSlow(std::string part) {
  return {.status = 408,
          .code = "REQUEST_TOO_SLOW",
          .detail = "the " + std::move(part) + " of the request did not arrive in time"};
}

Problem HeadTooLarge(std::size_t limit) {
  return {.status = 431,
          .code = "HEAD_TOO_LARGE",
          .detail = "the request line and the headers are larger than " + std::to_string(limit) +
                    " bytes"};
}

Problem MalformedHead() {
  return {.status = 400,
          .code = "MALFORMED_REQUEST",
          .detail =
              "a line of the head is malformed; lines end with CR LF, and a header is a name, "
              "a colon right behind it, and a value without control characters"};
}

Problem BodyTooLarge(std::size_t limit) {
  return {.status = 413,
          .code = "BODY_TOO_LARGE",
          .detail = "the body is larger than " + std::to_string(limit) + " bytes"};
}

int Milliseconds(std::chrono::steady_clock::duration duration) {
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, 60'000));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Connection::Connection(Descriptor socket, std::string peer, int stop_event,
                       const ServerOptions& options, std::function<bool()> gives_way)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      stop_event_(stop_event),
      options_(options),
      gives_way_(std::move(gives_way)) {}

bool Connection::WaitForRequest() {
  const bool first = !std::exchange(began_to_serve_, true);
  if (buffer_begin_ != buffer_end_) return true;
  deadline_ = Clock::now() + options_.idle_timeout;
  crowded_deadline_ = Clock::now() + options_.crowded_timeout;
  while (true) {
    // Somebody who has just connected gets the time to send something.
    const bool leave = stopping() || (!first && gives_way());
    const Clock::time_point now = Clock::now();
    const Clock::time_point until = Deadline();
    const Clock::time_point next = leave ? now : std::min(until, now + kGiveWayInterval);
    const Wait wait = WaitFor(POLLIN, next);
    if (wait == Wait::kReady) {
      deadline_ = Clock::now() + options_.head_timeout;
      return Receive() > 0;
    }
    if (leave || (wait == Wait::kTimeout && Clock::now() >= until)) return false;
  }
}

void Connection::BeginHead() {
  in_head_ = true;
  head_ = Head();
  bytes_left_ = options_.max_head_bytes;
  deadline_ = Clock::now() + options_.head_timeout;
  crowded_deadline_ = Clock::now() + options_.crowded_timeout;
}

void Connection::BeginBody() {
  // Chunked bodies have overhead, which must be bounded too; for bodies with a length the limit was
  // checked before.
  constexpr std::size_t kChunkOverhead = std::size_t{16} * 1024;
  in_head_ = false;
  bytes_left_ = 2 * options_.max_body_bytes + kChunkOverhead;
  deadline_ = Clock::now() + options_.body_timeout;
}

bool Connection::stopping() {
  if (!stopping_) {
    pollfd event{stop_event_, POLLIN, 0};
    stopping_ = ::poll(&event, 1, 0) == 1;
  }
  return stopping_;
}

Connection::Wait Connection::WaitFor(short events, Clock::time_point until) {
  while (true) {
    std::array<pollfd, 2> polled{{{socket_.number(), events, 0}, {stop_event_, POLLIN, 0}}};
    const int ready = ::poll(polled.data(), stopping_ ? 1 : 2, Milliseconds(until - Clock::now()));
    if (ready < 0 && errno != EINTR) return Wait::kTimeout;
    if (ready > 0 && polled[0].revents != 0) return Wait::kReady;
    if (ready > 0 && polled[1].revents != 0) {
      stopping_ = true;
      return Wait::kStopping;
    }
    if (Clock::now() >= until) return Wait::kTimeout;
  }
}

Connection::Clock::time_point Connection::Deadline() const {
  return gives_way_() ? std::min(deadline_, crowded_deadline_) : deadline_;
}

ssize_t Connection::Receive() {
  while (true) {
    if (stopping_) deadline_ = std::min(deadline_, Clock::now() + options_.stop_grace);
    const Clock::time_point deadline = Deadline();
    switch (WaitFor(POLLIN, std::min(deadline, Clock::now() + kGiveWayInterval))) {
      case Wait::kStopping: continue;
      case Wait::kTimeout:
        if (Clock::now() < deadline) continue;
        errno = ETIMEDOUT;
        return -1;
      case Wait::kReady: break;
    }
    const ssize_t size = ::recv(socket_.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) continue;
    buffer_begin_ = 0;
    buffer_end_ = size > 0 ? static_cast<std::size_t>(size) : 0;
    return size;
  }
}

void Connection::Fail(Problem problem) {
  failed_ = true;
  throw problem;
}

ssize_t Connection::read(char* to, std::size_t size) {
  if (bytes_left_ == 0) {
    Fail(in_head_ ? HeadTooLarge(options_.max_head_bytes) : BodyTooLarge(options_.max_body_bytes));
  }
  if (buffer_begin_ == buffer_end_) {
    if (!Flush()) return -1;  // "100 Continue": the client waits for it before it sends more.
    const ssize_t received = Receive();
    if (received < 0 && errno == ETIMEDOUT) Fail(TooSlow(in_head_ ? "head" : "body"));
    if (received <= 0) return received;
  }
  const std::size_t taken = std::min({size, bytes_left_, buffer_end_ - buffer_begin_});
  std::memcpy(to, buffer_.data() + buffer_begin_, taken);
  buffer_begin_ += taken;
  bytes_left_ -= taken;
  // cpp-httplib asks for the bytes of the head one by one, so none of the body is among these.
  for (std::size_t i = 0; in_head_ && i < taken; ++i) {
    if (!head_.Take(to[i])) Fail(MalformedHead());
  }
  return static_cast<ssize_t>(taken);
}

// Headers and body are written in pieces; one packet is faster than several.
ssize_t Connection::write(const char* from, std::size_t size) {
  unsent_.append(from, size);
  return static_cast<ssize_t>(size);
}

bool Connection::Flush() {
  const Clock::time_point until = Clock::now() + options_.write_timeout;
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t size = ::send(socket_.number(), unsent_.data() + sent, unsent_.size() - sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) {
      sent += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      if (WaitFor(POLLOUT, until) == Wait::kTimeout) break;
    } else {
      break;
    }
  }
  const bool all = sent == unsent_.size();
  unsent_.clear();
  return all;
}

void Connection::Linger(std::chrono::milliseconds longest) {
  constexpr std::size_t kMost = std::size_t{1024} * 1024;
  ::shutdown(socket_.number(), SHUT_WR);
  deadline_ = Clock::now() + longest;
  crowded_deadline_ = deadline_;
  for (std::size_t discarded = 0; discarded < kMost;) {
    const ssize_t size = Receive();
    if (size <= 0) return;
    discarded += static_cast<std::size_t>(size);
  }
}

// Nobody wants to know the port.
void Connection::get_remote_ip_and_port(std::string& ip, int&) const { ip = peer_; }
void Connection::get_local_ip_and_port(std::string&, int&) const {}

}  // namespace shop::http
