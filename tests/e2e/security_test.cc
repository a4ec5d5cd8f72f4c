// What somebody tries who means ill, from outside, with the modules in one process and in many.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "shop_process.h"

namespace shop::e2e {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "correct horse battery staple";

std::string Base64Url(std::string_view bytes) {
  std::string text(bytes.size() * 4 / 3 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  text.erase(text.find_last_not_of('=') + 1);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string FromBase64Url(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string bytes(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    encoded += hex;
  }
  return encoded;
}

class Attack : public ::testing::TestWithParam<const char*> {
 protected:
  Attack() : shop_(AllBound(GetParam()), {"--data.samples"}), client_("127.0.0.1", shop_.port()) {
    client_.set_tcp_nodelay(true);
    client_.set_read_timeout(std::chrono::seconds(30));
  }

  void SetUp() override { ASSERT_TRUE(shop_.WaitUntilReady()); }

  httplib::Result Get(const std::string& path, const std::string& token) {
    return client_.Get(path, {{"Authorization", "Bearer " + token}});
  }
  httplib::Result Post(const std::string& path, const json& body, const std::string& token = "") {
    httplib::Headers headers = {{"Idempotency-Key", "a-key-of-the-attacker"}};
    if (!token.empty()) headers.emplace("Authorization", "Bearer " + token);
    return client_.Post(path, headers, body.dump(), "application/json");
  }

  static std::string CodeOf(const httplib::Result& answer) {
    if (!answer) return "no answer";
    const json body = json::parse(answer->body, nullptr, false);
    return std::to_string(answer->status) + " " +
           (body.is_object() ? body.value("code", "") : std::string());
  }

  std::string RegisterAndLogIn(const std::string& email) {
    const json account = {{"email", email}, {"password", kPassword}, {"name", "Mallory"}};
    EXPECT_EQ(Post("/auth/register", account)->status, 201);
    const auto login = Post("/auth/login", {{"email", email}, {"password", kPassword}});
    EXPECT_EQ(login->status, 200) << login->body;
    return json::parse(login->body).value("access_token", "");
  }

  ShopProcess shop_;
  httplib::Client client_;
};

TEST_P(Attack, NoForgedTokenIsLetIn) {
  const std::string token = RegisterAndLogIn("mallory@customers.example");
  ASSERT_EQ(CodeOf(Get("/users/me", token)), "200 ");
  const std::string header = token.substr(0, token.find('.'));
  const std::string payload = token.substr(header.size() + 1, token.rfind('.') - header.size() - 1);
  const std::string signature = token.substr(token.rfind('.') + 1);

  json claims = json::parse(FromBase64Url(payload));
  claims["roles"] = {"admin"};
  const std::string admin_claims = Base64Url(claims.dump());
  const json jwks = json::parse(client_.Get("/.well-known/jwks.json")->body);
  const std::string key_id = jwks["keys"][0]["kid"];
  const std::string public_key = FromBase64Url(jwks["keys"][0]["x"]);
  const auto header_with = [&](const char* algorithm) {
    return Base64Url(json{{"alg", algorithm}, {"kid", key_id}, {"typ", "JWT"}}.dump());
  };
  const std::string none = header_with("none") + "." + admin_claims + ".";
  const std::string hs256 = header_with("HS256") + "." + admin_claims;
  const std::vector<std::string> forged = {
      header + "." + admin_claims + "." + signature,
      none,
      none + signature,
      hs256 + "." + Base64Url(HmacSha256(public_key, hs256)),
      hs256 + "." + Base64Url(HmacSha256(std::string(jwks["keys"][0]["x"]), hs256)),
      header + "." + payload + ".",
      header + "." + payload,
      "admin",
  };
  for (const std::string& attempt : forged) {
    EXPECT_EQ(CodeOf(Get("/users/me", attempt)), "401 TOKEN_INVALID") << attempt;
    EXPECT_EQ(CodeOf(Get("/orders", attempt)), "401 TOKEN_INVALID") << attempt;
    EXPECT_EQ(CodeOf(Post("/products", {{"name", "Mine"}}, attempt)), "401 TOKEN_INVALID")
        << attempt;
    EXPECT_EQ(CodeOf(Post("/auth/keys/rotate", nullptr, attempt)), "401 TOKEN_INVALID") << attempt;
  }
  EXPECT_EQ(CodeOf(Get("/users/me", token)), "200 ");
}

TEST_P(Attack, NobodyMakesHimselfAnAdmin) {
  json account = {{"email", "eve@customers.example"}, {"password", kPassword}, {"name", "Eve"}};
  for (const char* const field : {"role", "roles", "account_id"}) {
    json raised = account;
    raised[field] = "admin";
    EXPECT_EQ(CodeOf(Post("/auth/register", raised)), "400 INVALID_INPUT") << field;
  }
  const std::string token = RegisterAndLogIn("eve@customers.example");
  json profile = {{"email", "eve@customers.example"},
                  {"name", "Eve"},
                  {"postal_address", ""},
                  {"version", 1},
                  {"roles", {"admin"}}};
  const auto changed = client_.Put("/users/me", {{"Authorization", "Bearer " + token}},
                                   profile.dump(), "application/json");
  EXPECT_EQ(CodeOf(changed), "400 INVALID_INPUT");
  EXPECT_EQ(CodeOf(client_.Delete("/products/01900000-0000-7000-8000-000000000001",
                                  {{"Authorization", "Bearer " + token}})),
            "403 ADMIN_ONLY");
}

TEST_P(Attack, TextStaysText) {
  const std::vector<std::string> texts = {"' OR '1'='1", "'; DROP TABLE user; --", "$1",
                                          "%s%n",        "\" OR \"\"=\"",          "\\"};
  const std::string token = RegisterAndLogIn("bobby@customers.example");
  for (const std::string& text : texts) {
    EXPECT_THAT(CodeOf(Post("/auth/login", {{"email", text}, {"password", text}})),
                AnyOf("401 WRONG_CREDENTIALS", "429 TOO_MANY_ATTEMPTS"))
        << text;
    const std::string me = Get("/users/me", token)->body;
    json profile = {{"email", "bobby@customers.example"},
                    {"name", text},
                    {"postal_address", text},
                    {"version", json::parse(me)["version"]}};
    const auto changed = client_.Put("/users/me", {{"Authorization", "Bearer " + token}},
                                     profile.dump(), "application/json");
    ASSERT_EQ(CodeOf(changed), "200 ") << changed->body;
    EXPECT_EQ(json::parse(Get("/users/me", token)->body)["name"], text);
    const std::string path = "/products/" + PercentEncoded(text);
    EXPECT_THAT(CodeOf(client_.Get(path)), Not(HasSubstr("500"))) << path;
    EXPECT_EQ(CodeOf(Post("/auth/refresh", {{"refresh_token", text}})),
              "401 INVALID_REFRESH_TOKEN");
  }
}

TEST_P(Attack, NothingGetsIntoAHeader) {
  const std::string token = RegisterAndLogIn("carol@customers.example");
  const std::string crlf = "x\r\nSet-Cookie: evil=1";
  json profile = {
      {"email", "carol@customers.example"}, {"name", crlf}, {"postal_address", ""}, {"version", 1}};
  EXPECT_THAT(CodeOf(client_.Put("/users/me", {{"Authorization", "Bearer " + token}},
                                 profile.dump(), "application/json")),
              HasSubstr("400"));
  for (const char* const path :
       {"/products/x%0d%0aSet-Cookie:%20evil=1", "/orders/x%0d%0aSet-Cookie:%20evil=1",
        "/x%0d%0aSet-Cookie:%20evil=1"}) {
    const auto answer = Get(path, token);
    ASSERT_TRUE(answer) << path;
    EXPECT_FALSE(answer->has_header("Set-Cookie")) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Shops, Attack, ::testing::Values("in-process", "grpc"),
                         [](const auto& binding) {
                           return std::string(binding.param) == "grpc" ? "AllRemote" : "OneProcess";
                         });

TEST(Session, EndsByItselfWhenItIsNotRefreshed) {
  ShopProcess shop({}, {"--auth.access_token_seconds", "1"});
  ASSERT_TRUE(shop.WaitUntilReady());
  httplib::Client client("127.0.0.1", shop.port());
  const httplib::Headers admin = {{"Authorization", "Bearer " + shop.admin_token()}};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto answer = client.Get("/users/me", admin);
  while (answer && answer->status == 200 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // Only how often to look.
    answer = client.Get("/users/me", admin);
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(json::parse(answer->body).value("code", ""), "TOKEN_EXPIRED");
}

}  // namespace
}  // namespace shop::e2e
