#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http_fixture.h"

namespace shop::http {
namespace {

using nlohmann::json;
using seam::Code;
using ::testing::_;
using ::testing::Field;
using ::testing::Return;

template <class Response>
Response WithAda() {
  Response response;
  users::v1::User& user = response.user.emplace();
  user.id = kAccount;
  user.email = "ada@shop.example";
  user.name = "Ada";
  user.postal_address = "1 Tea Street\nTeatown";
  user.version = 3;
  user.created_at = seam::Timestamp{1'732'282'200, 125'000'000};
  user.updated_at = seam::Timestamp{1'732'282'201, 0};
  return response;
}

json AdaJson() {
  return {{"id", kAccount},
          {"email", "ada@shop.example"},
          {"name", "Ada"},
          {"postal_address", "1 Tea Street\nTeatown"},
          {"version", 3},
          {"created_at", "2024-11-22T13:30:00.125Z"},
          {"updated_at", "2024-11-22T13:30:01.000Z"}};
}

class UsersRoutesTest : public HttpFixture {
 protected:
  static json Update() {
    return {{"email", "ada@shop.example"}, {"name", "Ada"}, {"postal_address", ""}, {"version", 2}};
  }
  Reply Put(const json& body, const Headers& headers = {}) {
    return SendAsCustomer("PUT", "/users/me", body.dump(), headers);
  }
};

TEST_F(UsersRoutesTest, GetsTheProfileOfTheCaller) {
  EXPECT_CALL(users_, GetUser(_, Field(&users::v1::GetUserRequest::id, kAccount)))
      .WillOnce(Return(WithAda<users::v1::GetUserResponse>()));
  const Reply reply = SendAsCustomer("GET", "/users/me");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("ETag"), "\"3\"");
  EXPECT_EQ(reply.Header("Cache-Control"), "no-store");
  EXPECT_EQ(json::parse(reply.body), AdaJson());
  ExpectBadField(SendAsCustomer("GET", "/users/me?id=7"), "id", "not known as a query parameter");
}

TEST_F(UsersRoutesTest, AnswersWithTheModulesRefusal) {
  EXPECT_CALL(users_, GetUser)
      .WillOnce(Return(seam::Fail(Code::kNotFound, "USER_NOT_FOUND", "no such user")))
      .WillOnce(Return(seam::Fail(Code::kUnauthenticated, "TOKEN_EXPIRED", "just now")))
      .WillOnce(Return(users::v1::GetUserResponse()));
  ExpectRefused(SendAsCustomer("GET", "/users/me"), 404, "USER_NOT_FOUND");
  ExpectRefused(SendAsCustomer("GET", "/users/me"), 401, "TOKEN_EXPIRED");
  ExpectRefused(SendAsCustomer("GET", "/users/me"), 500, "INTERNAL");  // Without a user.
}

TEST_F(UsersRoutesTest, UpdatesTheProfileOfTheCaller) {
  users::v1::UpdateUserRequest request;
  EXPECT_CALL(users_, UpdateUser)
      .WillOnce([&](const seam::Context&, const users::v1::UpdateUserRequest& received) {
        request = received;
        return WithAda<users::v1::UpdateUserResponse>();
      });
  const Reply reply = Put({{"email", "a@b.example"},
                           {"name", "A"},
                           {"postal_address", "1 Tea Street"},
                           {"version", 2}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("ETag"), "\"3\"");
  EXPECT_EQ(json::parse(reply.body), AdaJson());
  EXPECT_EQ(request.id, kAccount);
  EXPECT_EQ(request.email, "a@b.example");
  EXPECT_EQ(request.name, "A");
  EXPECT_EQ(request.postal_address, "1 Tea Street");
  EXPECT_EQ(request.expected_version, 2);
}

TEST_F(UsersRoutesTest, TakesTheVersionAsIfMatch) {
  EXPECT_CALL(users_, UpdateUser(_, Field(&users::v1::UpdateUserRequest::expected_version, 2)))
      .Times(2)
      .WillRepeatedly(Return(WithAda<users::v1::UpdateUserResponse>()));
  json without = Update();
  without.erase("version");
  EXPECT_EQ(Put(without, {{"If-Match", "\"2\""}}).status, 200);
  EXPECT_EQ(Put(Update(), {{"If-Match", "\"2\""}}).status, 200);

  ExpectBadField(Put(without), "version", "missing; send the version that you have read");
  ExpectBadField(Put(Update(), {{"If-Match", "\"3\""}}), "version", "differs from If-Match");
  ExpectBadField(Put(without, {{"If-Match", "*"}}), "If-Match",
                 "expected one ETag of ours, such as \"7\"");
}

TEST_F(UsersRoutesTest, AStaleVersionIsAConflictOrAFailedPrecondition) {
  EXPECT_CALL(users_, UpdateUser)
      .Times(2)
      .WillRepeatedly(Return(seam::Fail(Code::kAborted, "STALE_VERSION", "read it again")));
  ExpectRefused(Put(Update()), 409, "STALE_VERSION");
  ExpectRefused(Put(Update(), {{"If-Match", "\"2\""}}), 412, "STALE_VERSION");
}

TEST_F(UsersRoutesTest, AnswersRefusedUpdates) {
  EXPECT_CALL(users_, UpdateUser)
      .WillOnce(Return(seam::Fail(Code::kAlreadyExists, "EMAIL_TAKEN", "somebody has it")))
      .WillOnce(
          Return(seam::Fail(Code::kInvalidArgument, "INVALID_FIELD",
                            "expected_version must be 1 or more", {{"field", "expected_version"}})))
      .WillOnce(Return(users::v1::UpdateUserResponse()));
  ExpectRefused(Put(Update(), {{"If-Match", "\"2\""}}), 409, "EMAIL_TAKEN");
  const Reply reply = Put(Update());
  ExpectRefused(reply, 400, "INVALID_FIELD");
  EXPECT_EQ(ProblemOf(reply)["errors"],
            json({{{"field", "version"}, {"detail", "version must be 1 or more"}}}));
  ExpectRefused(Put(Update()), 500, "INTERNAL");  // Without a user.
}

TEST_F(UsersRoutesTest, NobodyChangesWhoTheyAre) {
  for (const char* name : {"id", "roles", "created_at", "customer_id"}) {
    json body = Update();
    body[name] = "x";
    ExpectBadField(Put(body), name, "not known");
  }
}

TEST_F(UsersRoutesTest, RefusesBadBodies) {
  for (const char* name : {"email", "name", "postal_address"}) {
    json body = Update();
    body.erase(name);
    ExpectBadField(Put(body), name, "missing");
    body[name] = nullptr;
    ExpectBadField(Put(body), name, "expected a string, got null");
  }
  json body = Update();
  body["version"] = "2";
  ExpectBadField(Put(body), "version", "expected an integer, got string");
  ExpectBadField(Put(json::array()), "", "expected a JSON object, got a JSON array");
  ExpectRefused(SendAsCustomer("PUT", "/users/me", "", {{"Content-Type", "text/plain"}}), 415,
                "JSON_NEEDED");
}

}  // namespace
}  // namespace shop::http
