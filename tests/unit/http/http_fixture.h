#ifndef TESTS_UNIT_HTTP_HTTP_FIXTURE_H_
#define TESTS_UNIT_HTTP_HTTP_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/face.h"
#include "http/health_routes.h"
#include "http/products_routes.h"
#include "http/server.h"
#include "raw_client.h"
#include "seam/observe/log.h"
#include "shop/products/v1/products_mock.h"

namespace shop::http {

inline constexpr std::string_view kToken = "correct-horse-battery-staple";
inline constexpr std::string_view kId = "01900000-0000-7000-8000-000000000001";

using Headers = std::vector<std::pair<std::string, std::string>>;

// The whole HTTP face on a socket of its own, over a mock of products. However a test treats the
// server, at its end another client must be answered.
class HttpFixture : public ::testing::Test {
 protected:
  HttpFixture()
      : log_({.format = seam::LogFormat::kJson,
              .service = "",
              .sink = [this](std::string_view line) {
                const std::lock_guard lock(mutex_);
                lines_.emplace_back(line);
              }}) {
    std::vector<Route> routes = HealthRoutes(products_, std::chrono::minutes(1));
    for (Route& route : ProductsRoutes(products_)) routes.push_back(std::move(route));
    face_ = std::make_unique<Face>(std::move(routes), kToken, log_);
  }

  void SetUp() override { Listen({}); }

  void TearDown() override {
    if (server_ == nullptr) return;
    EXPECT_EQ(Send("GET", "/health/live").status, 200) << "others are no longer answered";
  }

  // Replaces the server by one with these options.
  void Listen(const ServerOptions& options) {
    server_ = nullptr;
    auto server = Server::Listen(options, *face_);
    ASSERT_TRUE(server) << seam::ToString(server.error());
    server_ = *std::move(server);
  }

  [[nodiscard]] int port() const { return server_->port(); }

  static std::string RequestText(std::string_view method, std::string_view target,
                                 const Headers& headers = {}, std::string_view body = "") {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    text += "Host: shop\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    const bool has_body = !body.empty() || method == "POST" || method == "PUT";
    if (has_body) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + std::string(body);
  }

  // Sends one request over a connection of its own.
  Reply Send(std::string_view method, std::string_view target, const Headers& headers = {},
             std::string_view body = "") {
    RawClient client(port());
    client.Send(RequestText(method, target, headers, body));
    return client.Read(method == "HEAD");
  }

  // The same, as the administrator and with a JSON body.
  Reply SendAsAdmin(std::string_view method, std::string_view target, std::string_view body = "",
                    Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + std::string(kToken));
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return Send(method, target, headers, body);
  }

  std::vector<nlohmann::json> Lines() {
    const std::lock_guard lock(mutex_);
    std::vector<nlohmann::json> parsed;
    for (const std::string& line : lines_) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }

  std::string LogText() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

  void ForgetLines() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

  // A refusal: problem details whose status, media type and trace fit the response they are in.
  static nlohmann::json ProblemOf(const Reply& reply) {
    EXPECT_EQ(reply.Header("Content-Type"), "application/problem+json");
    const auto problem = nlohmann::json::parse(reply.body, nullptr, false);
    if (!problem.is_object()) {
      ADD_FAILURE() << "no problem details: " << reply.status << " " << reply.body;
      return nlohmann::json::object();
    }
    EXPECT_EQ(problem.value("status", 0), reply.status);
    EXPECT_EQ(problem.value("type", ""), "about:blank");
    EXPECT_NE(problem.value("title", ""), "");
    EXPECT_NE(problem.value("detail", ""), "");
    const std::string trace_id = problem.value("trace_id", "");
    EXPECT_EQ(reply.Header("traceparent").substr(3, 32), trace_id);
    return problem;
  }

  static void ExpectRefused(const Reply& reply, int status, std::string_view code) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(ProblemOf(reply).value("code", ""), code);
  }

  // Refused with 400 for exactly this field.
  static void ExpectBadField(const Reply& reply, std::string_view field, std::string_view detail) {
    ExpectRefused(reply, 400, "INVALID_INPUT");
    const nlohmann::json expected = {{{"field", field}, {"detail", detail}}};
    EXPECT_EQ(ProblemOf(reply)["errors"], expected);
  }

  ::testing::StrictMock<products::v1::MockProductsClient> products_;

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  seam::Log log_;
  std::unique_ptr<Face> face_;

 protected:
  std::unique_ptr<Server> server_;
};

}  // namespace shop::http

#endif  // TESTS_UNIT_HTTP_HTTP_FIXTURE_H_
