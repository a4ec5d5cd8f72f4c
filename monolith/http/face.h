#ifndef HTTP_FACE_H_
#define HTTP_FACE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/responder.h"
#include "http/router.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/core/trace.h"
#include "seam/identity/principal.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"

namespace shop::http {

// The shop's HTTP face: routes, and what holds for all of them. For each request it
//  - continues the caller's trace (https://www.w3.org/TR/trace-context) or begins one, gives it to
//    the route in its context, and answers with a `traceparent` header;
//  - puts the bearer token of the Authorization header into that context, for the modules, which
//    verify it for themselves; a header sent twice is no token;
//  - refuses unknown paths (404) and methods (405 with Allow); on a route for customers or admins
//    callers whose token is missing or not good (401) or of no admin (403), before anything of the
//    request is looked at; bodies that are no application/json (415) and query parameters the route
//    does not know (400);
//  - forbids caches to keep what is for the caller alone;
//  - turns problems, and exceptions, into application/problem+json;
//  - writes one log line: method, route, status, duration and trace id, and the cause of a 5xx.
//    Never the path's values, the query, headers or the body, for they may hold secrets.
// Thread-safe when the routes are.
class Face final : public Responder {
 public:
  // `verifier` and `log` must outlive this, and so must what the routes use.
  Face(std::vector<Route> routes, const seam::TokenVerifier& verifier, seam::Log& log);

  [[nodiscard]] Response Answer(const Request& request) override;
  [[nodiscard]] Response Refuse(const Request& partial, const Problem& problem) override;
  [[nodiscard]] bool IsVital(std::string_view path) const override;

  // How many requests Answer was given.
  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }

 private:
  struct Exchange;
  [[nodiscard]] seam::Result<seam::Principal> CallerOf(const Route& route,
                                                       const seam::Context& context) const;
  [[nodiscard]] http::Answer Decide(const Request& request, Exchange& exchange) const;
  [[nodiscard]] Response Finish(const Request& request, const Exchange& exchange,
                                http::Answer answer);

  const std::vector<std::string> vital_paths_;
  const Router router_;
  const seam::TokenVerifier& verifier_;
  seam::Log& log_;
  std::atomic<std::uint64_t> answered_{0};
};

}  // namespace shop::http

#endif  // HTTP_FACE_H_
