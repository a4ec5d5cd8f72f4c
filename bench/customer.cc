#include "customer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "harness.h"
#include "seam/core/uuid.h"

namespace bench {

using nlohmann::json;

Customer::Customer(int port, std::string token)
    : client_("127.0.0.1", port), token_(std::move(token)) {
  client_.set_tcp_nodelay(true);
  client_.set_keep_alive(true);
  client_.set_read_timeout(std::chrono::seconds(30));
}

Customer::Customer(int port) : Customer(port, "") {
  json account = {{"email", seam::NewUuidV7() + "@customers.example"},
                  {"password", "correct horse battery staple"},
                  {"name", "Ada"}};
  Send("POST", "/auth/register", account, 201);
  account.erase("name");
  token_ = Send("POST", "/auth/login", account, 200).value("access_token", "");
}

json Customer::Send(const char* method, const std::string& path, const json& body, int status) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  if (!token_.empty()) request.headers.emplace("Authorization", "Bearer " + token_);
  if (!body.is_null()) {
    request.body = body.dump();
    request.headers.emplace("Content-Type", "application/json");
  }
  if (path == "/orders" && request.method == "POST") {
    request.headers.emplace("Idempotency-Key", seam::NewUuidV7());
  }
  const auto answer = client_.send(request);
  if (!answer || answer->status != status) {
    GiveUp(request.method + " " + path + ": " +
           (answer ? std::to_string(answer->status) + " " + answer->body
                   : httplib::to_string(answer.error())));
  }
  return answer->body.empty() ? json() : json::parse(answer->body);
}

std::string Customer::Order(const std::vector<std::string>& products) {
  json order;
  int quantity = 0;
  for (const std::string& product : products) {
    order["lines"].push_back({{"product_id", product}, {"quantity", ++quantity}});
  }
  return Send("POST", "/orders", order, 201).value("id", "");
}

double Quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

}  // namespace bench
