#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace shop::http {
namespace {

int Connect(int port, int receive_buffer = 0) {
  const int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) {
    ::setsockopt(number, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    // What the other side holds to send is a few segments, and those of this machine are large.
    const int segment = 512;
    ::setsockopt(number, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(number);
    return -1;
  }
  return number;
}

}  // namespace

std::string Reply::Header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

RawClient::RawClient(int port, int receive_buffer) : socket_(Connect(port, receive_buffer)) {
  if (socket_ < 0) {
    std::perror("cannot connect");
    std::abort();
  }
  const timeval hang{60, 0};  // A server that hangs fails the test instead of stopping it.
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &hang, sizeof hang);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &hang, sizeof hang);
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void RawClient::EndSending() const { ::shutdown(socket_, SHUT_WR); }

bool RawClient::Fill() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

std::string RawClient::ReadHead() {
  while (received_.find("\r\n\r\n") == std::string::npos) {
    if (!Fill()) return "";
  }
  const std::size_t end = received_.find("\r\n\r\n") + 4;
  std::string head = received_.substr(0, end);
  received_.erase(0, end);
  return head;
}

Reply RawClient::Read(bool to_head) {
  Reply reply;
  const std::string head = ReadHead();
  if (head.compare(0, 9, "HTTP/1.1 ") != 0) return reply;
  reply.status = std::atoi(head.c_str() + 9);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size() - 2;) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    reply.headers.emplace(head.substr(at, colon - at), head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  if (to_head) return reply;
  const auto length = static_cast<std::size_t>(std::atoi(reply.Header("Content-Length").c_str()));
  while (received_.size() < length && Fill()) continue;
  reply.body = received_.substr(0, length);
  received_.erase(0, length);
  return reply;
}

bool RawClient::ReadContinue() { return ReadHead() == "HTTP/1.1 100 Continue\r\n\r\n"; }

std::size_t RawClient::Skip() {
  if (received_.empty()) (void)Fill();
  return std::exchange(received_, {}).size();
}

bool RawClient::IsClosed() {
  if (!received_.empty()) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, 0) == 0;
}

bool IsRefused(int port) {
  const int number = Connect(port);
  if (number >= 0) ::close(number);
  return number < 0;
}

}  // namespace shop::http
