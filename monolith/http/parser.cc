#include "http/parser.h"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace shop::http {
namespace {

bool AsksToClose(const Head& head) {
  const auto [begin, end] = head.headers().equal_range("Connection");
  return std::any_of(begin, end, [](const auto& header) {
    std::string value = header.second;
    std::transform(value.begin(), value.end(), value.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return value.find("close") != std::string::npos;
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

// Of a request that the parser is not going to see; nothing of one whose head is not whole.
Request ToRequest(const Head& head, const std::string& peer, const TrustedProxies& proxies) {
  Request request;
  if (!head.whole()) return request;
  request.method = head.method();
  request.path = PathOf(head.target());
  for (const auto& [name, value] : head.headers()) request.headers.emplace(name, value);
  request.client_address = proxies.ClientAddress(peer, request.headers);
  return request;
}

void Write(const Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.content_type.empty()) to.set_content(from.body, from.content_type);
}

// An answer to a client whose request the parser has not seen.
std::string Serialize(const Response& response, bool closes, bool to_head) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += StatusPhrase(response.status);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append("\r\n").append(name).append(": ").append(value);
  };
  if (closes) add("Connection", "close");
  add("Content-Type", response.content_type);
  add("Content-Length", std::to_string(response.body.size()));
  for (const auto& [name, value] : response.headers) add(name, value);
  text.append("\r\n\r\n");
  return to_head ? text : text.append(response.body);
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

// The bytes of one request, and a place for those of its answer.
class Exchange final : public httplib::Stream {
 public:
  Exchange(std::string_view request, const std::string& peer) : unread_(request), peer_(peer) {}

  [[nodiscard]] std::string_view unread() const noexcept { return unread_; }
  [[nodiscard]] std::string& answer() noexcept { return answer_; }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t taken = std::min(size, unread_.size());
    std::memcpy(to, unread_.data(), taken);
    unread_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, std::size_t size) override {
    answer_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  // Nobody wants to know the port.
  void get_remote_ip_and_port(std::string& ip, int&) const override { ip = peer_; }
  void get_local_ip_and_port(std::string&, int&) const override {}
  // Asked for only to refuse what select(2) cannot take, 1024 and above. Nothing here selects.
  [[nodiscard]] socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view unread_;
  const std::string& peer_;
  std::string answer_;
};

}  // namespace

class Parser::HttplibServer final : public httplib::Server {
 public:
  HttplibServer(Responder& responder, const ServerOptions& options) {
    const auto to_request = [&options](const httplib::Request& from) {
      return ToRequest(from, options.trusted_proxies);
    };
    set_keep_alive_timeout(std::chrono::floor<std::chrono::seconds>(options.idle_timeout).count());
    set_keep_alive_max_count(1'000'000);  // What it tells clients; the server's options decide.
    set_pre_routing_handler(
        [&responder, to_request](const httplib::Request& from, httplib::Response& to) {
          if (HasBody(from.method, from.headers)) return HandlerResponse::Unhandled;
          Write(responder.Answer(to_request(from)), to);
          // Where nothing stands, the parser would promise ranges.
          if (from.method == "HEAD") to.set_header("Accept-Ranges", "none");
          return HandlerResponse::Handled;
        });
    const HandlerWithContentReader with_body =
        [&responder, to_request](const httplib::Request& from, httplib::Response& to,
                                 const httplib::ContentReader& read_body) {
          Request request = to_request(from);
          const bool whole = read_body([&request](const char* data, std::size_t size) {
            request.body.append(data, size);
            return true;
          });
          Write(whole ? responder.Answer(request) : responder.Refuse(request, RefusalByParser(400)),
                to);
        };
    const std::string any_path = R"([\s\S]*)";
    Post(any_path, with_body);
    Put(any_path, with_body);
    Patch(any_path, with_body);
    Delete(any_path, with_body);
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
  // been read, and may change it.
  bool Process(httplib::Stream& stream, bool close_after,
               const std::function<void(httplib::Request&)>& at_body) {
    bool closed = false;
    return process_request(stream, close_after, closed, at_body) && !closed;
  }
};

Parser::Parser(Responder& responder, const ServerOptions& options)
    : responder_(responder),
      options_(options),
      server_(std::make_unique<HttplibServer>(responder, options)) {}

Parser::~Parser() = default;

Outcome Parser::Answer(const Arrived& arrived, const std::string& peer, bool leaves) const {
  if (arrived.problem) return Refuse(arrived, peer, leaves, *arrived.problem);
  const bool closes = leaves || !arrived.ends_clearly || AsksToClose(arrived.head);
  bool understood = false;
  Exchange exchange(arrived.bytes, peer);
  try {
    const bool goes_on = server_->Process(exchange, closes, [&](httplib::Request& request) {
      understood = true;
      request.headers = arrived.head.headers();
      request.ranges.clear();                    // No answer is served in parts,
      request.headers.erase("Accept-Encoding");  // or compressed.
      request.headers.erase("Expect");           // The body is here.
      if (closes) {
        request.headers.erase("Connection");  // The parser knows one spelling only.
        request.set_header("Connection", "close");
      }
    });
    const bool stays = goes_on && understood && !closes && exchange.unread().empty();
    return {std::move(exchange.answer()), !stays};
  } catch (const std::exception&) {  // Out of memory: better one connection than all.
    return {};
  }
}

Outcome Parser::Refuse(const Arrived& arrived, const std::string& peer, bool leaves,
                       const Problem& problem) const {
  const bool closes = leaves || !arrived.ends_clearly || AsksToClose(arrived.head);
  const Response response =
      responder_.Refuse(ToRequest(arrived.head, peer, options_.trusted_proxies), problem);
  return {Serialize(response, closes, arrived.head.method() == "HEAD"), closes};
}

}  // namespace shop::http
