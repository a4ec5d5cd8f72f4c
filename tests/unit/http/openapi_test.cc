// openapi.json against the routes, and against itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "http/openapi_routes.h"
#include "http/shop_routes.h"
#include "http_fixture.h"
#include "schema_check.h"

namespace shop::http {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;

json Document() { return json::parse(OpenApiDocument()); }

// What a node is, or what it refers to.
json Deref(const json& document, const json& node) {
  if (!node.contains("$ref")) return node;
  return document.at(json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

std::string InLowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class OpenApiTest : public HttpFixture {
 protected:
  std::vector<Route> Routes() {
    const seam::TokenVerifier verifier(tokens_.Source(), {});
    seam::Log log;
    const seam::PeerContracts peers(log);
    // They are not called.
    return ShopRoutes(
        {auth_, users_, products_, inventory_, orders_, verifier, seam::FixedKeys({}, {}), peers});
  }

  // The names of the parameters of an operation that are in "query", "path" or "header".
  static std::set<std::string> Parameters(const json& document, const json& operation,
                                          const std::string& where) {
    std::set<std::string> names;
    for (const json& parameter : operation.value("parameters", json::array())) {
      const json& one = Deref(document, parameter);
      if (one["in"] == where) names.insert(one["name"].get<std::string>());
    }
    return names;
  }

  static std::set<std::string> Variables(const std::string& pattern) {
    std::set<std::string> names;
    for (auto begin = pattern.find('{'); begin != std::string::npos;
         begin = pattern.find('{', begin + 1)) {
      names.insert(pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1));
    }
    return names;
  }
};

TEST_F(OpenApiTest, DescribesExactlyTheRoutes) {
  std::set<std::string> routes;
  for (const Route& route : Routes()) {
    EXPECT_TRUE(routes.insert(InLowerCase(route.method) + " " + route.pattern).second);
  }
  std::set<std::string> described;
  const json document = Document();
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, ignored] : operations.items()) described.insert(method + " " + path);
  }
  EXPECT_EQ(described, routes);
}

TEST_F(OpenApiTest, TellsWhatARouteNeeds) {
  const json document = Document();
  EXPECT_FALSE(document.contains("security")) << "each route says for itself";
  for (const Route& route : Routes()) {
    SCOPED_TRACE(route.method + " " + route.pattern);
    const json& operation = document["paths"][route.pattern][InLowerCase(route.method)];
    const bool everyone = route.access == Access::kEveryone;
    const bool admin = route.access == Access::kAdmin;
    const json roles = admin ? json::array({"admin"}) : json::array();
    const json security = everyone ? json() : json::array({{{"bearer", roles}}});
    EXPECT_EQ(operation.value("security", json()), security);
    EXPECT_EQ(operation["responses"].contains("403"), admin);
    EXPECT_TRUE(operation["responses"].contains("401"));
    EXPECT_EQ(operation.contains("requestBody"), route.takes_json);

    EXPECT_EQ(Parameters(document, operation, "query"),
              std::set<std::string>(route.query.begin(), route.query.end()));
    EXPECT_EQ(Parameters(document, operation, "path"), Variables(route.pattern));
  }
  EXPECT_EQ(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

TEST_F(OpenApiTest, ItsExamplesKeepItsSchemas) {
  const json document = Document();
  int examples = 0;
  const auto check = [&](const json& holder, const std::string& where) {
    const json content = holder.value("content", json::object());
    for (const auto& [type, media] : content.items()) {
      ASSERT_TRUE(media.contains("example")) << where;
      EXPECT_THAT(CheckSchema(document, media["schema"], media["example"]), IsEmpty()) << where;
      ++examples;
    }
  };
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      const std::string where = method + " " + path;
      EXPECT_TRUE(operation.contains("operationId")) << where;
      if (operation.contains("requestBody")) check(operation["requestBody"], where);
      for (const auto& [status, response] : operation["responses"].items()) {
        const json& described = Deref(document, response);
        check(described, where + " " + status);
        const json headers = described.value("headers", json::object());
        for (const auto& [name, header] : headers.items()) {
          EXPECT_TRUE(Deref(document, header).contains("schema")) << where << " " << name;
        }
        // Refusals are problem details, and of the status under which they stand.
        if (status < "400") continue;
        ASSERT_TRUE(described["content"].contains("application/problem+json")) << where << status;
        const json& media = described["content"]["application/problem+json"];
        EXPECT_EQ(media["schema"]["properties"]["status"]["const"].dump(), status) << where;
        EXPECT_EQ(media["example"]["title"], StatusPhrase(std::stoi(status))) << where;
      }
    }
  }
  EXPECT_GT(examples, 100);
}

// So that a field too many is found wherever it turns up.
TEST_F(OpenApiTest, ItsObjectsAreClosed) {
  const json document = Document();
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    if (schema["type"] != "object") continue;
    EXPECT_EQ(schema.value("additionalProperties", json()), json(false)) << name;
    for (const json& required : schema["required"]) {
      EXPECT_TRUE(schema["properties"].contains(required.get<std::string>())) << name << required;
    }
  }
}

TEST_F(OpenApiTest, EveryComponentIsUsed) {
  const json document = Document();
  const std::string text = document.dump();
  for (const char* kind : {"schemas", "responses", "parameters", "headers"}) {
    for (const auto& [name, ignored] : document["components"][kind].items()) {
      const std::string reference = "\"#/components/" + std::string(kind) + "/" + name + "\"";
      EXPECT_NE(text.find(reference), std::string::npos) << reference;
    }
  }
}

TEST_F(OpenApiTest, IsServedWithAnETag) {
  const Reply first = Send("GET", "/openapi.json");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.Header("Content-Type"), "application/json");
  EXPECT_EQ(first.body, OpenApiDocument());
  const std::string tag = first.Header("ETag");
  EXPECT_GT(tag.size(), 2U);

  for (const std::string& known : {tag, "\"x\", W/" + tag, std::string("*")}) {
    const Reply again = Send("GET", "/openapi.json", {{"If-None-Match", known}});
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.Header("ETag"), tag);
    EXPECT_EQ(again.headers.count("Content-Length"), 0U);
  }
  EXPECT_EQ(Send("GET", "/openapi.json", {{"If-None-Match", "\"x\""}}).status, 200);
}

}  // namespace
}  // namespace shop::http
