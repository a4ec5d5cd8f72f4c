// Three libFuzzer targets (https://llvm.org/docs/LibFuzzer.html); SEAM_FUZZ_TARGET says which.
//
//   http    The bytes that a client sends over one connection. The first byte says in how large
//           pieces they come. Each request has one well-formed answer, whatever the pieces are, and
//           what is refused is the client's fault, or not implemented.
//   json    The body of a request of an admin; the first byte says of which route.
//   config  A configuration file. It gives a configuration, or errors that say where.
//
// The modules behind the routes implement nothing, so that a good request is answered 501. With
// SEAM_FUZZ_TWIN=1 there is a bug in what is tried, to show that the fuzzer finds one.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/arrival.h"
#include "http/auth_routes.h"
#include "http/face.h"
#include "http/orders_routes.h"
#include "http/parser.h"
#include "http/products_routes.h"
#include "http/users_routes.h"
#include "seam/config/config.h"
#include "seam/testing/test_tokens.h"
#include "shop/auth/v1/auth_in_process.h"
#include "shop/orders/v1/orders_in_process.h"
#include "shop/products/v1/products_in_process.h"
#include "shop/users/v1/users_in_process.h"

namespace shop::http {
namespace {

bool IsTwin() { return std::getenv("SEAM_FUZZ_TWIN") != nullptr; }

[[noreturn]] void Found(const std::string& what) {
  std::cerr << "FOUND: " << what << "\n";
  std::abort();
}

void Expect(bool holds, const std::string& what) {
  if (!holds) Found(what);
}

// A good request is answered 501, since the modules implement nothing.
bool IsExpected(int status) {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500) || status == 501;
}

// The face over modules that implement nothing.
class Shop final : public Responder {
 public:
  Shop()
      : log_({.service = "", .sink = [](std::string_view) {}}),
        verifier_(tokens_.Source(), {}),
        face_(Routes(), verifier_, log_),
        admin_("Bearer " + std::string(*seam::FindBearerToken(tokens_.As(
                               "01900000-0000-7000-8000-0000000000aa", {"customer", "admin"})))) {}

  [[nodiscard]] const std::string& admin() const { return admin_; }

  [[nodiscard]] std::vector<Route> Routes() {
    std::vector<Route> all;
    for (std::vector<Route>& some : std::array{AuthRoutes(auth_, verifier_), UsersRoutes(users_),
                                               ProductsRoutes(products_), OrdersRoutes(orders_)}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  [[nodiscard]] Response Answer(const Request& request) override {
    Response response = face_.Answer(request);
    if (IsTwin() && !request.query.empty()) response.status = 500;
    if (IsTwin() && request.body.rfind("{}", 0) == 0) response.body += "}";
    return response;
  }
  [[nodiscard]] Response Refuse(const Request& partial, const Problem& problem) override {
    Expect(problem.status < 500 || problem.status == 501, "refused with " + problem.code);
    return face_.Refuse(partial, problem);
  }

 private:
  auth::v1::AuthHandler no_auth_;
  users::v1::UsersHandler no_users_;
  products::v1::ProductsHandler no_products_;
  orders::v1::OrdersHandler no_orders_;
  auth::v1::AuthInProcessClient auth_{no_auth_};
  users::v1::UsersInProcessClient users_{no_users_};
  products::v1::ProductsInProcessClient products_{no_products_};
  orders::v1::OrdersInProcessClient orders_{no_orders_};
  const seam::testing::TestTokens tokens_;
  seam::Log log_;
  const seam::TokenVerifier verifier_;
  Face face_;
  const std::string admin_;
};

// The status of the one answer that `text` has to be. The answer to a HEAD has no body.
int StatusOf(std::string_view text, bool to_head) {
  Expect(text.substr(0, 9) == "HTTP/1.1 ", "no status line: " + std::string(text));
  const int status = std::atoi(std::string(text.substr(9, 3)).c_str());
  Expect(IsExpected(status), "status " + std::to_string(status));
  const std::size_t end = text.find("\r\n\r\n");
  Expect(end != std::string_view::npos, "the head does not end");
  std::size_t length = 0;
  for (std::size_t at = text.find("\r\n") + 2; at < end + 2;) {
    const std::size_t stop = text.find("\r\n", at);
    const std::string_view line = text.substr(at, stop - at);
    Expect(line.find(": ") != std::string_view::npos, "no header: " + std::string(line));
    if (line.substr(0, 16) == "Content-Length: ") {
      length = std::strtoul(std::string(line.substr(16)).c_str(), nullptr, 10);
    }
    at = stop + 2;
  }
  const std::size_t body = text.size() - end - 4;
  Expect(body == (to_head ? 0 : length),
         "the body has " + std::to_string(body) + " bytes, not " + std::to_string(length));
  return status;
}

// The statuses of the answers to what comes over one connection in pieces of a size.
std::vector<int> Deliver(const Parser& parser, std::string_view bytes, std::size_t piece) {
  std::vector<int> statuses;
  Arrival arrival({.head_bytes = 1024, .body_bytes = 512});
  const auto answer = [&] {
    const Arrived arrived = arrival.Release();
    const Outcome outcome = parser.Answer(arrived, "192.0.2.7", false);
    statuses.push_back(StatusOf(outcome.bytes, arrived.head.method() == "HEAD"));
    Expect(!arrived.problem || statuses.back() >= 400, "a refused request is answered");
    return !outcome.closes;
  };
  while (!bytes.empty()) {
    std::string_view come = bytes.substr(0, piece);
    bytes.remove_prefix(come.size());
    while (!come.empty()) {
      const std::size_t taken = arrival.Take(come);
      Expect(arrival.whole() || taken == come.size(), "bytes are left over");
      Expect(taken > 0, "nothing is taken");
      come.remove_prefix(taken);
      if (arrival.whole() && !answer()) return statuses;
    }
  }
  if (arrival.begun()) {
    arrival.EndNow();
    Expect(!answer(), "half a request leaves the connection open");
  }
  return statuses;
}

void TryHttp(std::string_view input) {
  static Shop shop;
  static const ServerOptions options;
  static const Parser parser(shop, options);
  if (input.empty()) return;
  const std::size_t piece = 1 + static_cast<unsigned char>(input[0]) % 64;
  const std::string_view bytes = input.substr(1);
  Expect(Deliver(parser, bytes, bytes.size() + 1) == Deliver(parser, bytes, piece),
         "the pieces make a difference");
}

void TryJson(std::string_view input) {
  static Shop shop;
  static const std::vector<Route> routes = [] {
    std::vector<Route> all = shop.Routes();
    all.erase(std::remove_if(all.begin(), all.end(), [](const Route& r) { return !r.takes_json; }),
              all.end());
    return all;
  }();
  if (input.empty()) return;
  const Route& route = routes[static_cast<unsigned char>(input[0]) % routes.size()];
  Request request;
  request.method = route.method;
  request.path = route.pattern;
  if (const std::size_t value = request.path.find('{'); value != std::string::npos) {
    request.path.replace(value, request.path.find('}') - value + 1,
                         "01900000-0000-7000-8000-000000000001");
  }
  request.headers = {{"Authorization", shop.admin()},
                     {"Content-Type", "application/json"},
                     {"Idempotency-Key", "one"},
                     {"If-Match", "\"1\""}};
  request.body = input.substr(1);
  const Response response = shop.Answer(request);
  Expect(IsExpected(response.status), route.pattern + ": " + response.body);
  Expect(response.body.empty() || nlohmann::json::accept(response.body),
         route.pattern + " is answered with no JSON: " + response.body);
}

void TryConfig(std::string_view input) {
  using namespace seam::config;  // NOLINT(google-build-using-namespace): a table is a lot of it.
  static const OptionTable table(
      {.name = "fuzzed", .version = "1", .summary = "Is fuzzed.", .environment_prefix = "FUZZED"},
      {{.path = "http.address", .type = Text{"127.0.0.1"}, .description = "Text."},
       {.path = "http.port",
        .type = Integer{.value = 80, .minimum = 0, .maximum = 65535},
        .description = "A number."},
       {.path = "data.samples", .type = Boolean{false}, .description = "A boolean."},
       {.path = "log.level",
        .type = Word{.value = "info", .words = {"info", "debug"}},
        .description = "A word."},
       {.path = "a.b.c_d", .type = Text{}, .description = "Deeper."},
       {.path = "a.secret_file", .type = SecretFile{}, .description = "A secret."}},
      {{.path = "http.port", .complaint = [](const Configuration& configuration) {
          const std::string& address = configuration.GetText("http.address");
          if (IsTwin() && address != "127.0.0.1") Found("another address");
          return std::string(configuration.GetText("a.b.c_d") == "x" ? "x is refused" : "");
        }}});
  static const std::string file = "/tmp/fuzzed-config-" + std::to_string(::getpid()) + ".json";
  std::ofstream(file, std::ios::binary) << input;
  const std::array<const char*, 3> arguments{"fuzzed", "--config", file.c_str()};
  const LoadResult loaded = Load(table, arguments.size(), arguments.data(), {});
  ::unlink(file.c_str());
  const Exit* exit = std::get_if<Exit>(&loaded);
  if (exit == nullptr) {
    const auto& configuration = std::get<Configuration>(loaded);
    const std::int64_t port = configuration.GetInteger("http.port");
    Expect(port >= 0 && port <= 65535, "a port out of range");
    return;
  }
  Expect(exit->code == 2 && exit->output.empty(), "code " + std::to_string(exit->code));
  Expect(exit->error.find(file) != std::string::npos, "it is not told where: " + exit->error);
}

}  // namespace
}  // namespace shop::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string target = [] {
    const char* const name = std::getenv("SEAM_FUZZ_TARGET");
    return std::string(name == nullptr ? "" : name);
  }();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (target == "http") {
    shop::http::TryHttp(input);
  } else if (target == "json") {
    shop::http::TryJson(input);
  } else if (target == "config") {
    shop::http::TryConfig(input);
  } else {
    shop::http::Found("SEAM_FUZZ_TARGET is to be http, json or config");
  }
  return 0;
}
