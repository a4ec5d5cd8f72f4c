#ifndef HTTP_SERVER_H_
#define HTTP_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "http/responder.h"
#include "http/trusted_proxies.h"
#include "seam/core/result.h"

namespace shop::http {

struct ServerOptions {
  // A host name or an IP address of this machine. Of a name's addresses one is listened on, of IPv4
  // if there is one.
  std::string address = "127.0.0.1";
  int port = 0;  // 0 for any free one.
  // The proxies before us that tell in X-Forwarded-For where a request comes from. Without them the
  // header is ignored, and behind a proxy all customers have one address, the proxy's.
  TrustedProxies trusted_proxies{};
  // Requests are worked on by so many threads at a time. A thread never waits for a client.
  std::size_t threads = 64;
  // Requests that wait for a thread. One more is answered 503 at once, and so is one that has
  // waited for longer than max_wait: before any work was done for it, and while the customer is
  // still there.
  std::size_t max_waiting = 256;
  std::chrono::milliseconds max_wait{500};
  // Connections at a time, in all and from one address; the trusted proxies are not counted by
  // address. What makes room for one more, and what happens when nothing does, is told at Server.
  // With what else a shop has open they stay below the 1024 descriptors that a process usually
  // gets: without any left, nobody could be answered.
  std::size_t max_connections = 768;
  std::size_t max_connections_per_address = 704;
  std::size_t max_head_bytes = std::size_t{16} * 1024;  // Request line and headers together.
  std::size_t max_body_bytes = std::size_t{64} * 1024;
  std::chrono::milliseconds idle_timeout{5'000};    // Between two requests of a connection.
  std::chrono::milliseconds head_timeout{10'000};   // From the first byte to the last of the head.
  std::chrono::milliseconds body_timeout{20'000};   // From there to the last of the body.
  std::chrono::milliseconds write_timeout{10'000};  // For a whole response.
  // While there is no room for another connection: for the first byte of a connection, and for each
  // whole request.
  std::chrono::milliseconds crowded_timeout{1'000};
  std::chrono::milliseconds stop_grace{5'000};  // For requests that are half sent at Stop.
};

// An HTTP/1.1 server over TCP, on cpp-httplib. It answers or closes within its time limits, however
// slowly a client sends or reads; what it cannot take as a request is refused with problem details:
// 400 for malformed ones, 408 for slow ones, 413 and 431 over the size
// limits, 414, 415 for encoded bodies, 501 for unknown transfer codings. A connection whose next
// request cannot be told from the body of the last is closed after the answer.
//
// One thread waits for all clients: it takes in requests and hands on those that have arrived
// whole, and sends the rest of answers that clients read slowly. So idle and slow connections cost
// their memory, and nobody's time.
//
// More work than can be done is answered 503 with Retry-After, and the connection stays open. The
// requests that Responder::IsVital names have threads of their own. When there are as many
// connections as may be, one that has been answered and is idle makes room, or one that has taken
// longer than `crowded_timeout` for its request. When there is none, or the limit is that of an
// address, a few more connections are taken on which only vital requests are answered, and 503 all
// others; even more are refused before they say anything.
//
// Still, put a proxy in front of it on the open internet.
class Server {
 public:
  // Binds and starts to serve. `responder` must outlive the server. Fails with
  // FAILED_PRECONDITION, reason ADDRESS_IN_USE, when somebody else listens there, and reason
  // CANNOT_LISTEN for any other reason that the system gives.
  [[nodiscard]] static seam::Result<std::unique_ptr<Server>> Listen(const ServerOptions& options,
                                                                    Responder& responder);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // Stops.

  [[nodiscard]] int port() const noexcept;

  // Accepts no more connections, answers the requests that have begun to arrive, and returns when
  // all connections are closed. The second and later calls do nothing.
  void Stop();

 private:
  class Engine;
  explicit Server(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace shop::http

#endif  // HTTP_SERVER_H_
