#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "auth/module.h"
#include "expect.h"
#include "http/arrival.h"
#include "http/auth_routes.h"
#include "http/face.h"
#include "http/orders_routes.h"
#include "http/parser.h"
#include "http/products_routes.h"
#include "http/users_routes.h"
#include "orders/module.h"
#include "products/module.h"
#include "seam/testing/test_tokens.h"
#include "shop/auth/v1/auth_in_process.h"
#include "shop/orders/v1/orders_in_process.h"
#include "shop/products/v1/products_in_process.h"
#include "shop/users/v1/users_in_process.h"
#include "users/module.h"

namespace shop::fuzz {
namespace {

using http::Arrived;
using http::Request;
using http::Response;
using nlohmann::json;

constexpr char kProduct[] = "01900000-0000-7000-8000-000000000001";
constexpr char kAccount[] = "01900000-0000-7000-8000-0000000000aa";

// What the shop does, and what it refuses, is said in JSON; and it does all that it is asked for.
void ExpectGood(int status, const std::string& content_type, const std::string& body) {
  const std::string all = std::to_string(status) + " " + body;
  const bool problem = content_type == "application/problem+json";
  Expect(problem == (status >= 400), "problem details are for refusals: " + all);
  if (content_type.find("json") == std::string::npos)
    return Expect(body.empty(), "no type: " + all);
  const json parsed = json::parse(body, nullptr, false);
  Expect(parsed.is_object(), "no JSON: " + all);
  Expect(!problem || parsed.value("status", 0) == status, "two statuses: " + all);
  // Of what the shop itself can be blamed for, transfer codings are all that may be missing.
  const bool unknown = status == 501 && parsed.value("code", "") == "UNKNOWN_TRANSFER_ENCODING";
  Expect((status >= 200 && status < 300) || (status >= 400 && status < 500) || unknown, all);
}

auth::AuthOptions CheapAuth() {
  auth::AuthOptions options;
  options.database.sqlite_file = ":memory:";
  options.durable = false;
  options.hash_cost = {.memory_bytes = 8192, .passes = 1};
  for (int* limit : {&options.failures_per_account, &options.failures_per_email,
                     &options.failures_per_address, &options.registrations_per_address}) {
    *limit = 1'000'000'000;
  }
  return options;
}

// The face over the modules, with one product, and one account whose email and password are those
// of the corpus.
class Shop final : public http::Responder {
 public:
  Shop() {
    auth::v1::RegisterRequest account;
    account.account_id = kAccount;
    account.email = "a@shop.example";
    account.password = "A long one";
    account.name = "A";
    Expect(auth_.Register({}, account).has_value(), "no account can be made");
  }

  [[nodiscard]] const std::string& admin() const { return admin_; }
  [[nodiscard]] const std::string& customer() const { return customer_; }

  // The product as it was at first but for its version, which is returned.
  std::int64_t Restock() {
    constexpr std::int64_t kEnough = 1'000'000'000;
    products::v1::GetProductRequest get;
    get.id = kProduct;
    products::v1::CreateProductRequest create;
    create.id = kProduct;
    create.name = "Lamp";
    create.price.emplace().amount_minor = 1999;
    create.price->currency = "EUR";
    create.stock = kEnough;
    const auto present = products_.GetProduct({}, get);
    if (!present) {
      const auto made = products_.CreateProduct(admin_context_, create);
      Expect(made.has_value(), "the product cannot be made");
      return made->product->version;
    }
    if (present->product->stock > kEnough / 2 && present->product->name == create.name) {
      return present->product->version;
    }
    products::v1::UpdateProductRequest update;
    update.id = kProduct;
    update.name = create.name;
    update.price = create.price;
    update.stock = kEnough;
    update.expected_version = present->product->version;
    const auto made = products_.UpdateProduct(admin_context_, update);
    Expect(made.has_value(), "the product cannot be set right");
    return made->product->version;
  }

  // Of the account.
  std::int64_t UserVersion() {
    users::v1::GetUserRequest get;
    get.id = kAccount;
    return users_.GetUser(admin_context_, get).value().user->version;
  }

  [[nodiscard]] std::vector<http::Route> Routes() {
    std::vector<http::Route> all;
    for (const std::vector<http::Route>& some :
         {http::AuthRoutes(auth_, verifier_), http::UsersRoutes(users_),
          http::ProductsRoutes(products_), http::OrdersRoutes(orders_)}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  [[nodiscard]] Response Answer(const Request& request) override {
    Response response = face_.Answer(request);
    if (!IsTwin()) return response;
    for (const auto& [name, value] : request.query) {
      if (name != "page_size") response.status = 500;
    }
    if (response.status == 400 && response.body.find("quantity") != std::string::npos) {
      response.body += "}";
    }
    return response;
  }
  [[nodiscard]] Response Refuse(const Request& partial, const http::Problem& problem) override {
    return face_.Refuse(partial, problem);
  }

 private:
  const seam::testing::TestTokens tokens_;
  seam::Log log_{{.service = "", .sink = [](std::string_view) {}}};
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const seam::sql::DatabaseOptions memory_{.sqlite_file = ":memory:"};
  const std::unique_ptr<users::v1::UsersHandler> users_handler_ =
      users::OpenUsers({.database = memory_, .durable = false}, verifier_).value();
  users::v1::UsersInProcessClient users_{*users_handler_};
  const std::unique_ptr<auth::AuthModule> auth_module_ =
      auth::OpenAuth(CheapAuth(), users_).value();
  const std::unique_ptr<auth::v1::AuthHandler> auth_handler_ = auth_module_->NewAuthHandler();
  auth::v1::AuthInProcessClient auth_{*auth_handler_};
  const std::unique_ptr<products::v1::ProductsHandler> products_handler_ =
      products::OpenProducts({.database = memory_, .durable = false}, verifier_).value();
  products::v1::ProductsInProcessClient products_{*products_handler_};
  const std::unique_ptr<orders::v1::OrdersHandler> orders_handler_ =
      orders::OpenOrders({.database = memory_,
                          .durable = false,
                          .recovery_interval = std::chrono::milliseconds(0)},
                         products_, verifier_, log_)
          .value();
  orders::v1::OrdersInProcessClient orders_{*orders_handler_};
  http::Face face_{Routes(), verifier_, log_};
  const seam::Context admin_context_ = tokens_.As(kAccount, {"customer", "admin"});
  const std::string admin_{*seam::FindBearerToken(admin_context_)};
  const std::string customer_{*seam::FindBearerToken(tokens_.As(kAccount))};
};

Shop& TheShop() {
  static Shop shop;
  return shop;
}

// Looks at the one answer that `text` has to be. The answer to a HEAD has no body.
void ReadAnswer(const std::string& text, bool to_head) {
  Expect(text.compare(0, 9, "HTTP/1.1 ") == 0, "no status line: " + text);
  const std::size_t end = text.find("\r\n\r\n");
  Expect(end != std::string::npos, "the head does not end");
  const int status = std::atoi(text.c_str() + 9);
  std::string length;
  std::string type;
  for (std::size_t at = text.find("\r\n") + 2; at < end + 2;) {
    const std::size_t stop = text.find("\r\n", at);
    const std::string line = text.substr(at, stop - at);
    Expect(line.find(": ") != std::string::npos, "no header: " + line);
    Expect(line.find_first_of("\r\n") == std::string::npos && line.find('\0') == std::string::npos,
           "a header of two lines: " + line);
    if (line.compare(0, 16, "Content-Length: ") == 0) {
      Expect(length.empty(), "two lengths");
      length = line.substr(16);
    }
    if (line.compare(0, 14, "Content-Type: ") == 0) type = line.substr(14);
    at = stop + 2;
  }
  const std::string body = text.substr(end + 4);
  Expect(status == 204 ? length.empty() : !length.empty(), "a length is missing or too many");
  if (to_head) return Expect(body.empty(), "an answer to a HEAD has a body");
  Expect(body.size() == static_cast<std::size_t>(std::atoi(length.c_str())),
         "the body has " + std::to_string(body.size()) + " bytes, not " + length);
  ExpectGood(status, type, body);
}

// What comes over one connection in pieces of a size, until `answer` closes it.
void Deliver(std::string_view bytes, std::size_t piece,
             const std::function<bool(const Arrived&)>& answer) {
  http::Arrival arrival({.head_bytes = 2048, .body_bytes = 512});
  while (!bytes.empty()) {
    std::string_view come = bytes.substr(0, piece);
    bytes.remove_prefix(come.size());
    while (!come.empty()) {
      const std::size_t taken = arrival.Take(come);
      Expect(arrival.whole() || taken == come.size(), "bytes are left over");
      Expect(taken > 0, "nothing is taken");
      come.remove_prefix(taken);
      if (arrival.whole() && !answer(arrival.Release())) return;
    }
  }
  if (!arrival.begun()) return;
  arrival.EndNow();
  Expect(!answer(arrival.Release()), "half a request leaves the connection open");
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

}  // namespace

void TryHttp(std::string_view input) {
  Shop& shop = TheShop();
  static const http::ServerOptions options;
  static const http::Parser parser(shop, options);
  if (input.empty()) return;
  shop.Restock();
  const std::size_t piece = 1 + static_cast<unsigned char>(input[0]) % 64;
  std::string bytes(input.substr(1));
  ReplaceAll(bytes, "$ADMIN", shop.admin());
  ReplaceAll(bytes, "$CUSTOMER", shop.customer());

  struct Seen {
    std::string bytes;
    std::string code;
    bool ends_clearly = false;
    bool stays = false;
  };
  std::vector<Seen> seen;
  Deliver(bytes, bytes.size() + 1, [&](const Arrived& arrived) {
    const http::Outcome outcome = parser.Answer(arrived, "192.0.2.7", false);
    ReadAnswer(outcome.bytes, arrived.head.method() == "HEAD");
    Expect(!arrived.problem || outcome.closes, "after a refused request the connection stays open");
    seen.push_back({arrived.bytes, arrived.problem ? arrived.problem->code : "",
                    arrived.ends_clearly, !outcome.closes});
    return !outcome.closes;
  });
  std::size_t i = 0;
  Deliver(bytes, piece, [&](const Arrived& arrived) {
    Expect(i < seen.size() && seen[i].bytes == arrived.bytes &&
               seen[i].code == (arrived.problem ? arrived.problem->code : "") &&
               seen[i].ends_clearly == arrived.ends_clearly,
           "the pieces make a difference");
    return seen[i++].stays;
  });
  Expect(i == seen.size(), "the pieces make a difference");
}

void TryJson(std::string_view input) {
  Shop& shop = TheShop();
  static const std::vector<http::Route> routes = [&shop] {
    std::vector<http::Route> all = shop.Routes();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const http::Route& route) { return !route.takes_json; }),
              all.end());
    return all;
  }();
  if (input.empty()) return;
  const http::Route& route = routes[static_cast<unsigned char>(input[0]) % routes.size()];
  const std::int64_t product = shop.Restock();
  const std::int64_t version = route.pattern == "/users/me" ? shop.UserVersion() : product;
  Request request;
  request.method = route.method;
  request.path = route.pattern;
  ReplaceAll(request.path, "{id}", kProduct);
  request.body = input.substr(1);
  request.headers = {
      {"Authorization", "Bearer " + shop.admin()},
      {"Content-Type", "application/json"},
      {"Idempotency-Key", "of-" + std::to_string(std::hash<std::string>()(request.body))},
      {"If-Match", "\"" + std::to_string(version) + "\""}};
  const Response response = shop.Answer(request);
  Expect(response.status != 501, route.pattern + " is not there");
  ExpectGood(response.status, response.content_type, response.body);
}

}  // namespace shop::fuzz
