#include "http_fixture.h"

#include "http/health_routes.h"
#include "http/products_routes.h"

namespace shop::http {

HttpFixture::HttpFixture()
    : log_({.format = seam::LogFormat::kJson, .service = "", .sink = [this](std::string_view line) {
              const std::lock_guard lock(mutex_);
              lines_.emplace_back(line);
            }}) {
  std::vector<Route> routes = HealthRoutes(products_, std::chrono::minutes(1));
  for (Route& route : ProductsRoutes(products_)) routes.push_back(std::move(route));
  face_ = std::make_unique<Face>(std::move(routes), kToken, log_);
}

HttpFixture::~HttpFixture() = default;

void HttpFixture::TearDown() {
  if (server_ == nullptr) return;
  EXPECT_EQ(Send("GET", "/health/live").status, 200) << "others are no longer answered";
}

void HttpFixture::Listen(const ServerOptions& options) {
  server_ = nullptr;
  auto server = Server::Listen(options, *face_);
  ASSERT_TRUE(server) << seam::ToString(server.error());
  server_ = *std::move(server);
}

std::string HttpFixture::RequestText(std::string_view method, std::string_view target,
                                     const Headers& headers, std::string_view body) {
  std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  text += "Host: shop\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  const bool has_body = !body.empty() || method == "POST" || method == "PUT";
  if (has_body) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

Reply HttpFixture::Send(std::string_view method, std::string_view target, const Headers& headers,
                        std::string_view body) {
  RawClient client(port());
  client.Send(RequestText(method, target, headers, body));
  return client.Read(method == "HEAD");
}

Reply HttpFixture::SendAsAdmin(std::string_view method, std::string_view target,
                               std::string_view body, Headers headers) {
  headers.emplace_back("Authorization", "Bearer " + std::string(kToken));
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return Send(method, target, headers, body);
}

std::vector<nlohmann::json> HttpFixture::Lines() {
  const std::lock_guard lock(mutex_);
  std::vector<nlohmann::json> parsed;
  for (const std::string& line : lines_) parsed.push_back(nlohmann::json::parse(line));
  return parsed;
}

std::string HttpFixture::LogText() {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

void HttpFixture::ForgetLines() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
}

nlohmann::json HttpFixture::ProblemOf(const Reply& reply) {
  EXPECT_EQ(reply.Header("Content-Type"), "application/problem+json");
  auto problem = nlohmann::json::parse(reply.body, nullptr, false);
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

void HttpFixture::ExpectRefused(const Reply& reply, int status, std::string_view code) {
  EXPECT_EQ(reply.status, status) << reply.body;
  EXPECT_EQ(ProblemOf(reply).value("code", ""), code);
}

void HttpFixture::ExpectBadField(const Reply& reply, std::string_view field,
                                 std::string_view detail) {
  ExpectRefused(reply, 400, "INVALID_INPUT");
  const nlohmann::json expected = {{{"field", field}, {"detail", detail}}};
  EXPECT_EQ(ProblemOf(reply)["errors"], expected);
}

}  // namespace shop::http
