#include <atomic>
#include <thread>

#include "auth_fixture.h"

namespace shop::auth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kInvalid = "UNAUTHENTICATED INVALID_REFRESH_TOKEN";

class SessionTest : public AuthFixture {
 protected:
  SessionTest() { RegisterAnn(); }
};

TEST_F(SessionTest, ARefreshGivesNewTokensOfTheSameSession) {
  const auto before = Tokens();
  Pass(std::chrono::minutes(10));
  const auto after = *Refresh(before.refresh_token).value().tokens;
  EXPECT_NE(after.refresh_token, before.refresh_token);
  EXPECT_NE(after.access_token, before.access_token);
  EXPECT_EQ(after.account_id, before.account_id);
  EXPECT_EQ(after.refresh_token_expires_at->seconds,
            before.refresh_token_expires_at->seconds + 600);
  EXPECT_EQ(Verify(after.access_token)->session, Verify(before.access_token)->session);
  EXPECT_EQ(Verify(after.access_token)->roles, Verify(before.access_token)->roles);
  EXPECT_THAT(Revoked(), IsEmpty());
}

TEST_F(SessionTest, ATokenThatIsUsedAgainEndsTheWholeSession) {
  const auto stolen = Tokens();
  const auto second = *Refresh(stolen.refresh_token).value().tokens;
  const auto third = *Refresh(second.refresh_token).value().tokens;
  EXPECT_EQ(Outcome(Refresh(stolen.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Refresh(third.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Verify(stolen.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  EXPECT_EQ(Outcome(Verify(third.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(SessionTest, AnyOlderTokenEndsTheSessionHoweverOldItIs) {
  const auto first = Tokens();
  auto last = first;
  for (int i = 0; i < 10; ++i) {
    Pass(options_.refresh_token_lifetime - std::chrono::seconds(1));
    last = *Refresh(last.refresh_token).value().tokens;
  }
  EXPECT_EQ(Outcome(Refresh(first.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Refresh(last.refresh_token)), kInvalid);
}

TEST_F(SessionTest, OfTwoUsesAtOnceAtMostOneSucceedsAndTheSessionEnds) {
  const auto tokens = Tokens();
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { succeeded += Refresh(tokens.refresh_token).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
}

TEST_F(SessionTest, ARefreshTokenEndsAtItsTime) {
  const auto tokens = Tokens();
  Pass(options_.refresh_token_lifetime - std::chrono::milliseconds(1));
  const auto next = Refresh(tokens.refresh_token);
  ASSERT_EQ(Outcome(next), "OK");
  Pass(options_.refresh_token_lifetime);
  EXPECT_EQ(Outcome(Refresh(next->tokens->refresh_token)), kInvalid);
}

TEST_F(SessionTest, ASessionEndsAtItsTimeHoweverOftenItIsRefreshed) {
  using std::chrono::hours;
  options_.refresh_token_lifetime = hours(24 * 10);
  options_.session_lifetime = hours(24 * 25);
  Reopen();
  auto tokens = Tokens();
  const auto begin = tokens.refresh_token_expires_at->seconds - 10 * std::int64_t{86'400};
  for (const int until : {19, 25}) {
    Pass(hours(24 * 9));
    tokens = *Refresh(tokens.refresh_token).value().tokens;
    EXPECT_EQ(tokens.refresh_token_expires_at->seconds, begin + until * std::int64_t{86'400});
  }
  Pass(hours(24 * 7) - std::chrono::milliseconds(1));
  tokens = *Refresh(tokens.refresh_token).value().tokens;
  EXPECT_EQ(tokens.refresh_token_expires_at->seconds, begin + 25 * std::int64_t{86'400});
  Pass(std::chrono::milliseconds(1));
  EXPECT_EQ(Outcome(Refresh(tokens.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Refresh(Tokens().refresh_token)), "OK");
}

TEST_F(SessionTest, AShorterTimeCountsForTheSessionsThatThereAre) {
  const auto tokens = Tokens();
  options_.session_lifetime = std::chrono::hours(1);
  Reopen();
  Pass(std::chrono::hours(1));
  EXPECT_EQ(Outcome(Refresh(tokens.refresh_token)), kInvalid);
}

TEST_F(SessionTest, WhatIsNoRefreshTokenIsRefusedAlike) {
  const auto known = Tokens();
  std::string other = known.refresh_token;
  other.front() = other.front() == 'A' ? 'B' : 'A';  // Of no family.
  const auto refused = Refresh(other);
  EXPECT_EQ(Outcome(refused), kInvalid);
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(64, '!'), std::string(64, 'A'),
        known.refresh_token + "A", known.access_token, std::string(1'000'000, 'A')}) {
    EXPECT_EQ(Refresh(text).error(), refused.error());
    EXPECT_EQ(Outcome(Logout(text)), "OK");
  }
  EXPECT_EQ(Outcome(Refresh(known.refresh_token)), "OK");  // Nothing of that has ended it.
}

TEST_F(SessionTest, ALogOutEndsAllTokensOfTheSessionAndNoOthers) {
  const auto mine = Tokens();
  const auto other = Tokens();
  const auto session = Verify(mine.access_token)->session;
  EXPECT_EQ(Outcome(Logout(mine.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Logout(mine.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Refresh(mine.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Verify(mine.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  EXPECT_THAT(Revoked(), ElementsAre(session));
  EXPECT_EQ(Outcome(Refresh(other.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Verify(other.access_token)), "OK");
}

TEST_F(SessionTest, ALogOutWithATokenThatWasUsedEndsTheSessionToo) {
  const auto before = Tokens();
  const auto after = *Refresh(before.refresh_token).value().tokens;
  EXPECT_EQ(Outcome(Logout(before.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Verify(after.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
}

TEST_F(SessionTest, AnEndedSessionIsListedUntilItsLastAccessTokenHasEndedByEveryClock) {
  const auto before = Tokens();
  Pass(options_.access_token_lifetime - std::chrono::seconds(1));
  const auto after = *Refresh(before.refresh_token).value().tokens;
  EXPECT_EQ(Outcome(Logout(after.refresh_token)), "OK");
  Pass(options_.access_token_lifetime - std::chrono::seconds(1));
  EXPECT_EQ(Outcome(Verify(after.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  Pass(std::chrono::seconds(1));
  EXPECT_EQ(Outcome(Verify(after.access_token)), "UNAUTHENTICATED TOKEN_EXPIRED");
  Pass(std::chrono::seconds(59));
  EXPECT_THAT(Revoked(), SizeIs(1));
  Tokens();  // Cleans up.
  EXPECT_THAT(Revoked(), SizeIs(1));
  Pass(std::chrono::seconds(1));
  EXPECT_THAT(Revoked(), IsEmpty());
}

TEST_F(SessionTest, ARevokedTokenDoesNotBecomeGoodAgainForAVerifierWithASlowClock) {
  auto options = OpenedAuth::VerifierOptions(options_);
  options.clock = [this] { return options_.clock() - std::chrono::seconds(59); };
  const seam::TokenVerifier slow(seam::KeysFrom(opened_->keys_client), options);
  const auto tokens = Tokens();
  EXPECT_EQ(Outcome(slow.VerifyToken(context_, tokens.access_token)), "OK");
  EXPECT_EQ(Outcome(Logout(tokens.refresh_token)), "OK");
  for (int i = 0; i < 16; ++i) {
    EXPECT_NE(Outcome(slow.VerifyToken(context_, tokens.access_token)), "OK") << i;
    Pass(std::chrono::minutes(1));
  }
}

TEST_F(SessionTest, ShorterLivesOfTokensLetNoRevokedOneIn) {
  const auto tokens = Tokens();
  options_.access_token_lifetime = std::chrono::seconds(60);
  Reopen();
  EXPECT_EQ(Outcome(Logout(Refresh(tokens.refresh_token).value().tokens->refresh_token)), "OK");
  Pass(std::chrono::seconds(120));
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
}

TEST_F(SessionTest, SessionsThatNobodyNeedsAreCleanedUp) {
  const auto ended = Tokens();
  const auto forgotten = Tokens();
  EXPECT_EQ(Outcome(Logout(ended.refresh_token)), "OK");
  EXPECT_EQ(Count("session"), 2);
  Pass(options_.access_token_lifetime + std::chrono::seconds(60));
  const auto kept = Tokens();
  EXPECT_EQ(Count("session"), 2);  // Without the one that has ended.
  Pass(options_.refresh_token_lifetime - std::chrono::seconds(1));
  EXPECT_EQ(Outcome(Refresh(kept.refresh_token)), "OK");
  EXPECT_EQ(Count("session"), 1);
}

TEST_F(SessionTest, WhenTooManyWouldBeRevokedAllRefreshOnce) {
  const auto mine = Tokens();
  const auto first = Tokens();
  const auto second = Tokens();
  const auto before = KeyIds();
  OpenDatabase()->Write(Context(), [&](seam::sql::Session& session) {
    for (int i = 0; i < 9'999; ++i) {
      const std::string id = seam::NewUuidV7();
      session.Execute(
          "INSERT INTO session (id, account_id, family_hash, token_hash, started_at, access_until, "
          "refresh_until, keep_until, ended_at) VALUES ($1, $2, $3, $3, 1, $4, $4, $4, 1)",
          {id, mine.account_id, seam::sql::Value::Blob(id), now_.load() + 60'000});
    }
  });
  EXPECT_EQ(Outcome(Logout(first.refresh_token)), "OK");
  EXPECT_THAT(Revoked(), SizeIs(10'000));
  EXPECT_EQ(KeyIds(), before);
  EXPECT_EQ(Outcome(Verify(mine.access_token)), "OK");

  EXPECT_EQ(Outcome(Logout(second.refresh_token)), "OK");
  EXPECT_THAT(Revoked(), IsEmpty());
  EXPECT_THAT(KeyIds(), SizeIs(1));
  EXPECT_NE(KeyIds(), before);
  for (const auto& tokens : {mine, first, second}) {
    EXPECT_EQ(Outcome(Verify(tokens.access_token)), "UNAUTHENTICATED TOKEN_INVALID");
  }
  EXPECT_EQ(Outcome(Refresh(first.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Refresh(second.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Verify(Refresh(mine.refresh_token).value().tokens->access_token)), "OK");
}

TEST_F(SessionTest, AnAccountHasTwentySessionsAndTheOldestEnds) {
  auto bob = Ann();
  bob.email = "bob@example.org";
  ASSERT_EQ(Outcome(Register(bob)), "OK");
  const auto others = *Login(bob.email).value().tokens;
  const auto first = Tokens();
  Pass(std::chrono::milliseconds(1));
  const auto second = Tokens();
  Pass(std::chrono::milliseconds(1));
  for (int i = 2; i < 20; ++i) Tokens();
  EXPECT_EQ(Outcome(Verify(first.access_token)), "OK");
  Tokens();
  EXPECT_EQ(Outcome(Verify(first.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  EXPECT_EQ(Outcome(Refresh(first.refresh_token)), kInvalid);
  EXPECT_EQ(Outcome(Verify(others.access_token)), "OK");
  EXPECT_THAT(Revoked(), SizeIs(1));

  // The access tokens of the next have expired by then, so nobody needs to know.
  Pass(options_.access_token_lifetime + std::chrono::seconds(60));
  Tokens();
  EXPECT_EQ(Outcome(Refresh(second.refresh_token)), kInvalid);
  EXPECT_THAT(Revoked(), IsEmpty());
  EXPECT_EQ(Outcome(Refresh(others.refresh_token)), "OK");
}

TEST_F(SessionTest, TokensOutliveTheProcessAndAreGoodInOthers) {
  const auto tokens = Tokens();
  const auto other = OpenAnother();
  EXPECT_EQ(Outcome(other->verifier.VerifyToken(context_, tokens.access_token)), "OK");
  Reopen();
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "OK");
  EXPECT_EQ(Outcome(Refresh(tokens.refresh_token)), "OK");
}

TEST_F(SessionTest, NoSecretOfATokenIsStored) {
  const auto tokens = Tokens();
  OpenDatabase()->Read(Context(), [&](seam::sql::Session& session) {
    const auto found = session.QueryOne(
        "SELECT count(*) FROM session WHERE CAST(token_hash AS TEXT) = $1 "
        "OR CAST(family_hash AS TEXT) = $1 OR id = $1",
        {tokens.refresh_token}, [](const seam::sql::Row& row) { return row.Int64(0); });
    EXPECT_EQ(found, 0);
    session.Query("SELECT token_hash, family_hash FROM session", {}, [](const seam::sql::Row& row) {
      EXPECT_EQ(row.Blob(0).size(), 32U);
      EXPECT_EQ(row.Blob(1).size(), 32U);
    });
  });
}

}  // namespace
}  // namespace shop::auth
