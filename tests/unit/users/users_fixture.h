#ifndef TESTS_UNIT_USERS_USERS_FIXTURE_H_
#define TESTS_UNIT_USERS_USERS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "postgresql/module_databases.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/test_tokens.h"
#include "users/module.h"

namespace shop::users {

using seam::Code;
using seam::Context;
using seam::Error;
using seam::Result;

// The error of a failed call, as "CODE REASON", with " field=…" when a field is named; "OK" when
// the call succeeded.
template <class T>
std::string Outcome(const Result<T>& result) {
  if (result) return "OK";
  const Error& error = result.error();
  std::string text = std::string(seam::CodeName(error.code)) + " " + error.reason;
  if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
    text += " field=" + field->second;
  }
  return text;
}

// The module on a database of its own, with a clock that the test sets.
class UsersFixture : public testing::Test {
 protected:
  UsersFixture() : users_(Open()) {}

  [[nodiscard]] seam::sql::DatabaseOptions database() const { return databases_.Of("users"); }

  // Another handler on the same database, as another process would have.
  [[nodiscard]] std::unique_ptr<v1::UsersHandler> Open() {
    auto opened = OpenUsers(
        {.database = database(),
         .durable = false,
         .clock =
             [this] {
               return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_.load()));
             }},
        verifier_);
    return std::move(opened).value();
  }

  static v1::CreateUserRequest Ann(const std::string& email = "ann@example.org") {
    v1::CreateUserRequest request;
    request.id = seam::NewUuidV7();
    request.email = email;
    request.name = "Ann";
    return request;
  }

  // What changes nothing but the version.
  static v1::UpdateUserRequest UpdateOf(const v1::User& user) {
    v1::UpdateUserRequest request;
    request.id = user.id;
    request.expected_version = user.version;
    request.email = user.email;
    request.name = user.name;
    request.postal_address = user.postal_address;
    return request;
  }

  v1::User Create(const v1::CreateUserRequest& request) {
    return *users_->CreateUser(nobody_, request).value().user;
  }

  // On the user's own behalf.
  [[nodiscard]] Context As(const std::string& id) const { return tokens_.As(id); }
  Result<v1::UpdateUserResponse> Update(const v1::UpdateUserRequest& request) {
    return users_->UpdateUser(As(request.id), request);
  }
  Result<v1::GetUserResponse> Get(const Context& context, const std::string& id) {
    v1::GetUserRequest request;
    request.id = id;
    return users_->GetUser(context, request);
  }
  v1::User User(const std::string& id) { return *Get(As(id), id).value().user; }

  Result<v1::FindUserByEmailResponse> Find(const std::string& email) {
    v1::FindUserByEmailRequest request;
    request.email = email;
    return users_->FindUserByEmail(nobody_, request);
  }
  // The id of the user with that email; how the search fails when there is none.
  std::string IdOf(const std::string& email) {
    const auto found = Find(email);
    return found ? found->id : Outcome(found);
  }

  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const Context nobody_;
  const Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  const seam::testing::ModuleDatabases databases_;
  std::unique_ptr<v1::UsersHandler> users_;
};

}  // namespace shop::users

#endif  // TESTS_UNIT_USERS_USERS_FIXTURE_H_
