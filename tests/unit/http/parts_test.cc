// The small parts of the HTTP face, each by itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "http/head.h"
#include "http/json.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/rfc3339.h"
#include "http/router.h"

namespace shop::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// message.h

// cpp-httplib would refuse these, too; but where a request ends is decided before it sees them.
TEST(HeadTest, RefusesRequestLinesOfAnotherForm) {
  const auto is_taken = [](std::string_view line) {
    Head head;
    return std::all_of(line.begin(), line.end(), [&](char byte) { return head.Take(byte); });
  };
  EXPECT_TRUE(is_taken("GET / HTTP/1.1\r\n"));
  for (const char* line :
       {"\r\n", "GET\r\n", "GET /\r\n", "GET / \r\n", " / HTTP/1.1\r\n", "GET  HTTP/1.1\r\n",
        "GET  / HTTP/1.1\r\n", "GET /  HTTP/1.1\r\n", "GET / x HTTP/1.1\r\n", "GET\t/ HTTP/1.1\r\n",
        "GET /\tx HTTP/1.1\r\n", "GET / HTTP/1.1\n"}) {
    EXPECT_FALSE(is_taken(line)) << line;
  }
}

TEST(PercentDecodeTest, DecodesOrRefuses) {
  std::string decoded;
  EXPECT_TRUE(PercentDecode("a%20b%2fc%C3%bc", decoded));
  EXPECT_EQ(decoded, "a b/cü");
  for (const char* wrong : {"%", "%1", "a%zz", "%+1", "%1g"}) {
    EXPECT_FALSE(PercentDecode(wrong, decoded)) << wrong;
  }
}

TEST(PathOfTest, IsThePathOfATarget) {
  EXPECT_EQ(PathOf("/products/%20?page_size=1#x"), "/products/%20");
  EXPECT_EQ(PathOf("/"), "/");
  EXPECT_EQ(PathOf("http://shop/products?x=/y"), "/products");
  EXPECT_EQ(PathOf("HTTPS://shop:443/products/7"), "/products/7");
  EXPECT_EQ(PathOf("http://shop"), "/");
  EXPECT_EQ(PathOf("http://shop?x=1"), "/");
  EXPECT_EQ(PathOf("/http://shop/x"), "/http://shop/x");
  // No route has these.
  for (const char* other : {"*", "", "ftp://shop/x", "http:///products", "http://", "shop:80"}) {
    EXPECT_EQ(PathOf(other), other);
  }
}

TEST(RequestTest, FindsAHeaderThatWasSentOnce) {
  Request request;
  request.headers = {{"one", "1"}, {"two", "2"}, {"TWO", "2"}};
  ASSERT_NE(request.FindHeader("ONE"), nullptr);
  EXPECT_EQ(*request.FindHeader("ONE"), "1");
  EXPECT_EQ(request.FindHeader("two"), nullptr);
  EXPECT_EQ(request.FindHeader("three"), nullptr);
}

// router.h

Route RouteOf(const std::string& method, const std::string& pattern) {
  return {.method = method, .pattern = pattern};
}

TEST(RouterTest, MatchesSegmentBySegment) {
  const Router router({RouteOf("GET", "/"), RouteOf("GET", "/products"),
                       RouteOf("POST", "/products"), RouteOf("GET", "/products/{id}"),
                       RouteOf("PUT", "/products/{id}/price")});
  const auto pattern = [&router](std::string_view method, std::string_view path) {
    const auto match = router.Find(method, path);
    return match.route == nullptr ? "" : match.route->method + " " + match.route->pattern;
  };
  EXPECT_EQ(pattern("GET", "/products"), "GET /products");
  EXPECT_EQ(pattern("HEAD", "/products"), "GET /products");
  EXPECT_EQ(pattern("POST", "/products"), "POST /products");
  EXPECT_EQ(pattern("GET", "/products/7"), "GET /products/{id}");
  EXPECT_EQ(pattern("GET", "/%70roducts"), "GET /products");
  EXPECT_EQ(pattern("PUT", "/products/7/price"), "PUT /products/{id}/price");
  for (const char* path :
       {"", "products", "//", "/products/", "/products//", "/products/7/", "/products/7/8",
        "/Products", "/products/%zz", "*", "http://x/products"}) {
    EXPECT_EQ(pattern("GET", path), "") << path;
    EXPECT_EQ(router.Find("GET", path).allowed_methods, "") << path;
  }
}

TEST(RouterTest, DecodesValuesAfterCutting) {
  const Router router({RouteOf("GET", "/products/{id}")});
  const auto match = router.Find("GET", "/products/a%2Fb%00");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.path_values.at("id"), std::string("a/b\0", 4));
}

TEST(RouterTest, NamesTheMethodsOfAPath) {
  const Router router({RouteOf("GET", "/products"), RouteOf("POST", "/products")});
  const auto match = router.Find("DELETE", "/products");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed_methods, "GET, HEAD, POST");
}

// json.h

std::vector<std::string> Refusals(std::string_view text) {
  std::vector<FieldError> errors;
  EXPECT_FALSE(ParseObject(text, errors).has_value());
  std::vector<std::string> lines;
  for (const FieldError& error : errors) lines.push_back(error.field + ": " + error.detail);
  return lines;
}

TEST(ParseObjectTest, RefusesWhatIsNoObject) {
  using ::testing::ElementsAre;
  EXPECT_THAT(Refusals("[1]"), ElementsAre(": expected a JSON object, got a JSON array"));
  EXPECT_THAT(Refusals("null"), ElementsAre(": expected a JSON object, got a JSON null"));
  EXPECT_THAT(Refusals(""), ElementsAre(HasSubstr("unexpected end of input")));
  EXPECT_THAT(Refusals("{\"a\": 1} x"), ElementsAre(HasSubstr("line 1, column 10")));
  EXPECT_THAT(Refusals("{'a': 1}"), ElementsAre(HasSubstr("syntax error")));
  EXPECT_THAT(Refusals("{\"a\": 1,}"), ElementsAre(HasSubstr("syntax error")));
  EXPECT_THAT(Refusals("{\"a\": NaN}"), ElementsAre(HasSubstr("a: ")));
}

TEST(ParseObjectTest, NamesTheField) {
  using ::testing::ElementsAre;
  EXPECT_THAT(Refusals("{\"price\": {\"amount_minor\": 1e400}}"),
              ElementsAre("price.amount_minor: the number is too large"));
  EXPECT_THAT(Refusals("{\"name\": 1, \"name\": 2}"), ElementsAre("name: given twice"));
  EXPECT_THAT(Refusals("{\"price\": {\"currency\": 1, \"currency\": 2}}"),
              ElementsAre("price.currency: given twice"));
  EXPECT_THAT(Refusals(R"({"lines": [{}, [1], {"quantity": 1, "quantity": 2}]})"),
              ElementsAre("lines[2].quantity: given twice"));
  EXPECT_THAT(Refusals(R"({"lines": [{"quantity": 1}, 1e400]})"),
              ElementsAre("lines[1]: the number is too large"));
  EXPECT_THAT(Refusals("{\"name\": \"\xff\"}"),
              ElementsAre(::testing::AllOf(HasSubstr("name: "), HasSubstr("UTF-8"))));
  EXPECT_THAT(Refusals("{\"name\": \"\xed\xa0\x80\"}"), ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(Refusals("{\"name\": \"\\ud800\"}"), ElementsAre(HasSubstr("name: ")));
}

TEST(ParseObjectTest, BlamesNoFieldForWhatStandsBetweenThem) {
  for (const char* text : {R"({"name":"x",)", R"({"name":"x" "b":1})", R"({"name":"x")"}) {
    EXPECT_THAT(Refusals(text), ElementsAre(StartsWith(": parse error at line 1"))) << text;
  }
}

TEST(ParseObjectTest, DoesNotRepeatTheInput) {
  for (const std::string& line : Refusals("{\"password\": \"hunter2 \x01\"}")) {
    EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
  }
}

TEST(ParseObjectTest, RefusesDeepNesting) {
  using ::testing::ElementsAre;
  std::vector<FieldError> errors;
  EXPECT_TRUE(ParseObject("{\"a\":" + std::string(7, '[') + std::string(7, ']') + "}", errors));
  EXPECT_THAT(Refusals("{\"a\":" + std::string(8, '[') + std::string(8, ']') + "}"),
              ElementsAre("a[0][0][0][0][0][0][0]: nested deeper than 8 levels"));
  EXPECT_THAT(Refusals("{\"a\":" + std::string(60'000, '[')),
              ElementsAre("a[0][0][0][0][0][0][0]: nested deeper than 8 levels"));
}

TEST(ObjectReaderTest, ReadsFieldsAndCollectsWhatIsWrong) {
  const auto document = nlohmann::json::parse(R"({
      "text": "x", "integer": -7, "largest": 9223372036854775807,
      "smallest": -9223372036854775808, "object": {"inner": true, "more": 1},
      "float": 1.0, "exponent": 1e2, "large": 9223372036854775808,
      "huge": 99999999999999999999, "small": -9223372036854775809, "null": null, "other": []})");
  std::vector<FieldError> errors;
  ObjectReader reader(document, errors);
  EXPECT_EQ(reader.RequiredText("text"), "x");
  EXPECT_EQ(reader.RequiredInteger("integer"), -7);
  EXPECT_EQ(reader.RequiredInteger("largest"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(reader.RequiredInteger("smallest"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.OptionalText("absent"), "");
  EXPECT_EQ(reader.OptionalInteger("absent"), std::nullopt);
  auto object = reader.RequiredObject("object");
  ASSERT_TRUE(object.has_value());
  EXPECT_TRUE(errors.empty());

  EXPECT_EQ(object->RequiredText("inner"), "");
  object->RefuseOthers();
  EXPECT_EQ(reader.RequiredText("missing"), "");
  EXPECT_EQ(reader.RequiredInteger("float"), 0);
  EXPECT_EQ(reader.RequiredInteger("exponent"), 0);
  EXPECT_EQ(reader.OptionalInteger("large"), std::nullopt);
  EXPECT_EQ(reader.OptionalInteger("huge"), std::nullopt);
  EXPECT_EQ(reader.OptionalInteger("small"), std::nullopt);
  EXPECT_EQ(reader.OptionalInteger("null"), std::nullopt);
  EXPECT_EQ(reader.OptionalInteger("text"), std::nullopt);
  EXPECT_FALSE(reader.RequiredObject("integer").has_value());
  EXPECT_FALSE(reader.RequiredObject("none").has_value());
  reader.RefuseOthers();

  std::vector<std::string> lines;
  for (const FieldError& error : errors) lines.push_back(error.field + ": " + error.detail);
  EXPECT_THAT(lines,
              ::testing::ElementsAre(
                  "object.inner: expected a string, got boolean", "object.more: not known",
                  "missing: missing",
                  "float: expected an integer, got a number with a fraction or an exponent",
                  "exponent: expected an integer, got a number with a fraction or an "
                  "exponent",
                  "large: the number is larger than 9223372036854775807",
                  "huge: the number is larger than 9223372036854775807",
                  "small: the number is smaller than -9223372036854775808",
                  "null: expected an integer, got null", "text: expected an integer, got string",
                  "integer: expected an object, got number", "none: missing", "other: not known"));
}

TEST(ObjectReaderTest, DoesNotAnswerMuchWithMore) {
  nlohmann::json object;
  for (int i = 0; i < 1000; ++i) object[std::string(10'000, 'x') + std::to_string(i)] = i;
  std::vector<FieldError> errors;
  ObjectReader reader(object, errors);
  reader.RefuseOthers();
  ASSERT_EQ(errors.size(), 21U);
  EXPECT_LE(errors.front().field.size(), 100U);
  EXPECT_EQ(errors.back().detail, "and more");
}

TEST(ObjectReaderTest, ReadsTheObjectsOfAnArray) {
  const auto document = nlohmann::json::parse(R"({
      "lines": [{"quantity": 1}, 7, {"quantity": "2", "more": 1}, {}], "none": [], "text": "x",
      "null": null})");
  std::vector<FieldError> errors;
  ObjectReader reader(document, errors);
  std::vector<std::int64_t> quantities;
  for (ObjectReader& line : reader.RequiredObjects("lines")) {
    quantities.push_back(line.RequiredInteger("quantity"));
    line.RefuseOthers();
  }
  EXPECT_THAT(quantities, ElementsAre(1, 0, 0));
  EXPECT_TRUE(reader.RequiredObjects("none").empty());
  EXPECT_TRUE(reader.RequiredObjects("text").empty());
  EXPECT_TRUE(reader.RequiredObjects("null").empty());
  EXPECT_TRUE(reader.RequiredObjects("missing").empty());
  reader.RefuseOthers();

  std::vector<std::string> lines;
  for (const FieldError& error : errors) lines.push_back(error.field + ": " + error.detail);
  EXPECT_THAT(lines, ElementsAre("lines[1]: expected an object, got number",
                                 "lines[2].quantity: expected an integer, got string",
                                 "lines[2].more: not known", "lines[3].quantity: missing",
                                 "text: expected an array, got string",
                                 "null: expected an array, got null", "missing: missing"));
}

// problem.h

TEST(ToProblemTest, MapsEveryCode) {
  using seam::Code;
  const std::vector<std::pair<Code, int>> expected = {
      {Code::kCancelled, 500},          {Code::kUnknown, 500},
      {Code::kInvalidArgument, 400},    {Code::kDeadlineExceeded, 503},
      {Code::kNotFound, 404},           {Code::kAlreadyExists, 409},
      {Code::kPermissionDenied, 403},   {Code::kResourceExhausted, 429},
      {Code::kFailedPrecondition, 409}, {Code::kAborted, 409},
      {Code::kOutOfRange, 400},         {Code::kUnimplemented, 501},
      {Code::kInternal, 500},           {Code::kUnavailable, 503},
      {Code::kDataLoss, 500},           {Code::kUnauthenticated, 401}};
  for (const auto& [code, status] : expected) {
    const Problem problem = ToProblem({code, "REASON", "inner text", {}, {}});
    EXPECT_EQ(problem.status, status) << seam::CodeName(code);
    EXPECT_EQ(problem.code, status == 500 ? "INTERNAL" : "REASON");
    const bool inner_text_is_shown = problem.detail.find("inner text") != std::string::npos;
    EXPECT_EQ(inner_text_is_shown, status < 500) << seam::CodeName(code);
    EXPECT_EQ(problem.cause.empty(), status < 500) << seam::CodeName(code);
    EXPECT_NE(StatusPhrase(status), "Unknown");
    const bool retry = status == 429 || status == 503;
    EXPECT_EQ(problem.headers.empty(), !retry && status != 401) << seam::CodeName(code);
  }
  EXPECT_EQ(ToProblem({Code::kResourceExhausted, "MESSAGE_TOO_LARGE", "", {}, {}}).status, 413);
  for (const char* guard : {"CALL_IN_TRANSACTION", "CALL_CHAIN_TOO_DEEP"}) {
    EXPECT_EQ(ToProblem({Code::kFailedPrecondition, guard, "", {}, {}}).status, 500) << guard;
  }
  const Problem refused = ToProblem({Code::kPermissionDenied, "CALLER_NOT_ALLOWED", "who", {}, {}});
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.code, "INTERNAL");
  EXPECT_EQ(refused.detail.find("who"), std::string::npos);
  EXPECT_EQ(ToProblem({Code::kNotFound, "", "text", {}, {}}).code, "NOT_FOUND");
}

TEST(ToProblemTest, TellsWhenToTryAgain) {
  const auto retry_after = [](const std::string& seconds) {
    const Problem problem = ToProblem({seam::Code::kResourceExhausted,
                                       "TOO_MANY_ATTEMPTS",
                                       "later",
                                       {{"retry_after_seconds", seconds}},
                                       {}});
    EXPECT_EQ(problem.headers.size(), 1U);
    return problem.headers.front();
  };
  using Header = std::pair<std::string, std::string>;
  EXPECT_EQ(retry_after("840"), Header("Retry-After", "840"));
  EXPECT_EQ(retry_after("0"), Header("Retry-After", "0"));
  for (const char* wrong : {"", "-1", "1.5", "soon", "1\r\nX: y", "10000000000"}) {
    EXPECT_EQ(retry_after(wrong), Header("Retry-After", "1")) << wrong;
  }
}

TEST(ToProblemTest, ChallengesWhoeverIsNotKnown) {
  const auto challenge = [](const std::string& reason) {
    return ToProblem({seam::Code::kUnauthenticated, reason, "who?", {}, {}}).headers.front().second;
  };
  for (const char* of_token : {"TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED"}) {
    EXPECT_EQ(challenge(of_token), "Bearer error=\"invalid_token\"") << of_token;
  }
  for (const char* of_none : {"TOKEN_MISSING", "WRONG_CREDENTIALS", "INVALID_REFRESH_TOKEN"}) {
    EXPECT_EQ(challenge(of_none), "Bearer") << of_none;
  }
}

TEST(ToProblemTest, TellsWhetherAChangeMayHaveBeenMade) {
  const auto detail = [](seam::Origin origin) {
    return ToProblem({seam::Code::kUnavailable, "X", "", {}, origin}).detail;
  };
  EXPECT_THAT(detail(seam::Origin::kNotDelivered), HasSubstr("nothing was changed"));
  EXPECT_THAT(detail(seam::Origin::kOutcomeUnknown), HasSubstr("may have been made or not"));
}

TEST(ToProblemTest, NamesTheRefusedField) {
  const Problem problem = ToProblem(
      {seam::Code::kInvalidArgument, "INVALID_FIELD", "too long", {{"field", "name"}}, {}});
  ASSERT_EQ(problem.errors.size(), 1U);
  EXPECT_EQ(problem.errors[0].field, "name");
  EXPECT_EQ(problem.errors[0].detail, "too long");
}

// rfc3339.h

TEST(Rfc3339Test, FormatsUtcToTheMillisecond) {
  EXPECT_EQ(FormatRfc3339({0, 0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({1'732'282'200, 125'999'999}), "2024-11-22T13:30:00.125Z");
  EXPECT_EQ(FormatRfc3339({-1, 999'000'000}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339({951'782'400, 0}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({-62'135'596'800, 0}), "0001-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({253'402'300'799, 999'999'999}), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace shop::http
