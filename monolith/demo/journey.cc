#include "demo/journey.h"

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <thread>
#include <utility>

namespace shop::demo {
namespace {

using nlohmann::json;

// Two goods of the samples, and one that nobody has.
constexpr char kCup[] = "01900000-0000-7000-8000-000000000001";
constexpr char kTowel[] = "01900000-0000-7000-8000-00000000000b";
constexpr char kUnknown[] = "01900000-0000-7000-8000-0000000000ff";
constexpr char kPassword[] = "correct horse battery staple";

// How long a session that has ended may still be let in.
constexpr std::chrono::seconds kRevocationPatience{30};

struct Ask {
  std::string what{};
  std::string method = "GET";
  std::string path{};
  json body{};          // None when null.
  std::string token{};  // None when empty.
  std::string key{};    // The Idempotency-Key; none when empty.
};

std::string WithoutSecrets(json body) {
  for (const char* const name : {"password", "refresh_token"}) {
    if (body.contains(name)) body[name] = "…";
  }
  return body.dump();
}

class Walk {
 public:
  Walk(int port, std::string name, const std::function<void(const Exchange&)>& on_exchange)
      : client_("127.0.0.1", port), name_(std::move(name)), on_exchange_(on_exchange) {
    client_.set_tcp_nodelay(true);
    client_.set_read_timeout(std::chrono::seconds(30));
  }

  bool Run() {
    return BecomeCustomer() && ChangeProfile() && Browse() && AreRefusedOrders() && PlaceOrder() &&
           SeeOrders() && CancelOrder() && EndSession();
  }

 private:
  [[nodiscard]] json Credentials(const std::string& who, const std::string& password) const {
    return {{"email", who + "." + name_ + "@customers.example"}, {"password", password}};
  }

  bool BecomeCustomer() {
    json registration = Credentials("ada", kPassword);
    registration["name"] = "Ada";
    if (!Expect(
            {.what = "register", .method = "POST", .path = "/auth/register", .body = registration},
            201)) {
      return false;
    }
    registration["email"] = "ADA." + name_ + "@customers.example";
    return Expect({.what = "register once more with the email in another case",
                   .method = "POST",
                   .path = "/auth/register",
                   .body = registration},
                  409, "EMAIL_TAKEN") &&
           Expect({.what = "log in with a wrong password",
                   .method = "POST",
                   .path = "/auth/login",
                   .body = Credentials("ada", "wrong password")},
                  401, "WRONG_CREDENTIALS") &&
           Expect({.what = "log in as nobody",
                   .method = "POST",
                   .path = "/auth/login",
                   .body = Credentials("nobody", kPassword)},
                  401, "WRONG_CREDENTIALS") &&
           LogIn("ada", token_, refresh_token_);
  }

  bool LogIn(const std::string& who, std::string& token, std::string& refresh_token) {
    if (!Expect({.what = "log in",
                 .method = "POST",
                 .path = "/auth/login",
                 .body = Credentials(who, kPassword)},
                200)) {
      return false;
    }
    token = answer_.value("access_token", "");
    refresh_token = answer_.value("refresh_token", "");
    return true;
  }

  bool ChangeProfile() {
    if (!Expect({.what = "read the profile without a token", .path = "/users/me"}, 401,
                "TOKEN_MISSING") ||
        !Expect({.what = "read the profile", .path = "/users/me", .token = token_}, 200)) {
      return false;
    }
    json profile = {{"email", answer_.value("email", "")},
                    {"name", "Ada Lovelace"},
                    {"postal_address", "12 St James's Square\nLondon"},
                    {"version", answer_.value("version", 0)}};
    Ask change{.what = "change the profile",
               .method = "PUT",
               .path = "/users/me",
               .body = profile,
               .token = token_};
    if (!Expect(change, 200)) return false;
    change.what = "change it from what was read before";
    if (!Expect(change, 409, "STALE_VERSION")) return false;
    change.what = "become an admin by the profile";
    change.body["roles"] = {"admin"};
    return Expect(change, 400, "INVALID_INPUT");
  }

  bool Browse() {
    if (!Expect({.what = "browse", .path = "/products?page_size=3"}, 200) ||
        !Expect({.what = "look at a product", .path = std::string("/products/") + kCup}, 200)) {
      return false;
    }
    stock_ = answer_.value("stock", std::int64_t{0});
    return Expect({.what = "look at a product that does not exist",
                   .path = std::string("/products/") + kUnknown},
                  404, "PRODUCT_NOT_FOUND") &&
           Expect(
               {.what = "add a product as a customer",
                .method = "POST",
                .path = "/products",
                .body = {{"name", "Mine"}, {"price", {{"amount_minor", 1}, {"currency", "EUR"}}}},
                .token = token_},
               403, "ADMIN_ONLY");
  }

  [[nodiscard]] Ask Order(const std::string& what, const std::string& key,
                          const std::vector<std::pair<std::string, std::int64_t>>& lines) const {
    Ask ask{.what = what, .method = "POST", .path = "/orders", .token = token_, .key = key};
    ask.body["lines"] = json::array();
    for (const auto& [id, quantity] : lines) {
      ask.body["lines"].push_back({{"product_id", id}, {"quantity", quantity}});
    }
    return ask;
  }

  bool AreRefusedOrders() {
    return Expect(Order("order without a key", "", {{kCup, 1}}), 400, "INVALID_INPUT") &&
           Expect(Order("order nothing", "nothing-" + name_, {}), 400) &&
           Expect(Order("order what does not exist", "unknown-" + name_, {{kUnknown, 1}}), 404,
                  "PRODUCT_NOT_FOUND") &&
           Expect(Order("order more than there is", "much-" + name_, {{kCup, 1'000'000}}), 409,
                  "INSUFFICIENT_STOCK") &&
           Expect({.what = "order without a token",
                   .method = "POST",
                   .path = "/orders",
                   .body = {{"lines", json::array()}},
                   .key = "anonymous"},
                  401, "TOKEN_MISSING");
  }

  bool PlaceOrder() {
    const std::string key = "first-" + name_;
    if (!Expect(Order("order two things", key, {{kCup, 2}, {kTowel, 1}}), 201)) return false;
    order_ = answer_.value("id", "");
    if (answer_.value("state", "") != "PLACED") return Complain("the order is not PLACED");
    if (!Expect(Order("order them again with the same key", key, {{kCup, 2}, {kTowel, 1}}), 201)) {
      return false;
    }
    if (answer_.value("id", "") != order_) return Complain("it is another order");
    return Expect(Order("order other things with the same key", key, {{kCup, 3}}), 409,
                  "IDEMPOTENCY_KEY_REUSED") &&
           ExpectStock(stock_ - 2);
  }

  bool ExpectStock(std::int64_t stock) {
    if (!Expect({.what = "look at the stock", .path = std::string("/products/") + kCup}, 200)) {
      return false;
    }
    const auto found = answer_.value("stock", std::int64_t{-1});
    return found == stock ||
           Complain("the stock is " + std::to_string(found) + " and not " + std::to_string(stock));
  }

  bool SeeOrders() {
    if (!Expect({.what = "list the orders", .path = "/orders?page_size=5", .token = token_}, 200)) {
      return false;
    }
    if (answer_["orders"].empty() || answer_["orders"][0].value("id", "") != order_) {
      return Complain("the newest order is not the one just placed");
    }
    if (!Expect({.what = "read the order", .path = "/orders/" + order_, .token = token_}, 200)) {
      return false;
    }
    json registration = Credentials("eve", kPassword);
    registration["name"] = "Eve";
    std::string eve;
    std::string unused;
    return Expect({.what = "register somebody else",
                   .method = "POST",
                   .path = "/auth/register",
                   .body = registration},
                  201) &&
           LogIn("eve", eve, unused) &&
           Expect({.what = "read somebody else's order", .path = "/orders/" + order_, .token = eve},
                  404, "ORDER_NOT_FOUND") &&
           Expect({.what = "cancel somebody else's order",
                   .method = "POST",
                   .path = "/orders/" + order_ + "/cancel",
                   .token = eve},
                  404, "ORDER_NOT_FOUND");
  }

  bool CancelOrder() {
    const Ask cancel{.what = "cancel the order",
                     .method = "POST",
                     .path = "/orders/" + order_ + "/cancel",
                     .token = token_};
    if (!Expect(cancel, 200)) return false;
    if (answer_.value("state", "") != "CANCELLED") return Complain("the order is not CANCELLED");
    return Expect(cancel, 200) && ExpectStock(stock_);
  }

  bool EndSession() {
    const std::string used = refresh_token_;
    if (!Expect({.what = "refresh the session",
                 .method = "POST",
                 .path = "/auth/refresh",
                 .body = {{"refresh_token", used}}},
                200)) {
      return false;
    }
    token_ = answer_.value("access_token", "");
    refresh_token_ = answer_.value("refresh_token", "");
    if (!Expect(
            {.what = "read the profile with the new token", .path = "/users/me", .token = token_},
            200) ||
        !Expect({.what = "log out",
                 .method = "POST",
                 .path = "/auth/logout",
                 .body = {{"refresh_token", refresh_token_}}},
                204) ||
        !Expect({.what = "refresh a session that has ended",
                 .method = "POST",
                 .path = "/auth/refresh",
                 .body = {{"refresh_token", refresh_token_}}},
                401, "INVALID_REFRESH_TOKEN")) {
      return false;
    }
    // Verifiers hear of it within a second or so.
    const Ask last{
        .what = "read the profile after logging out", .path = "/users/me", .token = token_};
    const auto deadline = std::chrono::steady_clock::now() + kRevocationPatience;
    while (std::chrono::steady_clock::now() < deadline && Send(last).status == 200) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return Expect(last, 401, "TOKEN_REVOKED");
  }

  Exchange Send(const Ask& ask) {
    httplib::Request request;
    request.method = ask.method;
    request.path = ask.path;
    if (!ask.token.empty()) request.headers.emplace("Authorization", "Bearer " + ask.token);
    if (!ask.key.empty()) request.headers.emplace("Idempotency-Key", ask.key);
    if (!ask.body.is_null()) {
      request.body = ask.body.dump();
      request.headers.emplace("Content-Type", "application/json");
    }
    Exchange exchange{.what = ask.what, .method = ask.method, .path = ask.path};
    if (!ask.body.is_null()) exchange.request_body = WithoutSecrets(ask.body);
    const auto result = client_.send(request);
    if (!result) {
      exchange.complaint = "no answer: " + httplib::to_string(result.error());
      return exchange;
    }
    exchange.status = result->status;
    exchange.body = result->body;
    for (const auto& [key, value] : result->headers) exchange.headers.emplace(key, value);
    return exchange;
  }

  // Sends it and keeps the answer. `code` is a problem's; not looked at when empty.
  bool Expect(const Ask& ask, int status, const std::string& code = "") {
    Exchange exchange = Send(ask);
    answer_ = json::parse(exchange.body, nullptr, /*allow_exceptions=*/false);
    if (!answer_.is_object()) answer_ = json::object();
    if (exchange.complaint.empty() && exchange.status != status) {
      exchange.complaint = "expected " + std::to_string(status);
    } else if (exchange.complaint.empty() && !code.empty() && answer_.value("code", "") != code) {
      exchange.complaint = "expected the code " + code;
    }
    on_exchange_(exchange);
    last_ = std::move(exchange);
    return last_.complaint.empty();
  }

  // About the answer that came last.
  bool Complain(const std::string& complaint) {
    last_.complaint = complaint;
    on_exchange_(last_);
    return false;
  }

  httplib::Client client_;
  const std::string name_;
  const std::function<void(const Exchange&)>& on_exchange_;
  Exchange last_;
  json answer_;
  std::string token_;
  std::string refresh_token_;
  std::string order_;
  std::int64_t stock_ = 0;
};

}  // namespace

bool WalkThroughShop(int port, const std::string& name,
                     const std::function<void(const Exchange&)>& on_exchange) {
  return Walk(port, name, on_exchange).Run();
}

std::string Normalised(const std::string& body) {
  // The samples' ids are the same everywhere.
  static const std::regex id(
      "(?!01900000-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
  static const std::regex token(R"x("(access_token|refresh_token|next_page_token)":"[^"]+")x");
  static const std::regex lifetime(R"x("expires_in":\d+)x");
  static const std::regex trace(R"x("trace_id":"[0-9a-f]*")x");
  std::string text = std::regex_replace(body, id, "<id>");
  text = std::regex_replace(text, time, "<time>");
  text = std::regex_replace(text, lifetime, R"("expires_in":<seconds>)");
  text = std::regex_replace(text, token, R"("$1":"<token>")");
  return std::regex_replace(text, trace, R"("trace_id":"<trace>")");
}

}  // namespace shop::demo
