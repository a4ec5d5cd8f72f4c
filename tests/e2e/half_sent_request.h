#ifndef TESTS_E2E_HALF_SENT_REQUEST_H_
#define TESTS_E2E_HALF_SENT_REQUEST_H_

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

namespace shop::e2e {

// A POST of which only the head was sent: the shop is handling it and waits for the body.
class HalfSentRequest {
 public:
  // For a new product.
  HalfSentRequest(int port, const std::string& admin_token)
      : HalfSentRequest(
            port, "/products", "Authorization: Bearer " + admin_token,
            R"({"name":"Tea towel","price":{"amount_minor":850,"currency":"EUR"},"stock":12})") {}

  // `headers` has one or more, with line ends between them.
  HalfSentRequest(int port, const std::string& path, const std::string& headers, std::string body)
      : body_(std::move(body)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    timeval patience{.tv_sec = 60, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    Send("POST " + path + " HTTP/1.1\r\nHost: shop\r\n" + headers +
         "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
         std::to_string(body_.size()) + "\r\n\r\n");
    // The interim answer says that the request is being handled.
    EXPECT_THAT(Receive(), ::testing::HasSubstr("100 Continue"));
  }
  HalfSentRequest(const HalfSentRequest&) = delete;
  HalfSentRequest& operator=(const HalfSentRequest&) = delete;
  ~HalfSentRequest() { close(fd_); }

  // Sends the rest and returns the answer.
  std::string Finish() {
    Send(body_);
    std::string answer;
    for (std::string more = Receive(); !more.empty(); more = Receive()) answer += more;
    return answer;
  }

 private:
  void Send(const std::string& text) const {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  [[nodiscard]] std::string Receive() const {
    std::string text(4096, '\0');
    const ssize_t count = recv(fd_, text.data(), text.size(), 0);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

  const std::string body_;
  const int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

}  // namespace shop::e2e

#endif  // TESTS_E2E_HALF_SENT_REQUEST_H_
