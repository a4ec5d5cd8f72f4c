// The checker of the checks: each rule has a value that keeps it and one that breaks it.

#include "schema_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shop::http {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Complaints(const char* schema, const char* value) {
  const json document = {{"schemas", {{"Number", {{"type", "integer"}}}}}};
  return CheckSchema(document, json::parse(schema), json::parse(value));
}

TEST(SchemaCheckTest, EachRuleTellsRightFromWrong) {
  struct Case {
    const char* schema;
    const char* right;
    const char* wrong;
    const char* complaint;
  };
  for (const Case& rule : {
           Case{R"({"type":"object"})", "{}", "[]", "expected object, got array"},
           Case{R"({"type":"array"})", "[]", "{}", "expected array, got object"},
           Case{R"({"type":"string"})", R"("x")", "1", "expected string, got number"},
           Case{R"({"type":"integer"})", "-1", "1.0", "expected integer, got number"},
           Case{R"({"type":"number"})", "1.5", R"("1")", "expected number, got string"},
           Case{R"({"type":"boolean"})", "true", "null", "expected boolean, got null"},
           Case{R"({"enum":["A","B"]})", R"("B")", R"("C")", "is none of"},
           Case{R"({"const":"A"})", R"("A")", R"("B")", "is not"},
           Case{R"({"required":["a"]})", R"({"a":1})", "{}", "a: missing"},
           Case{R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x","b":1})", R"({"a":1})",
                "a: expected string"},
           Case{R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})",
                R"({"b":1})", "b: not known"},
           Case{R"({"items":{"type":"string"}})", R"(["x"])", R"(["x",1])", "[1]: expected string"},
           Case{R"({"minItems":1})", "[1]", "[]", "0 elements break minItems"},
           Case{R"({"maxItems":1})", "[1]", "[1,2]", "2 elements break maxItems"},
           Case{R"({"minimum":1})", "1", "0", "beyond the minimum"},
           Case{R"({"maximum":1})", "1", "2", "beyond the maximum"},
           Case{R"({"minLength":2})", R"("üü")", R"("ü")", "1 characters break minLength"},
           Case{R"({"maxLength":1})", R"("ü")", R"("üü")", "2 characters break maxLength"},
           Case{R"({"pattern":"^a+$"})", R"("aa")", R"("ab")", "does not match"},
           Case{R"({"format":"uuid"})", R"("01900000-0000-7000-8000-000000000001")",
                R"("01900000-0000-7000-8000-00000000000X")", "is no uuid"},
           Case{R"({"format":"date-time"})", R"("2024-11-22T13:30:00.125Z")",
                R"("2024-11-22 13:30:00")", "is no date-time"},
           Case{R"({"format":"date-time"})", R"("2024-11-22T13:30:00+01:00")",
                R"("2024-13-22T13:30:00Z")", "is no date-time"},
           Case{R"({"format":"int32"})", "2147483647", "2147483648", "is no int32"},
           Case{R"({"format":"int32"})", "-2147483648", "-2147483649", "is no int32"},
           Case{R"({"format":"int64"})", "9223372036854775807", "9223372036854775808",
                "is no int64"},
           Case{R"({"oneOf":[{"type":"string"},{"minimum":5}]})", "5", "4", "0 of oneOf fit"},
           Case{R"({"oneOf":[{"type":"integer"},{"minimum":5}]})", "4", "5", "2 of oneOf fit"},
           Case{R"({"$ref":"#/schemas/Number"})", "1", R"("1")", "expected integer, got string"},
           Case{R"({"$ref":"#/schemas/Number","minimum":3})", "3", "2", "beyond the minimum"},
       }) {
    EXPECT_THAT(Complaints(rule.schema, rule.right), IsEmpty()) << rule.schema;
    EXPECT_THAT(Complaints(rule.schema, rule.wrong), ElementsAre(HasSubstr(rule.complaint)))
        << rule.schema;
  }
}

TEST(SchemaCheckTest, ComplainsOfWhatItDoesNotKnow) {
  EXPECT_THAT(Complaints(R"({"uniqueItems":true})", "[]"),
              ElementsAre(HasSubstr("keyword that is not known here: uniqueItems")));
  EXPECT_THAT(Complaints(R"({"type":["string","null"]})", "null"),
              ElementsAre(HasSubstr("type that is not known here")));
  EXPECT_THAT(Complaints(R"({"format":"email"})", R"("x")"),
              ElementsAre(HasSubstr("format that is not known here: email")));
  EXPECT_THAT(Complaints(R"({"additionalProperties":{"type":"string"}})", "{}"),
              ElementsAre(HasSubstr("no boolean")));
  EXPECT_THAT(Complaints(R"({"$ref":"#/schemas/Letter"})", "1"),
              ElementsAre(HasSubstr("leads nowhere")));
  EXPECT_THAT(Complaints("true", "1"), ElementsAre(HasSubstr("no object")));
}

TEST(SchemaCheckTest, NamesTheField) {
  EXPECT_THAT(
      Complaints(R"({"properties":{"lines":{"items":{"properties":{"quantity":{"minimum":1}}}}}})",
                 R"({"lines":[{"quantity":1},{"quantity":0}]})"),
      ElementsAre("lines[1].quantity: 0 is beyond the minimum 1"));
}

TEST(CheckResponseTest, FindsTheDescriptionOfTheResponse) {
  const json document = json::parse(R"({
      "paths": {"/a/{id}": {"get": {"responses": {
          "200": {"content": {"application/json": {"schema": {"type": "object"}}}},
          "204": {"description": "nothing"},
          "404": {"$ref": "#/responses/Missing"},
          "500": {"$ref": "#/responses/None"}}}}},
      "responses": {"Missing": {"content": {"text/json": {"schema": {"type": "array"}}}}}})");
  const auto check = [&](const char* method, const char* path, int status, const char* type,
                         const char* body) {
    const auto complaints = CheckResponse(document, method, path, status, type, body);
    return complaints.empty() ? "" : complaints.front();
  };
  EXPECT_EQ(check("GET", "/a/{id}", 200, "application/json", "{}"), "");
  EXPECT_EQ(check("HEAD", "/a/{id}", 200, "application/json", ""), "");
  EXPECT_EQ(check("GET", "/a/{id}", 204, "", ""), "");
  EXPECT_EQ(check("GET", "/a/{id}", 404, "text/json", "[]"), "");

  EXPECT_THAT(check("GET", "/a/7", 200, "application/json", "{}"), HasSubstr("path is not"));
  EXPECT_THAT(check("PUT", "/a/{id}", 200, "application/json", "{}"), HasSubstr("method is not"));
  EXPECT_THAT(check("GET", "/a/{id}", 201, "application/json", "{}"), HasSubstr("status is not"));
  EXPECT_THAT(check("GET", "/a/{id}", 500, "application/json", "{}"), HasSubstr("leads nowhere"));
  EXPECT_THAT(check("GET", "/a/{id}", 200, "text/plain", "{}"), HasSubstr("media type is not"));
  EXPECT_THAT(check("GET", "/a/{id}", 200, "application/json", "{"), HasSubstr("no JSON"));
  EXPECT_THAT(check("GET", "/a/{id}", 204, "application/json", "{}"), HasSubstr("no body"));
  EXPECT_EQ(check("GET", "/a/{id}", 200, "application/json", "[]"),
            "GET /a/{id} 200: (whole): expected object, got array");
}

}  // namespace
}  // namespace shop::http
