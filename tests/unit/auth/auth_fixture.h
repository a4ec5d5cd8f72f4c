#ifndef TESTS_UNIT_AUTH_AUTH_FIXTURE_H_
#define TESTS_UNIT_AUTH_AUTH_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/module.h"
#include "fake_users.h"
#include "postgresql/module_databases.h"
#include "seam/binding/call_rules.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/identity/v1/token_keys_in_process.h"
#include "seam/sql/database.h"
#include "shop/users/v1/users_in_process.h"

namespace shop::auth {

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

// What another process would have: the module on the test's database, and a verifier of its tokens.
struct OpenedAuth {
  OpenedAuth(const AuthOptions& options, users::v1::UsersClient& users)
      : module(OpenAuth(options, users).value()),
        auth(module->NewAuthHandler()),
        keys(module->NewTokenKeysHandler()),
        keys_client(*keys, seam::CallRules{}),
        verifier(seam::KeysFrom(keys_client), VerifierOptions(options)) {}

  static seam::TokenVerifierOptions VerifierOptions(const AuthOptions& options) {
    seam::TokenVerifierOptions verifier;
    verifier.refresh = std::chrono::milliseconds(0);
    verifier.clock = options.clock;
    return verifier;
  }

  // In the order of construction: each uses the ones above it.
  std::unique_ptr<AuthModule> module;
  std::unique_ptr<v1::AuthHandler> auth;
  std::unique_ptr<seam::identity::v1::TokenKeysHandler> keys;
  seam::identity::v1::TokenKeysInProcessClient keys_client;
  seam::TokenVerifier verifier;
};

// The module on a database of its own, with a clock that the test sets and cheap hashes.
class AuthFixture : public testing::Test {
 protected:
  static constexpr const char* kEmail = "ann@example.org";
  static constexpr const char* kPassword = "correct horse battery";

  AuthFixture() { Reopen(); }

  void Reopen() { opened_ = std::make_unique<OpenedAuth>(options_, users_client_); }
  [[nodiscard]] std::unique_ptr<OpenedAuth> OpenAnother() {
    return std::make_unique<OpenedAuth>(options_, users_client_);
  }

  [[nodiscard]] AuthOptions CheapOptions() {
    AuthOptions options;
    options.database = databases_.Of("auth");
    options.durable = false;
    options.hash_cost = {.memory_bytes = 8192, .passes = 1};
    // So long that the tests of other spans do not meet it.
    options.session_lifetime = std::chrono::hours(24 * 366);
    options.clock = [this] {
      return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_.load()));
    };
    return options;
  }

  // Where the database is a file.
  [[nodiscard]] std::string database_path() const { return options_.database.sqlite_file; }

  [[nodiscard]] std::unique_ptr<seam::sql::Database> OpenDatabase() const {
    return databases_.Open("auth");
  }
  [[nodiscard]] std::int64_t Count(const std::string& table) const {
    return *OpenDatabase()->Read(Context(), [&](seam::sql::Session& session) {
      return session.QueryOne("SELECT count(*) FROM " + table, {},
                              [](const seam::sql::Row& row) { return row.Int64(0); });
    });
  }

  void Pass(std::chrono::milliseconds span) { now_ += span.count(); }

  static v1::RegisterRequest Ann() {
    v1::RegisterRequest request;
    request.account_id = seam::NewUuidV7();
    request.email = kEmail;
    request.password = kPassword;
    request.name = "Ann";
    return request;
  }

  Result<v1::RegisterResponse> Register(const v1::RegisterRequest& request) {
    return opened_->auth->Register(context_, request);
  }
  // Returns the id.
  std::string RegisterAnn() { return Register(Ann()).value().account_id; }

  Result<v1::LoginResponse> Login(const std::string& email = kEmail,
                                  const std::string& password = kPassword,
                                  const std::string& address = "") {
    v1::LoginRequest request;
    request.email = email;
    request.password = password;
    request.client_address = address;
    return opened_->auth->Login(context_, request);
  }
  v1::Tokens Tokens() { return *Login().value().tokens; }

  Result<v1::RefreshResponse> Refresh(const std::string& token) {
    v1::RefreshRequest request;
    request.refresh_token = token;
    return opened_->auth->Refresh(context_, request);
  }
  Result<v1::LogoutResponse> Logout(const std::string& token) {
    v1::LogoutRequest request;
    request.refresh_token = token;
    return opened_->auth->Logout(context_, request);
  }

  Result<seam::Principal> Verify(const std::string& access_token) {
    return opened_->verifier.VerifyToken(context_, access_token);
  }
  std::vector<std::string> Revoked() {
    return opened_->keys->GetTokenKeys(context_, {}).value().revoked_sessions;
  }
  std::vector<std::string> KeyIds() {
    std::vector<std::string> ids;
    const auto published = opened_->keys->GetTokenKeys(context_, {});
    for (const auto& key : published->keys) ids.push_back(key.id);
    return ids;
  }

  const Context context_;
  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  const seam::testing::ModuleDatabases databases_;
  FakeUsers users_;
  users::v1::UsersInProcessClient users_client_{users_, seam::CallRules{}};
  AuthOptions options_ = CheapOptions();
  std::unique_ptr<OpenedAuth> opened_;
};

}  // namespace shop::auth

#endif  // TESTS_UNIT_AUTH_AUTH_FIXTURE_H_
