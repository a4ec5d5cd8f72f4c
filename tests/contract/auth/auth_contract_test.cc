// What every caller of auth may rely on, written against the abstract clients and run unchanged on
// every binding.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "auth/auth_sides.h"
#include "seam/core/uuid.h"
#include "seam/grpc/channel.h"
#include "seam/identity/principal.h"
#include "seam/testing/process.h"

namespace shop::auth {
namespace {

using seam::Code;
using seam::Context;
using seam::Origin;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.

template <class T>
void ExpectRefused(const seam::Result<T>& result, Code code, const std::string& reason) {
  ASSERT_FALSE(result) << "expected " << reason;
  EXPECT_EQ(result.error().code, code) << ToString(result.error());
  EXPECT_EQ(result.error().reason, reason) << ToString(result.error());
  EXPECT_EQ(result.error().origin, Origin::kHandler) << ToString(result.error());
}

template <class T>
void ExpectInvalidField(const seam::Result<T>& result, const std::string& field) {
  ExpectRefused(result, Code::kInvalidArgument, "INVALID_FIELD");
  if (!result) {
    EXPECT_EQ(result.error().metadata.at("field"), field) << ToString(result.error());
  }
}

class AuthContract : public AuthOnEverySide {
 protected:
  static constexpr const char* kPassword = "correct horse battery";

  static RegisterRequest Ann() {
    return {.account_id = seam::NewUuidV7(),
            .email = "ann@example.org",
            .password = kPassword,
            .name = "Ann Onymous"};
  }
  std::string RegisterAnn() {
    const auto registered = client().Register(Context(), Ann());
    EXPECT_TRUE(registered) << ToString(registered.error());
    return registered->account_id;
  }

  seam::Result<LoginResponse> Login(const std::string& email, const std::string& password,
                                    const std::string& address = "") {
    return client().Login(Context(),
                          {.email = email, .password = password, .client_address = address});
  }
  Tokens LoginAnn() {
    const auto login = Login("ann@example.org", kPassword);
    EXPECT_TRUE(login) << ToString(login.error());
    return *login->tokens;
  }
  // The service makes its admin in the background.
  Context AsAdmin() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    auto login = Login(kAdminEmail, kAdminPassword);
    while (!login && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
      login = Login(kAdminEmail, kAdminPassword);
    }
    EXPECT_TRUE(login) << ToString(login.error());
    return seam::WithBearerToken(Context(), login->tokens->access_token);
  }

  seam::Result<seam::Principal> Verify(const Tokens& tokens) const {
    return verifier().VerifyToken(Context(), tokens.access_token);
  }
};

TEST_P(AuthContract, WhoHasRegisteredLogsInAndIsKnown) {
  const std::string id = RegisterAnn();
  const Tokens tokens = LoginAnn();
  EXPECT_EQ(tokens.account_id, id);
  EXPECT_GT(tokens.refresh_token_expires_at->seconds, tokens.access_token_expires_at->seconds);
  const auto principal = Verify(tokens);
  ASSERT_TRUE(principal) << ToString(principal.error());
  EXPECT_EQ(principal->subject, id);
  EXPECT_THAT(principal->roles, ElementsAre("customer"));
  const auto user = users().FindUserByEmail(Context(), {.email = "ANN@example.org"});
  ASSERT_TRUE(user) << ToString(user.error());
  EXPECT_EQ(user->id, id);
}

TEST_P(AuthContract, RegisteringAgainAnswersTheSameAndOthersAreRefused) {
  const auto ann = Ann();
  ASSERT_TRUE(client().Register(Context(), ann));
  const auto again = client().Register(Context(), ann);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->account_id, ann.account_id);

  auto other = ann;
  other.password = "another password";
  ExpectRefused(client().Register(Context(), other), Code::kAlreadyExists, "ACCOUNT_EXISTS");
  other = ann;
  other.email = "bob@example.org";
  ExpectRefused(client().Register(Context(), other), Code::kAlreadyExists, "ACCOUNT_EXISTS");
  other = Ann();
  other.email = "Ann@Example.ORG";
  ExpectRefused(client().Register(Context(), other), Code::kAlreadyExists, "EMAIL_TAKEN");
  ExpectRefused(Login(other.email, "another password"), Code::kUnauthenticated,
                "WRONG_CREDENTIALS");
}

TEST_P(AuthContract, ABadFieldIsNamed) {
  auto request = Ann();
  request.account_id = "not-a-uuid";
  ExpectInvalidField(client().Register(Context(), request), "account_id");
  request = Ann();
  request.password = "too short";
  ExpectInvalidField(client().Register(Context(), request), "password");
  request = Ann();
  request.email = "no email";
  ExpectInvalidField(client().Register(Context(), request), "email");
  request = Ann();
  request.name = "";
  ExpectInvalidField(client().Register(Context(), request), "name");
  request = Ann();
  request.client_address = std::string(65, '1');
  ExpectInvalidField(client().Register(Context(), request), "client_address");
  ExpectInvalidField(Login(std::string(255, 'x'), kPassword), "email");
  ExpectInvalidField(Login("ann@example.org", std::string(201, 'x')), "password");
  ExpectInvalidField(Login("ann@example.org", kPassword, std::string(65, '1')), "client_address");
}

TEST_P(AuthContract, NobodyLearnsFromALogInWhoIsACustomer) {
  RegisterAnn();
  const auto wrong = Login("ann@example.org", "a wrong password");
  ExpectRefused(wrong, Code::kUnauthenticated, "WRONG_CREDENTIALS");
  EXPECT_EQ(wrong.error(), Login("nobody@example.org", kPassword).error());
  EXPECT_EQ(wrong.error(), Login("no email", kPassword).error());
}

TEST_P(AuthContract, TooManyFailuresAreRefusedForAWhile) {
  RegisterAnn();
  for (int i = 0; i < AuthOptions().failures_per_account; ++i) {
    ExpectRefused(Login("ann@example.org", "a wrong password"), Code::kUnauthenticated,
                  "WRONG_CREDENTIALS");
  }
  const auto refused = Login("ann@example.org", kPassword);
  ExpectRefused(refused, Code::kResourceExhausted, "TOO_MANY_ATTEMPTS");
  const int seconds = std::stoi(refused.error().metadata.at("retry_after_seconds"));
  EXPECT_GT(seconds, 0);
  EXPECT_LE(seconds, AuthOptions().failure_window.count());
}

TEST_P(AuthContract, ARefreshTokenIsGoodForOneUse) {
  RegisterAnn();
  const Tokens first = LoginAnn();
  const auto second = client().Refresh(Context(), {.refresh_token = first.refresh_token});
  ASSERT_TRUE(second) << ToString(second.error());
  EXPECT_TRUE(Verify(*second->tokens));
  EXPECT_EQ(second->tokens->account_id, first.account_id);

  ExpectRefused(client().Refresh(Context(), {.refresh_token = first.refresh_token}),
                Code::kUnauthenticated, "INVALID_REFRESH_TOKEN");
  ExpectRefused(client().Refresh(Context(), {.refresh_token = second->tokens->refresh_token}),
                Code::kUnauthenticated, "INVALID_REFRESH_TOKEN");
  LetKeysAge();
  ExpectRefused(Verify(*second->tokens), Code::kUnauthenticated, "TOKEN_REVOKED");
  ExpectRefused(client().Refresh(Context(), {.refresh_token = "unknown"}), Code::kUnauthenticated,
                "INVALID_REFRESH_TOKEN");
}

TEST_P(AuthContract, ALogOutEndsTheAccessTokensThatHaveBeenVerifiedBefore) {
  RegisterAnn();
  const Tokens mine = LoginAnn();
  const Tokens other = LoginAnn();
  const auto principal = Verify(mine);
  ASSERT_TRUE(principal) << ToString(principal.error());
  for (int i = 0; i < 2; ++i) {
    const auto out = client().Logout(Context(), {.refresh_token = mine.refresh_token});
    EXPECT_TRUE(out) << ToString(out.error());
  }
  LetKeysAge();
  ExpectRefused(Verify(mine), Code::kUnauthenticated, "TOKEN_REVOKED");
  EXPECT_TRUE(Verify(other));
  const auto keys_now = keys().GetTokenKeys(Context(), {});
  ASSERT_TRUE(keys_now) << ToString(keys_now.error());
  EXPECT_THAT(keys_now->revoked_sessions, ElementsAre(principal->session));
  EXPECT_TRUE(client().Logout(Context(), {.refresh_token = "unknown"}));
}

TEST_P(AuthContract, OnlyAnAdminReplacesTheKeyAndOldTokensStayGood) {
  RegisterAnn();
  const Tokens before = LoginAnn();
  EXPECT_TRUE(Verify(before));
  ExpectRefused(client().RotateKeys(Context(), {}), Code::kUnauthenticated, "TOKEN_MISSING");
  ExpectRefused(client().RotateKeys(seam::WithBearerToken(Context(), before.access_token), {}),
                Code::kPermissionDenied, "ADMIN_ONLY");
  const auto rotated = client().RotateKeys(AsAdmin(), {});
  ASSERT_TRUE(rotated) << ToString(rotated.error());

  const auto published = keys().GetTokenKeys(Context(), {});
  ASSERT_TRUE(published) << ToString(published.error());
  std::vector<std::string> ids;
  for (const auto& key : published->keys) ids.push_back(key.id);
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_THAT(ids, Contains(rotated->key_id));
  const Tokens after = LoginAnn();
  EXPECT_TRUE(Verify(after));  // At once, although the verifier has asked for keys just before.
  EXPECT_TRUE(Verify(before));
}

TEST_P(AuthContract, WithAStolenKeyAllOfItsTokensEndAtOnce) {
  RegisterAnn();
  const Tokens before = LoginAnn();
  EXPECT_TRUE(Verify(before));  // So that the verifier has remembered it.
  const auto stolen = keys().GetTokenKeys(Context(), {});
  ASSERT_TRUE(stolen) << ToString(stolen.error());
  ASSERT_EQ(stolen->keys.size(), 1U);
  ExpectRefused(client().RotateKeys(seam::WithBearerToken(Context(), before.access_token),
                                    {.withdraw_others = true}),
                Code::kPermissionDenied, "ADMIN_ONLY");
  const Context admin = AsAdmin();
  // One that was retired before is withdrawn as well.
  ASSERT_TRUE(client().RotateKeys(admin, {}));
  const auto rotated = client().RotateKeys(admin, {.withdraw_others = true});
  ASSERT_TRUE(rotated) << ToString(rotated.error());

  const auto published = keys().GetTokenKeys(Context(), {});
  ASSERT_TRUE(published) << ToString(published.error());
  ASSERT_EQ(published->keys.size(), 1U);
  EXPECT_EQ(published->keys[0].id, rotated->key_id);
  LetKeysAge();
  ExpectRefused(Verify(before), Code::kUnauthenticated, "TOKEN_INVALID");
  ExpectRefused(client().RotateKeys(admin, {}), Code::kUnauthenticated, "TOKEN_INVALID");

  const auto after = client().Refresh(Context(), {.refresh_token = before.refresh_token});
  ASSERT_TRUE(after) << ToString(after.error());
  EXPECT_TRUE(Verify(*after->tokens));
}

TEST_P(AuthContract, TooManyRegistrationsFromOneAddressAreRefusedForAWhile) {
  auto request = Ann();
  request.client_address = "192.0.2.7";
  request.email = "no email";  // Registrations that are refused count as well.
  for (int i = 0; i < kRegistrationsPerAddress; ++i) {
    request.account_id = seam::NewUuidV7();
    ExpectInvalidField(client().Register(Context(), request), "email");
  }
  request = Ann();
  request.client_address = "192.0.2.7";
  const auto refused = client().Register(Context(), request);
  ExpectRefused(refused, Code::kResourceExhausted, "TOO_MANY_ATTEMPTS");
  EXPECT_GT(std::stoi(refused.error().metadata.at("retry_after_seconds")), 0);
  request.client_address = "192.0.2.8";
  const auto registered = client().Register(Context(), request);
  EXPECT_TRUE(registered) << ToString(registered.error());
}

TEST_P(AuthContract, NothingSecretIsPrinted) {
  RegisterAnn();
  const Tokens first = LoginAnn();
  static_cast<void>(Login("ann@example.org", "a wrong password"));
  const auto second = client().Refresh(Context(), {.refresh_token = first.refresh_token});
  ASSERT_TRUE(second) << ToString(second.error());
  static_cast<void>(client().Refresh(Context(), {.refresh_token = first.refresh_token}));
  static_cast<void>(client().RotateKeys(AsAdmin(), {}));
  const std::string printed = output();
  for (const std::string& secret :
       {std::string(kPassword), std::string(kAdminPassword), std::string("a wrong password"),
        first.access_token, first.refresh_token, second->tokens->access_token,
        second->tokens->refresh_token}) {
    EXPECT_THAT(printed, Not(HasSubstr(secret)));
  }
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(AuthContract);

// A service by itself, with nobody behind it.
TEST(AuthService, WaitsForUsersAndThenMakesTheAdmin) {
  const seam::testing::TemporaryFolder folder;
  seam::testing::Process service({AUTH_PROGRAM, "--data.directory", folder.path(),
                                  "--modules.users.target", "unix:" + (folder / "seam.sock"),
                                  "--listen", "unix:" + (folder / "auth.sock"),
                                  "--auth.admin_email", "root@shop.example",
                                  "--auth.hash_memory_bytes", "8192", "--auth.hash_passes", "1"});
  ASSERT_TRUE(service.WaitForLine("it is tried again")) << service.output();

  const seam::TokenVerifier nobody(seam::FixedKeys({"nobody", "nobody"}, {}), {});
  const auto users = users::OpenUsers({.database = {.sqlite_file = ":memory:"}}, nobody);
  ASSERT_TRUE(users) << ToString(users.error());
  users::v1::UsersServicer servicer(**users);
  const seam::testing::Loopback loopback(servicer, seam::testing::Side::kGrpcUnix, folder);

  const auto line = service.WaitForLine("The first admin is");
  ASSERT_TRUE(line) << service.output();
  const std::string before = "root@shop.example with the password ";
  ASSERT_THAT(*line, HasSubstr(before));
  const std::size_t begin = line->find(before) + before.size();
  const std::string password = line->substr(begin, line->find(',', begin) - begin);
  const auto channel =
      seam::OpenGrpcChannel(AuthSeam::contract(), {.target = "unix:" + (folder / "auth.sock")});
  ASSERT_TRUE(channel);
  AuthSeam::RemoteClient auth(**channel, seam::CallRules{});
  const auto admin = auth.Login(Context().WithTimeout(std::chrono::seconds(60)),
                                {.email = "root@shop.example", .password = password});
  EXPECT_TRUE(admin) << ToString(admin.error());
}

TEST(AuthService, StopsAlthoughTheAdminHasNotBeenMade) {
  const seam::testing::TemporaryFolder folder;
  seam::testing::Process service({AUTH_PROGRAM, "--data.directory", folder.path(), "--listen",
                                  "unix:" + (folder / "auth.sock"), "--modules.users.target",
                                  "unix:" + (folder / "nobody.sock")});
  ASSERT_TRUE(service.WaitForLine("it is tried again")) << service.output();
  service.Signal(SIGTERM);
  EXPECT_EQ(service.Wait(), 0) << service.output();
}

TEST(AuthService, AnAdminsPasswordThatIsTooShortStopsItAtTheStart) {
  const seam::testing::TemporaryFolder folder;
  const std::string file = folder / "password";
  std::ofstream(file) << "short";
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  seam::testing::Process service({AUTH_PROGRAM, "--data.directory", folder.path(),
                                  "--modules.users.target", "unix:" + (folder / "nobody.sock"),
                                  "--auth.admin_password_file", file});
  EXPECT_EQ(service.Wait(), 2);
  EXPECT_THAT(service.output(), HasSubstr("10 to 200 bytes"));
}

}  // namespace
}  // namespace shop::auth
