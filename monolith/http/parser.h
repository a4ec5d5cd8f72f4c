#ifndef HTTP_PARSER_H_
#define HTTP_PARSER_H_

#include <memory>
#include <string>

#include "http/arrival.h"
#include "http/responder.h"
#include "http/server.h"

namespace shop::http {

// What a client is sent for one request.
struct Outcome {
  std::string bytes{};  // Nothing when there is no memory for an answer.
  bool closes = true;   // No more requests are taken on the connection.
};

// Has the responder answer requests that have arrived, on cpp-httplib's server without its sockets.
// Thread-safe.
class Parser {
 public:
  // Both must outlive this.
  Parser(Responder& responder, const ServerOptions& options);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser();

  // One answer, or a refusal. `peer` is the address of the other side, without a port. With
  // `leaves` the connection closes after it, and the answer says so.
  [[nodiscard]] Outcome Answer(const Arrived& arrived, const std::string& peer, bool leaves) const;

  // Refuses it, whatever it is, and without looking at it closer. The connection stays open if the
  // next request on it can be told.
  [[nodiscard]] Outcome Refuse(const Arrived& arrived, const std::string& peer, bool leaves,
                               const Problem& problem) const;

 private:
  class HttplibServer;

  Responder& responder_;
  const ServerOptions& options_;
  const std::unique_ptr<HttplibServer> server_;
};

}  // namespace shop::http

#endif  // HTTP_PARSER_H_
