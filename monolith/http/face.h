#ifndef HTTP_FACE_H_
#define HTTP_FACE_H_

#include <string>
#include <string_view>
#include <vector>

#include "http/admin_token.h"
#include "http/responder.h"
#include "http/router.h"
#include "seam/core/trace.h"
#include "seam/observe/log.h"

namespace shop::http {

// The shop's HTTP face: routes, and what holds for all of them. For each request it
//  - continues the caller's trace (https://www.w3.org/TR/trace-context) or begins one, gives it to
//    the route in its context, and answers with a `traceparent` header;
//  - refuses unknown paths (404), methods (405 with Allow), callers of an admin route without the
//    token (401), bodies that are no application/json (415) and query parameters the route does not
//    know (400);
//  - turns problems, and exceptions, into application/problem+json;
//  - writes one log line: method, route, status, duration and trace id, and the cause of a 5xx.
//    Never the path's values, the query, headers or the body, for they may hold secrets.
// Thread-safe when the routes are.
class Face final : public Responder {
 public:
  // `log` must outlive this, and so must what the routes use.
  Face(std::vector<Route> routes, std::string_view admin_token, seam::Log& log);

  [[nodiscard]] Response Answer(const Request& request) override;
  [[nodiscard]] Response Refuse(const Request& partial, const Problem& problem) override;

 private:
  struct Exchange;
  [[nodiscard]] http::Answer Decide(const Request& request, Exchange& exchange) const;
  [[nodiscard]] Response Finish(const Request& request, const Exchange& exchange,
                                http::Answer answer);

  const Router router_;
  const AdminToken admin_token_;
  seam::Log& log_;
};

}  // namespace shop::http

#endif  // HTTP_FACE_H_
