#ifndef HTTP_RESPONDER_H_
#define HTTP_RESPONDER_H_

#include <string_view>

#include "http/message.h"
#include "http/problem.h"

namespace shop::http {

// What the server hands its requests to. Thread-safe. Throws nothing.
class Responder {
 public:
  Responder() = default;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  virtual ~Responder() = default;

  [[nodiscard]] virtual Response Answer(const Request& request) = 0;

  // Answers what is no whole request. `partial` has what could be read of it, or nothing.
  [[nodiscard]] virtual Response Refuse(const Request& partial, const Problem& problem) = 0;

  // Whether requests for `path` are answered however busy the server is: those that tell how it is.
  [[nodiscard]] virtual bool IsVital(std::string_view /*path*/) const { return false; }
};

}  // namespace shop::http

#endif  // HTTP_RESPONDER_H_
