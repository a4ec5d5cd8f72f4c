#include "http_fixture.h"

#include "http/openapi_routes.h"
#include "http/shop_routes.h"
#include "schema_check.h"

namespace shop::http {

HttpFixture::HttpFixture()
    : customer_token_(Token({"customer"})),
      admin_token_(Token({"customer", "admin"})),
      trusted_(seam::TrustedKeys{tokens_.audience(), {tokens_.key().public_key()}, {}}),
      log_({.format = seam::LogFormat::kJson,
            .service = "",
            .sink =
                [this](std::string_view line) {
                  const std::lock_guard lock(mutex_);
                  lines_.emplace_back(line);
                }}),
      keys_([this](const seam::Context&) {
        const std::lock_guard lock(mutex_);
        return trusted_;
      }),
      verifier_(keys_, {}),
      router_(
          ShopRoutes({auth_, users_, products_, inventory_, orders_, verifier_, keys_, peers_})),
      document_(nlohmann::json::parse(OpenApiDocument())),
      face_(std::make_unique<Face>(
          ShopRoutes({auth_, users_, products_, inventory_, orders_, verifier_, keys_, peers_}),
          verifier_, log_)) {}

HttpFixture::~HttpFixture() = default;

void HttpFixture::TellContract(const std::string& module, const seam::PeerContract& peer) {
  peers_.Of(module)(peer);
}

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
  Reply reply = client.Read(method == "HEAD");
  if (const Route* route = RouteOf(method, target); route != nullptr && checks_answers_) {
    EXPECT_THAT(CheckResponse(document_, method, route->pattern, reply.status,
                              reply.Header("Content-Type"), reply.body),
                ::testing::IsEmpty());
  }
  return reply;
}

Reply HttpFixture::SendAsCustomer(std::string_view method, std::string_view target,
                                  std::string_view body, Headers headers) {
  headers.emplace_back("Authorization", "Bearer " + customer_token_);
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return Send(method, target, headers, body);
}

Reply HttpFixture::SendAsAdmin(std::string_view method, std::string_view target,
                               std::string_view body, Headers headers) {
  headers.emplace_back("Authorization", "Bearer " + admin_token_);
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return Send(method, target, headers, body);
}

std::string HttpFixture::Token(const std::vector<std::string>& roles) const {
  return std::string(*seam::FindBearerToken(tokens_.As(std::string(kAccount), roles)));
}

void HttpFixture::Trust(seam::Result<seam::TrustedKeys> trusted) {
  const std::lock_guard lock(mutex_);
  trusted_ = std::move(trusted);
}

const Route* HttpFixture::RouteOf(std::string_view method, std::string_view target) const {
  return router_.Find(method, PathOf(target)).route;
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
