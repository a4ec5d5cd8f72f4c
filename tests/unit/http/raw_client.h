#ifndef TESTS_UNIT_HTTP_RAW_CLIENT_H_
#define TESTS_UNIT_HTTP_RAW_CLIENT_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "http/message.h"

namespace shop::http {

struct Reply {
  int status = 0;  // 0 when the connection ended without an answer.
  std::multimap<std::string, std::string, IgnoringCase> headers{};
  std::string body{};

  // Empty when there is none.
  [[nodiscard]] std::string Header(std::string_view name) const;
};

// A TCP connection to a server on this machine that sends any bytes, right or wrong.
class RawClient {
 public:
  // With `receive_buffer` the system holds so many bytes for it, and few on the server's side,
  // which can so often send a little; else as many as it likes.
  explicit RawClient(int port, int receive_buffer = 0);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  // False when the server has closed the connection.
  bool Send(std::string_view bytes) const;
  void EndSending() const;

  // The next answer; the answer to a HEAD has no body.
  [[nodiscard]] Reply Read(bool to_head = false);

  // Reads one "HTTP/1.1 100 Continue".
  [[nodiscard]] bool ReadContinue();

  // Reads and forgets some of what has come: how many bytes; none when the connection has ended.
  [[nodiscard]] std::size_t Skip();

  // Whether the server closes the connection without sending more. Waits for it.
  [[nodiscard]] bool IsClosed();

 private:
  [[nodiscard]] bool Fill();
  [[nodiscard]] std::string ReadHead();

  int socket_;
  std::string received_;
};

// Whether a connection to the port is refused.
[[nodiscard]] bool IsRefused(int port);

}  // namespace shop::http

#endif  // TESTS_UNIT_HTTP_RAW_CLIENT_H_
