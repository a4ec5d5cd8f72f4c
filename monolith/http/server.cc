#include "http/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "http/connection.h"
#include "http/problem.h"

namespace shop::http {
namespace {

bool TakesBody(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool IsChunked(const httplib::Request& request) { return request.has_header("Transfer-Encoding"); }

// A request that tells of no body has none (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
bool HasBody(const httplib::Request& request) {
  return TakesBody(request.method) && (IsChunked(request) || request.has_header("Content-Length"));
}

// Why it is not certain, or not acceptable, where this request ends and what it says. Whoever reads
// these headers otherwise than the proxy before it can be made to take a body for a request
// (https://www.rfc-editor.org/rfc/rfc9112#section-11.2).
std::optional<Problem> CheckFraming(const httplib::Request& request, std::size_t max_body_bytes) {
  const auto malformed = [](std::string detail) {
    return Problem{.status = 400, .code = "MALFORMED_REQUEST", .detail = std::move(detail)};
  };
  if (request.version == "HTTP/1.1" && request.get_header_value_count("Host") != 1) {
    return malformed("a request has exactly one Host header");
  }
  const std::size_t lengths = request.get_header_value_count("Content-Length");
  if (IsChunked(request)) {
    if (lengths > 0) return malformed("Content-Length and Transfer-Encoding exclude each other");
    if (request.get_header_value_count("Transfer-Encoding") != 1 ||
        LowerCase(request.get_header_value("Transfer-Encoding")) != "chunked") {
      return Problem{.status = 501,
                     .code = "UNKNOWN_TRANSFER_ENCODING",
                     .detail = "the only transfer coding that is understood is \"chunked\""};
    }
    if (!TakesBody(request.method)) return malformed("a " + request.method + " has no body");
    if (request.version != "HTTP/1.1") return malformed("chunks came with HTTP/1.1");
  }
  if (lengths > 1) return malformed("Content-Length stands there twice");
  if (lengths == 1) {
    const std::string text = request.get_header_value("Content-Length");
    std::uint64_t length = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || stop != text.data() + text.size()) {
      return malformed("Content-Length is no number of bytes");
    }
    if (length > 0 && !TakesBody(request.method)) {
      return malformed("a " + request.method + " has no body");
    }
    if (length > max_body_bytes) {
      return Problem{
          .status = 413,
          .code = "BODY_TOO_LARGE",
          .detail = "the body is larger than " + std::to_string(max_body_bytes) + " bytes"};
    }
  }
  if (request.has_header("Content-Encoding")) {
    return Problem{.status = 415,
                   .code = "ENCODED_BODY",
                   .detail = "send the body as it is, without Content-Encoding"};
  }
  if (request.is_multipart_form_data()) {
    return Problem{
        .status = 415, .code = "JSON_NEEDED", .detail = "multipart bodies are not understood"};
  }
  return std::nullopt;
}

bool AsksToClose(const httplib::Request& request) {
  const auto [begin, end] = request.headers.equal_range("Connection");
  return std::any_of(begin, end, [](const auto& header) {
    return LowerCase(header.second).find("close") != std::string::npos;
  });
}

Request ToRequest(const httplib::Request& from, const TrustedProxies& proxies) {
  Request request;
  request.method = from.method;
  request.path = PathOf(from.target);
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  for (const auto& [name, value] : from.headers) request.headers.emplace(name, value);
  request.client_address = proxies.ClientAddress(from.remote_addr, request.headers);
  return request;
}

void Write(const Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.content_type.empty()) to.set_content(from.body, from.content_type);
}

// An answer to a client whose request the parser never finished.
std::string Serialize(const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += StatusPhrase(response.status);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append("\r\n").append(name).append(": ").append(value);
  };
  add("Connection", "close");
  add("Content-Type", response.content_type);
  add("Content-Length", std::to_string(response.body.size()));
  for (const auto& [name, value] : response.headers) add(name, value);
  return text.append("\r\n\r\n").append(response.body);
}

Problem RefusalByParser(int status) {
  switch (status) {
    case 414:
      return {.status = 414, .code = "PATH_TOO_LONG", .detail = "the request line is too long"};
    case 416: return {.status = 416, .code = "BAD_RANGE", .detail = "the Range is malformed"};
    default:
      return {.status = 400,
              .code = "MALFORMED_REQUEST",
              .detail = "the request line, a header or the body is malformed or incomplete"};
  }
}

// cpp-httplib's server without its sockets: it reads one request from a stream, hands it to the
// responder and writes the answer.
class Parser final : public httplib::Server {
 public:
  // Both must outlive this.
  Parser(Responder& responder, const ServerOptions& options) {
    const std::size_t max_body_bytes = options.max_body_bytes;
    const auto to_request = [&options](const httplib::Request& from) {
      return ToRequest(from, options.trusted_proxies);
    };
    set_keep_alive_timeout(std::chrono::floor<std::chrono::seconds>(options.idle_timeout).count());
    set_keep_alive_max_count(1'000'000);  // What it tells clients; the connection's loop decides.
    set_pre_routing_handler([&responder, to_request, max_body_bytes](const httplib::Request& from,
                                                                     httplib::Response& to) {
      if (const auto problem = CheckFraming(from, max_body_bytes)) {
        Write(responder.Refuse(to_request(from), *problem), to);
        return HandlerResponse::Handled;
      }
      if (HasBody(from)) return HandlerResponse::Unhandled;
      Write(responder.Answer(to_request(from)), to);
      // Where nothing stands, the parser would promise ranges.
      if (from.method == "HEAD") to.set_header("Accept-Ranges", "none");
      return HandlerResponse::Handled;
    });
    const HandlerWithContentReader with_body = [&responder, to_request, max_body_bytes](
                                                   const httplib::Request& from,
                                                   httplib::Response& to,
                                                   const httplib::ContentReader& read_body) {
      Request request = to_request(from);
      if (const auto problem = ReadBody(read_body, max_body_bytes, request.body)) {
        Write(responder.Refuse(request, *problem), to);
        to.set_header("Connection", "close");
      } else {
        Write(responder.Answer(request), to);
      }
    };
    const std::string any_path = R"([\s\S]*)";
    Post(any_path, with_body);
    Put(any_path, with_body);
    Patch(any_path, with_body);
    Delete(any_path, with_body);
    // "100 Continue" would invite a body that is going to be refused.
    set_expect_100_continue_handler([&responder, to_request, max_body_bytes](
                                        const httplib::Request& from, httplib::Response& to) {
      const auto problem = CheckFraming(from, max_body_bytes);
      if (!problem) return 100;
      Write(responder.Refuse(to_request(from), *problem), to);
      return problem->status;
    });
    set_exception_handler([&responder, to_request](const httplib::Request& from,
                                                   httplib::Response& to,
                                                   const std::exception_ptr&) {
      Write(responder.Refuse(to_request(from),
                             {.status = 500, .code = "INTERNAL", .detail = "the shop failed"}),
            to);
    });
    // Refusals of the responder have a body. One without is the parser's own, of a head that it has
    // not read to its end or has not understood.
    const HandlerWithResponse on_error = [&responder, to_request](const httplib::Request& from,
                                                                  httplib::Response& to) {
      if (to.body.empty()) {
        Write(responder.Refuse(to_request(from), RefusalByParser(to.status)), to);
        to.set_header("Connection", "close");
      }
      return HandlerResponse::Handled;
    };
    set_error_handler(on_error);
    // The last word on the headers that the parser has added.
    set_post_routing_handler([](const httplib::Request&, httplib::Response& to) {
      if (to.get_header_value("Connection") == "close") {
        to.headers.erase("Connection");  // There may be two.
        to.headers.erase("Keep-Alive");
        to.set_header("Connection", "close");
      }
      // https://www.rfc-editor.org/rfc/rfc9110#section-8.6
      if (to.status == 204 || to.status == 304) to.headers.erase("Content-Length");
    });
  }

  // False when the connection is of no more use. `at_body(request)` is called when the head has
  // been read, and may change it. Lets the stream's exceptions through while the head is read.
  bool Process(Connection& connection, bool close_after,
               const std::function<void(httplib::Request&)>& at_body) {
    bool closed = false;
    return process_request(connection, close_after, closed, at_body) && !closed;
  }

 private:
  static std::optional<Problem> ReadBody(const httplib::ContentReader& read_body,
                                         std::size_t max_body_bytes, std::string& body) {
    bool too_large = false;
    try {
      const bool whole = read_body([&](const char* data, std::size_t size) {
        too_large = body.size() + size > max_body_bytes;
        if (!too_large) body.append(data, size);
        return !too_large;
      });
      if (whole) return std::nullopt;
    } catch (const Problem& problem) {  // The connection's.
      return problem;
    }
    if (!too_large) return RefusalByParser(400);
    return Problem{
        .status = 413,
        .code = "BODY_TOO_LARGE",
        .detail = "the body is larger than " + std::to_string(max_body_bytes) + " bytes"};
  }
};

struct AddressList {
  explicit AddressList(addrinfo* list) : first(list) {}
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;
  ~AddressList() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
  addrinfo* first;
};

// cpp-httplib would set SO_REUSEPORT, with which two shops could share a port and each get half of
// the requests. SO_REUSEADDR only allows to follow a shop that has ended.
seam::Result<Descriptor> OpenListeningSocket(const ServerOptions& options) {
  const std::string where = options.address + ":" + std::to_string(options.port);
  const auto cannot = [&where](const std::string& why) {
    return seam::Fail(seam::Code::kFailedPrecondition, "CANNOT_LISTEN",
                      "cannot listen on " + where + ": " + why);
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int unresolved =
      ::getaddrinfo(options.address.c_str(), std::to_string(options.port).c_str(), &hints, &list);
  const AddressList addresses(list);
  if (unresolved != 0) return cannot(::gai_strerror(unresolved));

  // A name such as localhost may have addresses of both families, in any order. One is listened on,
  // and IPv4 is what clients expect.
  const addrinfo* chosen = addresses.first;
  while (chosen != nullptr && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
  const addrinfo& address = chosen == nullptr ? *addresses.first : *chosen;
  Descriptor listener(
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  constexpr int kBacklog = 512;
  if (listener.number() < 0 ||
      ::setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::setsockopt(listener.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      ::bind(listener.number(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(listener.number(), kBacklog) != 0) {
    if (errno == EADDRINUSE) {
      return seam::Fail(seam::Code::kFailedPrecondition, "ADDRESS_IN_USE",
                        "cannot listen on " + where +
                            ": another program has the port; stop it or choose another port");
    }
    return cannot(std::generic_category().message(errno));
  }
  return listener;
}

// "192.0.2.7"; empty when the system does not tell.
std::string AddressOf(const sockaddr_storage& peer, socklen_t size) {
  std::array<char, NI_MAXHOST> text{};
  const bool known = ::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, text.data(),
                                   text.size(), nullptr, 0, NI_NUMERICHOST) == 0;
  return known ? text.data() : "";
}

int PortOf(const Descriptor& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port.data(),
                    port.size(), NI_NUMERICSERV) != 0) {
    return 0;
  }
  return std::atoi(port.data());
}

}  // namespace

class Server::Engine {
 public:
  Engine(const ServerOptions& options, Responder& responder, Descriptor listener)
      : options_(options),
        responder_(responder),
        parser_(responder, options_),
        listener_(std::move(listener)),
        port_(PortOf(listener_)),
        stop_event_(::eventfd(0, EFD_CLOEXEC)),
        threads_(options.threads),
        acceptor_([this] { Accept(); }) {}

  [[nodiscard]] int port() const noexcept { return port_; }

  void Stop() {
    if (!acceptor_.joinable()) return;
    ::eventfd_write(stop_event_.number(), 1);
    acceptor_.join();
    threads_.shutdown();
  }

 private:
  void Accept() {
    while (true) {
      std::array<pollfd, 2> polled{
          {{listener_.number(), POLLIN, 0}, {stop_event_.number(), POLLIN, 0}}};
      ::poll(polled.data(), polled.size(), -1);
      const bool stop = polled[1].revents != 0;
      while (AcceptOne()) continue;  // At the end too: they connected before we stopped.
      if (stop) break;
    }
    listener_ = Descriptor();
  }

  // False when nobody waits to be accepted.
  bool AcceptOne() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Descriptor socket(
        ::accept4(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (socket.number() < 0) {
      // Out of descriptors or memory: connections have to end first. All other errors concern the
      // one connection that was to be accepted.
      const bool exhausted =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (exhausted) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return false;
    }
    std::string peer = AddressOf(address, size);
    if (waiting_ >= options_.max_waiting) {
      Connection connection = Connect(std::move(socket), std::move(peer));
      Send(connection, responder_.Refuse({}, {.status = 503,
                                              .code = "OVERLOADED",
                                              .detail = "the shop is busy; try again",
                                              .headers = {{"Retry-After", "1"}}}));
      return true;
    }
    ++waiting_;
    // std::function copies what it holds, so a shared pointer holds the socket.
    threads_.enqueue(
        [this, owned = std::make_shared<Descriptor>(std::move(socket)), peer = std::move(peer)] {
          --waiting_;
          Connection connection = Connect(std::move(*owned), peer);
          Serve(connection);
        });
    return true;
  }

  [[nodiscard]] Connection Connect(Descriptor socket, std::string peer) {
    return Connection(std::move(socket), std::move(peer), stop_event_.number(), options_,
                      [this] { return waiting_ > 0; });
  }

  void Serve(Connection& connection) {
    constexpr std::chrono::milliseconds kLongLinger{1'000};
    constexpr std::chrono::milliseconds kShortLinger{100};
    while (connection.WaitForRequest()) {
      const bool leaves = connection.stopping() || connection.gives_way();
      // There may be more on the connection, and it is not clear what it is. So it is until the
      // parser has accepted the head.
      bool unread = true;
      bool closes = true;
      connection.BeginHead();
      try {
        const bool goes_on = parser_.Process(connection, leaves, [&](httplib::Request& request) {
          connection.BeginBody();
          request.headers = connection.headers();
          unread = CheckFraming(request, options_.max_body_bytes) || IsChunked(request);
          closes = leaves || unread || AsksToClose(request);
          request.ranges.clear();                    // No answer is served in parts,
          request.headers.erase("Accept-Encoding");  // or compressed.
          if (closes) {
            request.headers.erase("Connection");  // The parser knows one spelling only.
            request.set_header("Connection", "close");
          }
        });
        unread = unread || connection.failed();
        if (connection.Flush() && goes_on && !closes && !unread) continue;
      } catch (const Problem& problem) {
        Send(connection, responder_.Refuse({}, problem));
        unread = true;
      } catch (const std::exception&) {  // Out of memory: better one connection than all.
        return;
      }
      connection.Linger(unread && !connection.gives_way() ? kLongLinger : kShortLinger);
      return;
    }
  }

  static void Send(Connection& connection, const Response& response) {
    const std::string text = Serialize(response);
    connection.write(text.data(), text.size());
    connection.Flush();
  }

  const ServerOptions options_;
  Responder& responder_;
  Parser parser_;
  Descriptor listener_;
  const int port_;
  const Descriptor stop_event_;
  std::atomic<std::size_t> waiting_ = 0;  // Accepted connections that no thread has taken yet.
  httplib::ThreadPool threads_;
  std::thread acceptor_;
};

seam::Result<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options,
                                                     Responder& responder) {
  auto listener = OpenListeningSocket(options);
  if (!listener) return seam::Forward(std::move(listener).error());
  return std::unique_ptr<Server>(
      new Server(std::make_unique<Engine>(options, responder, *std::move(listener))));
}

Server::Server(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Server::~Server() { Stop(); }

int Server::port() const noexcept { return engine_->port(); }

void Server::Stop() { engine_->Stop(); }

}  // namespace shop::http
