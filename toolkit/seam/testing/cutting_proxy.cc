#include "seam/testing/cutting_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "seam/testing/die_internal.h"

namespace seam::testing {
namespace {

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A frame of type 6 without flags, of 8 bytes (RFC 9113, 6.7).
bool IsPing(std::string_view packet) {
  return packet.size() == 17 && packet.substr(0, 5) == std::string_view("\0\0\x08\x06\0", 5);
}

}  // namespace

CuttingProxy::CuttingProxy(int server_port)
    : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = LoopbackAddress(0);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    internal::Die("a proxy cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  Cut();
  for (std::thread& pump : pumps_) pump.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

std::string CuttingProxy::address() const { return "127.0.0.1:" + std::to_string(port_); }

void CuttingProxy::Cut() {
  const std::lock_guard lock(mutex_);
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

void CuttingProxy::CutAfterReplyBytes(std::size_t count) {
  const std::lock_guard lock(mutex_);
  reply_bytes_left_ = count;
}

void CuttingProxy::Disarm() {
  const std::lock_guard lock(mutex_);
  reply_bytes_left_.reset();
}

std::size_t CuttingProxy::Allowed(std::size_t got, bool& cut) {
  const std::lock_guard lock(mutex_);
  if (!reply_bytes_left_) return got;
  const std::size_t allowed = std::min(got, *reply_bytes_left_);
  *reply_bytes_left_ -= allowed;
  cut = *reply_bytes_left_ == 0;
  if (cut) {
    reply_bytes_left_.reset();
    ++cuts_;
  }
  return allowed;
}

bool CuttingProxy::WaitForPings(int count, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return pinged_.wait_for(lock, timeout, [&] { return pings_ >= count; });
}

void CuttingProxy::Pump(int from, int to, bool from_client) {
  char buffer[4096];
  for (;;) {
    ssize_t got = ::recv(from, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    if (from_client && IsPing({buffer, static_cast<std::size_t>(got)})) {
      const std::lock_guard lock(mutex_);
      ++pings_;
      pinged_.notify_all();
    }
    bool cut = false;
    if (!from_client) got = static_cast<ssize_t>(Allowed(static_cast<std::size_t>(got), cut));
    ssize_t sent = 0;
    while (sent < got) {
      const ssize_t now =
          ::send(to, buffer + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (now <= 0) break;
      sent += now;
    }
    if (cut) Cut();
    if (cut || sent < got) break;
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

void CuttingProxy::Accept() {
  while (!ending_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = LoopbackAddress(server_port_);
    const std::lock_guard lock(mutex_);
    sockets_.push_back(client);
    sockets_.push_back(server);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      ::shutdown(client, SHUT_RDWR);
      continue;
    }
    pumps_.emplace_back([this, client, server] { Pump(client, server, true); });
    pumps_.emplace_back([this, client, server] { Pump(server, client, false); });
  }
}

}  // namespace seam::testing
