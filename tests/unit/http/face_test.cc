#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "http_fixture.h"
#include "seam/core/trace.h"

namespace shop::http {
namespace {

namespace v1 = products::v1;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Return;

class FaceTest : public HttpFixture {
 protected:
  const std::string product_ = "/products/" + std::string(kId);
};

TEST_F(FaceTest, RefusesUnknownPaths) {
  for (const char* path : {"/", "/product", "/products/", "/products/7/8", "/health", "//products",
                           "/products%2F7", "/%zz", "/health/../health/live"}) {
    const Reply reply = Send("GET", path);
    ExpectRefused(reply, 404, "NO_SUCH_PATH");
    EXPECT_EQ(ProblemOf(reply)["instance"], path);
  }
  ExpectRefused(SendAsAdmin("POST", "/health", "{}"), 404, "NO_SUCH_PATH");
}

TEST_F(FaceTest, RefusesOtherMethodsOfAPath) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE"}) {
    const Reply reply = Send(method, "/products");
    ExpectRefused(reply, 405, "METHOD_NOT_ALLOWED");
    EXPECT_EQ(reply.Header("Allow"), "GET, HEAD, POST");
  }
  EXPECT_EQ(Send("PATCH", product_, {}, "{}").Header("Allow"), "DELETE, GET, HEAD, PUT");
  EXPECT_EQ(Send("POST", product_).Header("Allow"), "DELETE, GET, HEAD, PUT");
}

TEST_F(FaceTest, ContinuesTheTraceOfTheCaller) {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  seam::TraceContext seen;
  EXPECT_CALL(products_, GetProduct)
      .WillOnce([&seen](const seam::Context& context, const v1::GetProductRequest&) {
        seen = context.trace();
        return seam::Result<v1::GetProductResponse>(
            seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "none"));
      });
  const Reply reply =
      Send("GET", product_, {{"traceparent", "00-" + trace_id + "-00f067aa0ba902b7-01"}});
  EXPECT_EQ(seam::TraceIdText(seen), trace_id);
  EXPECT_EQ(reply.Header("traceparent"), seam::FormatTraceparent(seen));
  EXPECT_EQ(reply.Header("traceparent").substr(0, 36), "00-" + trace_id + "-");
  EXPECT_THAT(reply.Header("traceparent"), Not(HasSubstr("00f067aa0ba902b7")));
  EXPECT_EQ(ProblemOf(reply)["trace_id"], trace_id);
  EXPECT_EQ(Lines().back()["trace_id"], trace_id);
}

TEST_F(FaceTest, BeginsATraceWhereThereIsNone) {
  for (const Headers& headers :
       {Headers{}, Headers{{"traceparent", "nonsense"}},
        Headers{{"traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}}}) {
    const Reply first = Send("GET", "/health/live", headers);
    const Reply second = Send("GET", "/health/live", headers);
    const auto trace = seam::ParseTraceparent(first.Header("traceparent"));
    ASSERT_TRUE(trace.has_value()) << first.Header("traceparent");
    EXPECT_TRUE(trace->valid());
    EXPECT_NE(first.Header("traceparent").substr(0, 36),
              second.Header("traceparent").substr(0, 36));
  }
}

TEST_F(FaceTest, LogsOneLineForARequest) {
  EXPECT_CALL(products_, GetProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kUnavailable, "UNREACHABLE", "nobody at 10.1.2.3")));
  const Reply reply = Send("GET", product_);
  ASSERT_EQ(Lines().size(), 1U);
  const json line = Lines().front();
  EXPECT_EQ(line["message"], "request");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["method"], "GET");
  EXPECT_EQ(line["route"], "/products/{id}");
  EXPECT_EQ(line["status"], 503);
  EXPECT_GE(line["duration_ms"].get<double>(), 0);
  EXPECT_EQ(line["trace_id"], ProblemOf(reply)["trace_id"]);
  EXPECT_THAT(line["error"].get<std::string>(), HasSubstr("nobody at 10.1.2.3"));

  static_cast<void>(Send("GET", "/nothing"));
  EXPECT_EQ(Lines().back()["route"], "-");
  EXPECT_EQ(Lines().back()["status"], 404);
  EXPECT_EQ(Lines().back()["level"], "info");
  EXPECT_FALSE(Lines().back().contains("error"));
}

TEST_F(FaceTest, LogsNothingThatTheCallerSent) {
  EXPECT_CALL(products_, CreateProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kInvalidArgument, "INVALID_FIELD", "name is wrong",
                                  {{"field", "name"}})));
  static_cast<void>(SendAsAdmin(
      "POST", "/products", R"({"name":"hunter2","price":{"amount_minor":1,"currency":"EUR"}})"));
  static_cast<void>(SendAsAdmin("POST", "/products?password=hunter2", "{\"hunter2\":"));
  static_cast<void>(Send("GET", "/hunter2", {{"Cookie", "hunter2"}}));
  static_cast<void>(Send("DELETE", "/products/hunter2", {{"Authorization", "Bearer hunter2"}}));
  EXPECT_EQ(Lines().size(), 4U);
  EXPECT_THAT(LogText(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(LogText(), Not(HasSubstr(std::string(kToken))));
}

TEST_F(FaceTest, AnExceptionIsAnInternalErrorWithoutItsText) {
  EXPECT_CALL(products_, GetProduct)
      .WillOnce(::testing::Throw(std::runtime_error("the password is hunter2")))
      .WillOnce(::testing::Throw(7));
  const Reply reply = Send("GET", product_);
  ExpectRefused(reply, 500, "INTERNAL");
  EXPECT_THAT(reply.body, Not(HasSubstr("hunter2")));
  EXPECT_EQ(reply.Header("EXCEPTION_WHAT"), "");
  EXPECT_THAT(Lines().back()["error"].get<std::string>(), HasSubstr("hunter2"));
  ExpectRefused(Send("GET", product_), 500, "INTERNAL");
}

TEST_F(FaceTest, ForbidsToGuessTheMediaType) {
  EXPECT_EQ(Send("GET", "/health/live").Header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Send("GET", "/nothing").Header("X-Content-Type-Options"), "nosniff");
}

}  // namespace
}  // namespace shop::http
