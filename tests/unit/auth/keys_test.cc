#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include "auth_fixture.h"

namespace shop::auth {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class KeysTest : public AuthFixture {
 protected:
  KeysTest() {
    RegisterAnn();
    FirstAdmin admin;
    admin.password = kPassword;
    EXPECT_EQ(Outcome(opened_->module->EnsureFirstAdmin(context_, admin)), "OK");
  }

  Context As(const std::string& access_token) const {
    return seam::WithBearerToken(context_, access_token);
  }
  Context AsAdmin() { return As(Login("admin@shop.example").value().tokens->access_token); }
  Result<v1::RotateKeysResponse> Rotate(const Context& context, bool withdraw_others = false) {
    v1::RotateKeysRequest request;
    request.withdraw_others = withdraw_others;
    return opened_->auth->RotateKeys(context, request);
  }
};

class SqliteKeysTest : public KeysTest {
 protected:
  // What is in the database file when nobody has it open.
  [[nodiscard]] std::string FileAfterClosing() {
    opened_.reset();
    std::ifstream file(database_path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(KeysTest, ThereIsOneKeyFromTheStart) {
  const auto answer = opened_->keys->GetTokenKeys(context_, {});
  EXPECT_EQ(answer->issuer, options_.audience.issuer);
  EXPECT_EQ(answer->audience, options_.audience.audience);
  ASSERT_THAT(answer->keys, SizeIs(1));
  EXPECT_EQ(answer->keys[0].ed25519_public_key.size(), 32U);
}

TEST_F(KeysTest, ProcessesThatStartAtOnceAgreeOnTheKey) {
  const seam::testing::ModuleDatabases databases;
  AuthOptions options = options_;
  options.database = databases.Of("auth");
  std::mutex mutex;
  std::set<std::string> ids;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto module = OpenAuth(options, users_client_);
      ASSERT_TRUE(module) << ToString(module.error());
      const auto keys = (*module)->NewTokenKeysHandler()->GetTokenKeys(context_, {});
      const std::lock_guard lock(mutex);
      for (const auto& key : keys->keys) ids.insert(key.id);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ids, SizeIs(1));
}

TEST_F(KeysTest, OnlyAnAdminReplacesTheKey) {
  const auto before = KeyIds();
  EXPECT_EQ(Outcome(Rotate(context_)), "UNAUTHENTICATED TOKEN_MISSING");
  EXPECT_EQ(Outcome(Rotate(As("x.y.z"))), "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Outcome(Rotate(As(Tokens().access_token))), "PERMISSION_DENIED ADMIN_ONLY");
  const auto stranger = seam::SigningKey::Generate();
  const seam::Principal admin{.subject = seam::NewUuidV7(),
                              .roles = {"admin"},
                              .session = seam::NewUuidV7(),
                              .expires_at = options_.clock() + std::chrono::hours(1)};
  EXPECT_EQ(Outcome(Rotate(As(SignToken(stranger, options_.audience, admin, options_.clock())))),
            "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(KeyIds(), before);
}

TEST_F(KeysTest, AnAdminWhoHasLoggedOutReplacesNothing) {
  const auto tokens = *Login("admin@shop.example").value().tokens;
  EXPECT_EQ(Outcome(Logout(tokens.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Rotate(As(tokens.access_token))), "UNAUTHENTICATED TOKEN_REVOKED");
}

TEST_F(KeysTest, TokensOfTheOldKeyStayGoodUntilTheyExpire) {
  const auto old_key = KeyIds().at(0);
  const auto context = AsAdmin();
  Pass(std::chrono::seconds(10));
  const auto before = Tokens();
  const auto rotated = Rotate(context);
  ASSERT_EQ(Outcome(rotated), "OK");
  EXPECT_THAT(KeyIds(), ElementsAre(old_key, rotated->key_id));
  EXPECT_EQ(Outcome(Verify(before.access_token)), "OK");

  Pass(options_.access_token_lifetime - std::chrono::seconds(1));
  EXPECT_EQ(Outcome(Verify(before.access_token)), "OK");
  const auto after = Tokens();
  EXPECT_EQ(Outcome(Verify(after.access_token)), "OK");

  Pass(std::chrono::seconds(1));
  EXPECT_THAT(KeyIds(), ElementsAre(rotated->key_id));
  EXPECT_EQ(Outcome(Verify(before.access_token)), "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Outcome(Verify(after.access_token)), "OK");
}

TEST_F(KeysTest, ANewKeySignsInAllProcessesAtOnce) {
  auto other = OpenAnother();
  const auto context = AsAdmin();
  Pass(std::chrono::seconds(10));
  ASSERT_EQ(Outcome(Rotate(context)), "OK");
  opened_.swap(other);
  Pass(std::chrono::seconds(10));
  const auto tokens = Tokens();
  // By then only the new key is published.
  Pass(options_.access_token_lifetime - std::chrono::seconds(5));
  EXPECT_THAT(KeyIds(), SizeIs(1));
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "OK");
}

TEST_F(KeysTest, AnOldKeyIsReplacedAndForgotten) {
  options_.key_lifetime = std::chrono::hours(1);
  Reopen();
  const auto first = KeyIds();
  Pass(std::chrono::hours(1) - std::chrono::milliseconds(1));
  Tokens();
  EXPECT_EQ(KeyIds(), first);
  Pass(std::chrono::milliseconds(1));
  const auto tokens = Tokens();
  EXPECT_THAT(KeyIds(), SizeIs(2));
  Pass(options_.access_token_lifetime);
  EXPECT_THAT(KeyIds(), SizeIs(1));
  EXPECT_THAT(KeyIds(), Not(Contains(first[0])));
  Pass(std::chrono::hours(1));
  EXPECT_EQ(Outcome(Refresh(tokens.refresh_token)), "OK");
  EXPECT_EQ(Count("signing_key"), 2);
}

TEST_F(KeysTest, AKeyFromWhenTheClockWasAheadIsReplaced) {
  const auto first = KeyIds();
  Pass(-std::chrono::hours(24 * 365));
  const auto tokens = Tokens();
  EXPECT_THAT(KeyIds(), SizeIs(2));
  Pass(options_.access_token_lifetime);
  EXPECT_THAT(KeyIds(), Not(Contains(first[0])));
}

TEST_F(KeysTest, WithdrawnKeysAreGoodForNothing) {
  const auto context = AsAdmin();
  const auto first = Tokens();
  ASSERT_EQ(Outcome(Rotate(context)), "OK");
  const auto second = Tokens();
  EXPECT_EQ(Outcome(Rotate(As(second.access_token), true)), "PERMISSION_DENIED ADMIN_ONLY");
  EXPECT_THAT(KeyIds(), SizeIs(2));
  const auto rotated = Rotate(context, true);
  ASSERT_EQ(Outcome(rotated), "OK");
  EXPECT_THAT(KeyIds(), ElementsAre(rotated->key_id));
  EXPECT_EQ(Count("signing_key"), 1);
  for (const auto& tokens : {first, second}) {
    EXPECT_EQ(Outcome(Verify(tokens.access_token)), "UNAUTHENTICATED TOKEN_INVALID");
  }
  EXPECT_EQ(Outcome(Rotate(context)), "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Outcome(Verify(Refresh(first.refresh_token).value().tokens->access_token)), "OK");
}

TEST_F(KeysTest, WhatHasEndedBeforeAWithdrawalStaysEnded) {
  const auto ended = Tokens();
  EXPECT_EQ(Outcome(Logout(ended.refresh_token)), "OK");
  ASSERT_EQ(Outcome(Rotate(AsAdmin(), true)), "OK");
  EXPECT_THAT(Revoked(), IsEmpty());
  EXPECT_EQ(Outcome(Verify(ended.access_token)), "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Outcome(Refresh(ended.refresh_token)), "UNAUTHENTICATED INVALID_REFRESH_TOKEN");
}

TEST_F(SqliteKeysTest, TheSecretOfAnOldKeyIsNotInTheFileAnyMore) {
  const auto seed = OpenDatabase()->Read(Context(), [](seam::sql::Session& session) {
    return session.QueryOne("SELECT seed FROM signing_key", {},
                            [](const seam::sql::Row& row) { return std::string(row.Blob(0)); });
  });
  ASSERT_EQ(seed->size(), 32U);
  EXPECT_THAT(FileAfterClosing(), HasSubstr(*seed));
  Reopen();
  ASSERT_EQ(Outcome(Rotate(AsAdmin())), "OK");
  EXPECT_THAT(FileAfterClosing(), Not(HasSubstr(*seed)));
}

TEST_F(KeysTest, ARetiredKeyHasNoSecretAnyMore) {
  ASSERT_EQ(Outcome(Rotate(AsAdmin())), "OK");
  EXPECT_EQ(Count("signing_key"), 2);
  EXPECT_EQ(Count("signing_key WHERE seed IS NOT NULL"), 1);
}

}  // namespace
}  // namespace shop::auth
