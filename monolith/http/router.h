#ifndef HTTP_ROUTER_H_
#define HTTP_ROUTER_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message.h"
#include "http/problem.h"
#include "seam/core/context.h"
#include "seam/identity/principal.h"

namespace shop::http {

// A request that has found its route.
struct Call {
  const Request& request;
  const seam::Context& context;      // With the caller's bearer token, if there is one.
  const seam::Principal& principal;  // Who calls; nobody on a route for everyone.
  std::map<std::string, std::string, std::less<>> path_values{};  // {"id", "…"}, decoded.
};

using Answer = std::variant<Response, Problem>;

enum class Access {
  kEveryone,
  kCustomer,  // Needs a token of the shop.
  kAdmin,     // Needs one with the role "admin".
};

// What the shop does for one method on one pattern of paths.
struct Route {
  std::string method{};  // A GET route answers HEAD as well.
  std::string
      pattern{};  // "/products/{id}": a segment is matched exactly, or any but an empty one.
  Access access = Access::kEveryone;
  bool takes_json = false;    // The request has a body, which must be application/json.
  bool confidential = false;  // No cache keeps its answers; so for all but kEveryone anyway.
  // Whoever asks again loses nothing by what the first time may have changed, as with a GET.
  bool repeatable = false;
  bool vital = false;                // Answered however busy the shop is; its path has no values.
  std::vector<std::string> query{};  // The parameters it knows; each may be given once.
  std::function<Answer(const Call&)> answer{};
};

// Finds the route of a request: paths are cut at their slashes and compared segment by segment.
// Immutable, so thread-safe.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // Null when the path has no route with that method.
    std::map<std::string, std::string, std::less<>> path_values{};
    std::string allowed_methods{};  // "GET, HEAD, POST"; empty when no route has the path.
  };

  // Valid as long as this router.
  [[nodiscard]] Match Find(std::string_view method, std::string_view path) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace shop::http

#endif  // HTTP_ROUTER_H_
