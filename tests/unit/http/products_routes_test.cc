#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http_fixture.h"
#include "seam/core/uuid.h"

namespace shop::http {
namespace {

namespace v1 = products::v1;
using nlohmann::json;
using ::testing::_;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Return;

v1::Product Cup() {
  v1::Product product;
  product.id = kId;
  product.name = "Cup \"ü\" \n";
  product.description = "";
  auto& price = product.price.emplace();
  price.amount_minor = 1999;
  price.currency = "EUR";
  product.stock = 7;
  product.version = 3;
  product.created_at = seam::Timestamp{1'732'282'200, 125'000'000};
  product.updated_at = seam::Timestamp{1'732'282'201, 0};
  return product;
}

json CupJson() {
  return {{"id", kId},
          {"name", "Cup \"ü\" \n"},
          {"description", ""},
          {"price", {{"amount_minor", 1999}, {"currency", "EUR"}}},
          {"stock", 7},
          {"version", 3},
          {"created_at", "2024-11-22T13:30:00.125Z"},
          {"updated_at", "2024-11-22T13:30:01.000Z"}};
}

template <class Response>
Response WithCup() {
  Response response;
  response.product = Cup();
  return response;
}

class ProductsRoutesTest : public HttpFixture {
 protected:
  const std::string product_ = "/products/" + std::string(kId);
};

// GET /products

TEST_F(ProductsRoutesTest, ListsAPage) {
  v1::ListProductsResponse page;
  page.products = {Cup(), Cup()};
  page.next_page_token = "next";
  EXPECT_CALL(products_,
              ListProducts(_, testing::AllOf(Field(&v1::ListProductsRequest::page_size, 2),
                                             Field(&v1::ListProductsRequest::page_token, "a b"))))
      .WillOnce(Return(page));
  const Reply reply = Send("GET", "/products?page_size=2&page_token=a%20b");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Content-Type"), "application/json");
  EXPECT_EQ(json::parse(reply.body),
            json({{"products", {CupJson(), CupJson()}}, {"next_page_token", "next"}}));
}

TEST_F(ProductsRoutesTest, ListsTheFirstPageWithoutParameters) {
  EXPECT_CALL(products_, ListProducts(_, v1::ListProductsRequest()))
      .WillOnce(Return(v1::ListProductsResponse()));
  EXPECT_EQ(json::parse(Send("GET", "/products").body),
            json({{"products", json::array()}, {"next_page_token", ""}}));
}

TEST_F(ProductsRoutesTest, RefusesBadQueries) {
  ExpectBadField(Send("GET", "/products?page_size=abc"), "page_size", "expected an integer");
  ExpectBadField(Send("GET", "/products?page_size="), "page_size", "expected an integer");
  ExpectBadField(Send("GET", "/products?page_size=1.0"), "page_size", "expected an integer");
  ExpectBadField(Send("GET", "/products?page_size=2147483648"), "page_size", "expected an integer");
  ExpectBadField(Send("GET", "/products?page_size=1&page_size=2"), "page_size", "given twice");
  ExpectBadField(Send("GET", "/products?pagesize=1"), "pagesize", "not known as a query parameter");
  ExpectBadField(Send("GET", product_ + "?x=1"), "x", "not known as a query parameter");
}

// GET /products/{id}

TEST_F(ProductsRoutesTest, GetsAProduct) {
  EXPECT_CALL(products_, GetProduct(_, Field(&v1::GetProductRequest::id, kId)))
      .WillOnce(Return(WithCup<v1::GetProductResponse>()));
  const Reply reply = Send("GET", product_);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Content-Type"), "application/json");
  EXPECT_EQ(reply.Header("ETag"), "\"3\"");
  EXPECT_EQ(json::parse(reply.body), CupJson());
}

TEST_F(ProductsRoutesTest, AReadThatWasBrokenOffHasChangedNothing) {
  const seam::Error broken_off{
      seam::Code::kUnavailable, "CONNECTION_LOST", "gone", {}, seam::Origin::kOutcomeUnknown};
  EXPECT_CALL(products_, GetProduct).WillOnce(Return(seam::Forward(broken_off)));
  EXPECT_CALL(products_, DeleteProduct).WillOnce(Return(seam::Forward(broken_off)));
  const Reply read = Send("GET", product_);
  ExpectRefused(read, 503, "CONNECTION_LOST");
  EXPECT_EQ(ProblemOf(read)["detail"], "a part of the shop cannot be reached now; try again");
  const Reply change = SendAsAdmin("DELETE", product_);
  EXPECT_THAT(ProblemOf(change).value("detail", ""), HasSubstr("may have been made or not"));
}

TEST_F(ProductsRoutesTest, AnswersHeadLikeGetWithoutABody) {
  EXPECT_CALL(products_, GetProduct)
      .Times(2)
      .WillRepeatedly(Return(WithCup<v1::GetProductResponse>()));
  RawClient client(port());
  client.Send(RequestText("HEAD", product_) + RequestText("GET", product_));
  const Reply head = client.Read(true);
  const Reply get = client.Read();  // Right behind it, so the HEAD had no body.
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("ETag"), "\"3\"");
  EXPECT_EQ(head.Header("Content-Length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.Header("Accept-Ranges"), "none");
}

TEST_F(ProductsRoutesTest, AnswersWithTheModulesRefusal) {
  EXPECT_CALL(products_, GetProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "no such product")));
  const Reply reply = Send("GET", product_);
  ExpectRefused(reply, 404, "PRODUCT_NOT_FOUND");
  const json problem = ProblemOf(reply);
  EXPECT_EQ(problem["title"], "Not Found");
  EXPECT_EQ(problem["detail"], "no such product");
  EXPECT_EQ(problem["instance"], product_);
  EXPECT_FALSE(problem.contains("errors"));
}

TEST_F(ProductsRoutesTest, PassesAnyIdOn) {
  for (const auto& [sent, id] : {std::pair<std::string, std::string>("a%2Fb", "a/b"),
                                 {"%00", std::string(1, '\0')},
                                 {"%22%3Cscript%3E", "\"<script>"},
                                 {std::string(5000, 'x'), std::string(5000, 'x')}}) {
    EXPECT_CALL(products_, GetProduct(_, Field(&v1::GetProductRequest::id, id)))
        .WillOnce(Return(seam::Fail(seam::Code::kInvalidArgument, "INVALID_FIELD", "id is wrong",
                                    {{"field", "id"}})));
    const Reply reply = Send("GET", "/products/" + sent);
    ExpectRefused(reply, 400, "INVALID_FIELD");
    EXPECT_EQ(ProblemOf(reply)["errors"], json({{{"field", "id"}, {"detail", "id is wrong"}}}));
  }
}

TEST_F(ProductsRoutesTest, RefusesAReplyWithoutAProduct) {
  EXPECT_CALL(products_, GetProduct).WillOnce(Return(v1::GetProductResponse()));
  ExpectRefused(Send("GET", product_), 500, "INTERNAL");
}

TEST_F(ProductsRoutesTest, AnswersEveryErrorOfTheModule) {
  checks_answers_ = false;  // The module promises not to make most of these.
  struct Case {
    seam::Code code;
    int status;
    std::string retry_after;
  };
  for (const Case& expected :
       {Case{seam::Code::kInvalidArgument, 400, ""}, Case{seam::Code::kUnauthenticated, 401, ""},
        Case{seam::Code::kPermissionDenied, 403, ""}, Case{seam::Code::kNotFound, 404, ""},
        Case{seam::Code::kAlreadyExists, 409, ""}, Case{seam::Code::kAborted, 409, ""},
        Case{seam::Code::kFailedPrecondition, 409, ""},
        Case{seam::Code::kResourceExhausted, 429, "1"}, Case{seam::Code::kUnimplemented, 501, ""},
        Case{seam::Code::kUnavailable, 503, "1"}, Case{seam::Code::kDeadlineExceeded, 503, "1"},
        Case{seam::Code::kInternal, 500, ""}, Case{seam::Code::kUnknown, 500, ""},
        Case{seam::Code::kDataLoss, 500, ""}, Case{seam::Code::kCancelled, 500, ""}}) {
    EXPECT_CALL(products_, GetProduct)
        .WillOnce(Return(seam::Fail(expected.code, "REASON", "at 10.1.2.3:50051")));
    const Reply reply = Send("GET", product_);
    ExpectRefused(reply, expected.status, expected.status == 500 ? "INTERNAL" : "REASON");
    EXPECT_EQ(reply.Header("Retry-After"), expected.retry_after);
    // What may tell about the inside stays inside; the log has it.
    EXPECT_EQ(reply.body.find("10.1.2.3") != std::string::npos, expected.status < 500);
    EXPECT_EQ(LogText().find("10.1.2.3") != std::string::npos, expected.status >= 500)
        << expected.status;
    ForgetLines();
  }
}

// POST /products

TEST_F(ProductsRoutesTest, CreatesAProduct) {
  v1::CreateProductRequest request;
  EXPECT_CALL(products_, CreateProduct)
      .WillOnce([&](const seam::Context&, const v1::CreateProductRequest& received) {
        request = received;
        return WithCup<v1::CreateProductResponse>();
      });
  const Reply reply = SendAsAdmin(
      "POST", "/products",
      R"({"name":"Cup","description":"d","price":{"amount_minor":1999,"currency":"EUR"},"stock":7})");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.Header("Location"), product_);
  EXPECT_EQ(reply.Header("ETag"), "\"3\"");
  EXPECT_EQ(json::parse(reply.body), CupJson());
  EXPECT_TRUE(seam::IsUuidV7(request.id)) << request.id;
  EXPECT_EQ(request.name, "Cup");
  EXPECT_EQ(request.description, "d");
  EXPECT_EQ(request.price->amount_minor, 1999);
  EXPECT_EQ(request.price->currency, "EUR");
  EXPECT_EQ(request.stock, 7);
}

TEST_F(ProductsRoutesTest, CreatesWithoutDescriptionAndStock) {
  EXPECT_CALL(products_,
              CreateProduct(_, testing::AllOf(Field(&v1::CreateProductRequest::description, ""),
                                              Field(&v1::CreateProductRequest::stock, 0))))
      .WillOnce(Return(WithCup<v1::CreateProductResponse>()));
  EXPECT_EQ(SendAsAdmin("POST", "/products",
                        R"({"name":"Cup","price":{"amount_minor":-1,"currency":""}})")
                .status,
            201);
}

TEST_F(ProductsRoutesTest, RefusesBadBodies) {
  const auto post = [this](const std::string& body) {
    return SendAsAdmin("POST", "/products", body);
  };
  const std::string price = R"("price":{"amount_minor":1,"currency":"EUR"})";
  ExpectBadField(post("{\"name\":\"x\"," + price + ",\"colour\":1}"), "colour", "not known");
  ExpectBadField(post(R"({"name":"x","price":{"amount_minor":1,"currency":"EUR","x":1}})"),
                 "price.x", "not known");
  ExpectBadField(post("{\"name\":\"x\"," + price + ",\"version\":1}"), "version", "not known");
  ExpectBadField(post("{" + price + "}"), "name", "missing");
  ExpectBadField(post("{\"name\":\"x\"}"), "price", "missing");
  ExpectBadField(post("{\"name\":7," + price + "}"), "name", "expected a string, got number");
  ExpectBadField(post("{\"name\":null," + price + "}"), "name", "expected a string, got null");
  ExpectBadField(post(R"({"name":"x","price":[]})"), "price", "expected an object, got array");
  ExpectBadField(post(R"({"name":"x","price":{"amount_minor":1999.0,"currency":"EUR"}})"),
                 "price.amount_minor",
                 "expected an integer, got a number with a fraction or an exponent");
  ExpectBadField(post(R"({"name":"x","price":{"amount_minor":"1","currency":"EUR"}})"),
                 "price.amount_minor", "expected an integer, got string");
  ExpectBadField(post(R"({"name":"x","price":{"amount_minor":1e400,"currency":"EUR"}})"),
                 "price.amount_minor", "the number is too large");
  ExpectBadField(post("{\"name\":\"x\"," + price + ",\"stock\":9223372036854775808}"), "stock",
                 "the number is larger than 9223372036854775807");
  ExpectBadField(post("{\"name\":\"x\",\"name\":\"y\"," + price + "}"), "name", "given twice");
  ExpectBadField(post("[]"), "", "expected a JSON object, got a JSON array");
  ExpectBadField(post("{\"name\":" + std::string(50'000, '[')), "name[0][0][0][0][0][0][0]",
                 "nested deeper than 8 levels");

  const Reply utf8 = post("{\"name\":\"\xc3\x28\"," + price + "}");
  ExpectRefused(utf8, 400, "INVALID_INPUT");
  EXPECT_EQ(ProblemOf(utf8)["errors"][0]["field"], "name");
  ExpectRefused(post("{\"name\":\"x\""), 400, "INVALID_INPUT");
  ExpectRefused(post("name=x"), 400, "INVALID_INPUT");
  ExpectRefused(post(std::string("{\"name\":\"x\0y\"}", 14)), 400, "INVALID_INPUT");

  const Reply several = post(R"({"name":1,"price":{"currency":2},"a":0,"b":0})");
  ExpectRefused(several, 400, "INVALID_INPUT");
  EXPECT_EQ(ProblemOf(several)["errors"].size(), 5U) << several.body;
}

TEST_F(ProductsRoutesTest, RefusesAnEmptyBody) {
  const Reply reply =
      Send("POST", "/products",
           {{"Authorization", "Bearer " + admin_token_}, {"Content-Type", "application/json"}});
  ExpectRefused(reply, 400, "INVALID_INPUT");
}

// PUT /products/{id}

TEST_F(ProductsRoutesTest, UpdatesAProduct) {
  v1::UpdateProductRequest request;
  EXPECT_CALL(products_, UpdateProduct)
      .WillOnce([&](const seam::Context&, const v1::UpdateProductRequest& received) {
        request = received;
        return WithCup<v1::UpdateProductResponse>();
      });
  const Reply reply = SendAsAdmin(
      "PUT", product_,
      R"({"name":"Cup","description":"","price":{"amount_minor":1,"currency":"EUR"},"version":2})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("ETag"), "\"3\"");
  EXPECT_EQ(json::parse(reply.body), CupJson());
  EXPECT_EQ(request.id, kId);
  EXPECT_EQ(request.expected_version, 2);
  EXPECT_EQ(request.stock, std::nullopt);
}

TEST_F(ProductsRoutesTest, TakesTheVersionAsIfMatch) {
  const std::string content =
      R"("name":"Cup","description":"","price":{"amount_minor":1,"currency":"EUR"})";
  EXPECT_CALL(products_,
              UpdateProduct(
                  _, testing::AllOf(Field(&v1::UpdateProductRequest::expected_version, 2),
                                    Field(&v1::UpdateProductRequest::stock, testing::Optional(0)))))
      .Times(2)
      .WillRepeatedly(Return(WithCup<v1::UpdateProductResponse>()));
  const auto put = [&](const std::string& more, const std::string& tag) {
    return SendAsAdmin("PUT", product_, "{" + content + more + "}", {{"If-Match", tag}});
  };
  EXPECT_EQ(put(",\"stock\":0", "\"2\"").status, 200);
  EXPECT_EQ(put(",\"stock\":0,\"version\":2", "\"2\"").status, 200);

  ExpectBadField(put(",\"version\":3", "\"2\""), "version", "differs from If-Match");
  for (const std::string wrong : {"2", "*", "W/\"2\"", "\"\"", "\"x\"", "\"1\", \"2\""}) {
    ExpectBadField(put("", wrong), "If-Match", "expected one ETag of ours, such as \"7\"");
  }
  ExpectBadField(SendAsAdmin("PUT", product_, "{" + content + "}"), "version",
                 "missing; send the version that you have read");
  ExpectBadField(SendAsAdmin("PUT", product_, "{" + content + "}",
                             {{"If-Match", "\"1\""}, {"If-Match", "\"2\""}}),
                 "If-Match", "expected one ETag of ours, such as \"7\"");
}

TEST_F(ProductsRoutesTest, AnUpdateNeedsTheDescription) {
  ExpectBadField(
      SendAsAdmin("PUT", product_,
                  R"({"name":"Cup","price":{"amount_minor":1,"currency":"EUR"},"version":2})"),
      "description", "missing");
}

TEST_F(ProductsRoutesTest, AStaleIfMatchIsAFailedPrecondition) {
  const auto stale = seam::Fail(seam::Code::kAborted, "STALE_VERSION", "read it again");
  EXPECT_CALL(products_, UpdateProduct).Times(2).WillRepeatedly(Return(stale));
  EXPECT_CALL(products_, DeleteProduct)
      .WillOnce(Return(stale))
      .WillOnce(Return(stale))
      .WillOnce(Return(
          seam::Fail(seam::Code::kFailedPrecondition, "STOCK_RESERVED", "a reservation holds it")));
  const Headers if_match = {{"If-Match", "\"2\""}};
  const std::string content =
      R"({"name":"C","description":"","price":{"amount_minor":1,"currency":"EUR"})";
  ExpectRefused(SendAsAdmin("PUT", product_, content + "}", if_match), 412, "STALE_VERSION");
  ExpectRefused(SendAsAdmin("PUT", product_, content + ",\"version\":2}", if_match), 412,
                "STALE_VERSION");
  const Reply reply = SendAsAdmin("DELETE", product_, "", if_match);
  ExpectRefused(reply, 412, "STALE_VERSION");
  EXPECT_EQ(ProblemOf(reply)["title"], "Precondition Failed");
  ExpectRefused(SendAsAdmin("DELETE", product_ + "?version=2"), 409, "STALE_VERSION");
  ExpectRefused(SendAsAdmin("DELETE", product_, "", if_match), 409, "STOCK_RESERVED");
}

TEST_F(ProductsRoutesTest, AStaleVersionIsAConflict) {
  EXPECT_CALL(products_, UpdateProduct)
      .WillOnce(Return(seam::Fail(seam::Code::kAborted, "STALE_VERSION", "read it again")))
      .WillOnce(Return(seam::Fail(seam::Code::kInvalidArgument, "INVALID_FIELD",
                                  "expected_version must be 1 or more",
                                  {{"field", "expected_version"}})));
  const std::string body =
      R"({"name":"C","description":"","price":{"amount_minor":1,"currency":"EUR"},"version":0})";
  ExpectRefused(SendAsAdmin("PUT", product_, body), 409, "STALE_VERSION");
  const Reply reply = SendAsAdmin("PUT", product_, body);
  ExpectRefused(reply, 400, "INVALID_FIELD");
  EXPECT_EQ(ProblemOf(reply)["errors"],
            json({{{"field", "version"}, {"detail", "version must be 1 or more"}}}));
  EXPECT_EQ(ProblemOf(reply)["detail"], "version must be 1 or more");
}

// DELETE /products/{id}

TEST_F(ProductsRoutesTest, DeletesAProduct) {
  using Version = std::optional<std::int64_t>;
  const auto expect = [this](Version version) {
    EXPECT_CALL(products_,
                DeleteProduct(
                    _, testing::AllOf(Field(&v1::DeleteProductRequest::id, kId),
                                      Field(&v1::DeleteProductRequest::expected_version, version))))
        .WillOnce(Return(v1::DeleteProductResponse()));
  };
  expect(std::nullopt);
  const Reply reply = SendAsAdmin("DELETE", product_);
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.Header("Content-Type"), "");
  EXPECT_EQ(reply.headers.count("Content-Length"), 0U);
  expect(4);
  EXPECT_EQ(SendAsAdmin("DELETE", product_ + "?version=4").status, 204);
  expect(5);
  EXPECT_EQ(SendAsAdmin("DELETE", product_, "", {{"If-Match", "\"5\""}}).status, 204);

  ExpectBadField(SendAsAdmin("DELETE", product_ + "?version=x"), "version", "expected an integer");
  ExpectBadField(SendAsAdmin("DELETE", product_, "{}"), "", "takes no body");
}

// Bodies

TEST_F(ProductsRoutesTest, BodiesMustBeJson) {
  const auto post = [this](const Headers& type) {
    Headers headers = type;
    headers.emplace_back("Authorization", "Bearer " + admin_token_);
    return Send("POST", "/products", headers, "{}");
  };
  for (const Headers& wrong :
       {Headers{}, Headers{{"Content-Type", "text/plain"}},
        Headers{{"Content-Type", "application/x-www-form-urlencoded"}},
        Headers{{"Content-Type", "application/jsonx"}},
        Headers{{"Content-Type", "multipart/form-data; boundary=x"}},
        Headers{{"Content-Type", "application/json"}, {"Content-Type", "application/json"}}}) {
    ExpectRefused(post(wrong), 415, "JSON_NEEDED");
  }
  for (const char* right :
       {"application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"}) {
    ExpectRefused(post({{"Content-Type", right}}), 400, "INVALID_INPUT");
  }
}

}  // namespace
}  // namespace shop::http
