#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "auth/service.h"
#include "auth_fixture.h"

namespace shop::auth {
namespace {

constexpr const char* kWrong = "UNAUTHENTICATED WRONG_CREDENTIALS";
constexpr const char* kTooMany = "RESOURCE_EXHAUSTED TOO_MANY_ATTEMPTS";

class ThrottlingTest : public AuthFixture {
 protected:
  ThrottlingTest() {
    options_.failures_per_account = 3;
    options_.failures_per_address = 5;
    options_.registrations_per_address = 4;
    options_.failure_window = std::chrono::seconds(60);
    Reopen();
  }

  std::string Guess(const std::string& email = kEmail, const std::string& address = "") {
    return Outcome(Login(email, "a wrong password", address));
  }
};

TEST_F(ThrottlingTest, AfterTooManyFailuresEvenTheRightPasswordIsRefusedForAWhile) {
  RegisterAnn();
  EXPECT_EQ(Guess(), kWrong);
  Pass(std::chrono::seconds(10));
  EXPECT_EQ(Guess(), kWrong);
  EXPECT_EQ(Guess("Ann@EXAMPLE.org"), kWrong);  // The same account.
  const int asked = users_.calls();
  const auto refused = Login();
  EXPECT_EQ(Outcome(refused), kTooMany);
  EXPECT_EQ(refused.error().metadata.at("retry_after_seconds"), "50");
  EXPECT_EQ(users_.calls(), asked);
  Pass(std::chrono::seconds(50) - std::chrono::milliseconds(1));
  EXPECT_EQ(Login().error().metadata.at("retry_after_seconds"), "1");
  Pass(std::chrono::milliseconds(1));
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(ThrottlingTest, TheWindowSlides) {
  RegisterAnn();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Guess(), kWrong);
    Pass(std::chrono::seconds(20));
  }
  EXPECT_EQ(Guess(), kWrong);    // The first is out of the window,
  EXPECT_EQ(Guess(), kTooMany);  // the second is not.
}

TEST_F(ThrottlingTest, AnUnknownEmailIsThrottledAlike) {
  RegisterAnn();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Guess(), kWrong);
    EXPECT_EQ(Guess("nobody@example.org"), kWrong);
  }
  EXPECT_EQ(Login().error(), Login("nobody@example.org").error());
}

TEST_F(ThrottlingTest, AnotherAccountIsNotConcerned) {
  RegisterAnn();
  for (int i = 0; i < 4; ++i) Guess("bob@example.org");
  EXPECT_EQ(Guess("bob@example.org"), kTooMany);
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(ThrottlingTest, AnAddressThatTriesManyAccountsIsRefused) {
  RegisterAnn();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Guess(std::to_string(i) + "@example.org", "192.0.2.7"), kWrong);
  }
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.7")), kTooMany);
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.8")), "OK");
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "")), "OK");
}

TEST_F(ThrottlingTest, NobodyIsLockedOutFromElsewhere) {
  RegisterAnn();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kWrong);
  EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kTooMany);
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.8")), "OK");
  // The log-in has forgotten nothing of what the other address has done.
  EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kTooMany);
}

TEST_F(ThrottlingTest, ManyAddressesTogetherGuessNoMoreThanTheEmailAllows) {
  options_.failures_per_email = 4;
  Reopen();
  RegisterAnn();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Guess(kEmail, "192.0.2." + std::to_string(i)), kWrong);
  EXPECT_EQ(Guess("ANN@example.org", "192.0.2.8"), kTooMany);
  EXPECT_EQ(Guess("bob@example.org", "192.0.2.8"), kWrong);
  Pass(options_.failure_window);
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.8")), "OK");
}

TEST_F(ThrottlingTest, ALogInForgetsNoneOfTheGuessesOfOtherAddresses) {
  options_.failures_per_email = 4;
  Reopen();
  RegisterAnn();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Guess(kEmail, "192.0.2." + std::to_string(i)), kWrong);
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.8")), "OK");
  EXPECT_EQ(Guess(kEmail, "192.0.2.4"), kWrong);
  EXPECT_EQ(Guess(kEmail, "192.0.2.5"), kTooMany);
}

TEST_F(ThrottlingTest, FailuresAreNotForgottenBecauseOfManyLaterAttempts) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Guess(), kWrong);
  // As if there had been so many, all of which were taken back.
  const auto database = OpenDatabase();
  const bool sqlite = database->engine() == seam::sql::Engine::kSqlite;
  database->Write(Context(), [&](seam::sql::Session& session) {
    session.ExecuteScript(sqlite
                              ? "UPDATE sqlite_sequence SET seq = 1000000000 WHERE name = 'attempt'"
                              : "ALTER TABLE attempt ALTER COLUMN id RESTART WITH 1000000000");
  });
  EXPECT_EQ(Guess("bob@example.org"), kWrong);
  EXPECT_EQ(Guess(), kTooMany);
}

TEST_F(ThrottlingTest, FailuresFromWhenTheClockWasAheadDoNotCount) {
  RegisterAnn();
  const auto ahead = std::chrono::hours(24 * 365);
  Pass(ahead);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Guess(), kWrong);
  EXPECT_EQ(Guess(), kTooMany);
  Pass(-ahead);
  EXPECT_EQ(Outcome(Login()), "OK");
  EXPECT_EQ(Count("attempt"), 0);
}

TEST_F(ThrottlingTest, ALogInForgetsTheFailuresOfTheAccountButNotOfTheAddress) {
  RegisterAnn();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kWrong);
    EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kWrong);
    EXPECT_EQ(Outcome(Login(kEmail, kPassword, "192.0.2.7")), "OK");
  }
  // Four failures are left of the address; the log-ins themselves are none.
  EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kWrong);
  EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kTooMany);
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(ThrottlingTest, GuessesAtOnceAreNoMoreThanGuessesOneByOne) {
  RegisterAnn();
  std::atomic<int> wrong = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const std::string outcome = Guess();
      wrong += outcome == kWrong ? 1 : 0;
      refused += outcome == kTooMany ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 3);
  EXPECT_EQ(refused, 17);
}

TEST_F(ThrottlingTest, GuessesFromOneAddressAtOnceAreNoMoreEither) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      wrong += Guess(std::to_string(i) + "@example.org", "192.0.2.7") == kWrong ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 5);
}

TEST_F(ThrottlingTest, FailuresAreSharedWithOtherProcessesAndOutliveThisOne) {
  RegisterAnn();
  Guess();
  Guess();
  auto other = OpenAnother();
  opened_.swap(other);
  EXPECT_EQ(Guess(), kWrong);
  opened_.swap(other);
  EXPECT_EQ(Outcome(Login()), kTooMany);
  Reopen();
  EXPECT_EQ(Outcome(Login()), kTooMany);
}

TEST_F(ThrottlingTest, AnAddressRegistersSoManyAndNoMore) {
  const auto from = [this](const std::string& address) {
    auto request = Ann();
    request.email = request.account_id + "@example.org";
    request.client_address = address;
    return Register(request);
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Outcome(from("192.0.2.7")), "OK");
  const int asked = users_.calls();
  Pass(std::chrono::seconds(10));
  const auto refused = from("192.0.2.7");
  ASSERT_EQ(Outcome(refused), kTooMany);
  EXPECT_EQ(refused.error().metadata.at("retry_after_seconds"), "50");
  EXPECT_EQ(users_.calls(), asked);
  EXPECT_EQ(Count("account"), 4);
  EXPECT_EQ(Outcome(from("192.0.2.8")), "OK");
  EXPECT_EQ(Outcome(from("")), "OK");
  EXPECT_EQ(Guess(kEmail, "192.0.2.7"), kWrong);  // Log-ins are counted by themselves.
  Pass(std::chrono::seconds(50));
  EXPECT_EQ(Outcome(from("192.0.2.7")), "OK");
}

TEST_F(ThrottlingTest, RegistrationsThatAreRefusedCountAsWell) {
  auto request = Ann();
  request.client_address = "192.0.2.7";
  request.email = "no email";
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=email");
  }
  EXPECT_EQ(Outcome(Register(request)), kTooMany);
}

TEST_F(ThrottlingTest, ARegistrationForWhichNothingWasHashedDoesNotCount) {
  options_.concurrent_hashes = 1;
  options_.waiting_hashes = 0;
  auto request = Ann();
  request.client_address = "192.0.2.7";
  AuthService* service = nullptr;
  std::string meanwhile;
  // Called with the only place to hash taken.
  const auto while_hashing = [&](std::string_view) {
    if (service == nullptr) return;
    auto other = request;
    other.account_id = seam::NewUuidV7();
    meanwhile = Outcome(std::exchange(service, nullptr)->Register(context_, other));
  };
  AuthService auth(OpenParts(options_, users_client_, while_hashing).value());
  service = &auth;
  EXPECT_EQ(Outcome(auth.Register(context_, request)), "OK");
  EXPECT_EQ(meanwhile, "RESOURCE_EXHAUSTED AUTH_BUSY");
  EXPECT_EQ(Count("attempt"), 1);
}

// With a database whose tables of accounts and attempts can be taken away, as an outage does.
class OutageTest : public ThrottlingTest {
 protected:
  static constexpr const char* kFailed = "INTERNAL DATABASE_STATEMENT_FAILED";

  void Rename(const std::string& from, const std::string& to) const {
    OpenDatabase()->Write(Context(), [&](seam::sql::Session& session) {
      session.ExecuteScript("ALTER TABLE " + from + " RENAME TO " + to);
    });
  }
  void Begin() const {
    Rename("account", "account_away");
    Rename("attempt", "attempt_away");
  }
  void End() const {
    Rename("account_away", "account");
    Rename("attempt_away", "attempt");
  }

  std::string LoginInAnOutage(const Context& context) {
    v1::LoginRequest request;
    request.email = kEmail;
    request.password = kPassword;
    users_.set_while_finding([this] { Begin(); });
    const std::string outcome = Outcome(opened_->auth->Login(context, request));
    users_.set_while_finding({});
    End();
    return outcome;
  }

  // The module, with something that is done while it looks at a password.
  AuthService ServiceThat(Passwords::Observer while_hashing) {
    return AuthService(OpenParts(options_, users_client_, std::move(while_hashing)).value());
  }
};

TEST_F(OutageTest, ALogInThatItBreaksOffCountsNoLongerThanItsCall) {
  RegisterAnn();
  const Context short_call = context_.WithTimeout(std::chrono::seconds(20));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoginInAnOutage(short_call), kFailed);
  const auto refused = Login();
  ASSERT_EQ(Outcome(refused), kTooMany) << "guesses at once would not be bounded";
  EXPECT_LE(std::stoi(refused.error().metadata.at("retry_after_seconds")), 20);
  Pass(std::chrono::seconds(20));
  EXPECT_EQ(Outcome(Login()), "OK");
  // A call may have no deadline.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoginInAnOutage(context_), kFailed);
  EXPECT_EQ(Outcome(Login()), kTooMany);
  Pass(std::chrono::seconds(30));
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(OutageTest, AGuessThatCannotBeCountedIsNotAnswered) {
  RegisterAnn();
  std::function<void()> meanwhile;
  AuthService auth = ServiceThat([&](std::string_view) {
    if (meanwhile) std::exchange(meanwhile, {})();
  });
  for (const char* const password : {kPassword, "a wrong password"}) {
    meanwhile = [this] { Begin(); };
    v1::LoginRequest request;
    request.email = kEmail;
    request.password = password;
    EXPECT_EQ(Outcome(auth.Login(context_, request)), kFailed) << password;
    End();
  }
}

TEST_F(OutageTest, AWrongPasswordCountsHoweverLongItWasLookedAt) {
  RegisterAnn();
  bool late = false;
  AuthService auth = ServiceThat([&](std::string_view) {
    if (!std::exchange(late, false)) return;
    Pass(std::chrono::seconds(31));
    EXPECT_EQ(Guess("bob@example.org"), kWrong);  // Which deletes what does not count any more.
  });
  for (int i = 0; i < 3; ++i) {
    late = i == 0;
    v1::LoginRequest request;
    request.email = kEmail;
    request.password = "a wrong password";
    EXPECT_EQ(Outcome(auth.Login(context_, request)), kWrong);
  }
  EXPECT_EQ(Outcome(Login()), kTooMany);
}

TEST_F(ThrottlingTest, OldFailuresAreCleanedUp) {
  for (int i = 0; i < 20; ++i) Guess(std::to_string(i) + "@example.org");
  EXPECT_EQ(Count("attempt"), 40);  // Each of the email, and of it from nowhere known.
  Pass(options_.failure_window);
  Guess();
  EXPECT_EQ(Count("attempt"), 2);
}

TEST_F(ThrottlingTest, WhatIsRefusedTakesNoRoom) {
  for (int i = 0; i < 20; ++i) Guess(kEmail, "192.0.2.7");
  EXPECT_EQ(Count("attempt"), 9);  // Three failures, each of the email, the address, and both.
}

TEST_F(ThrottlingTest, TheTableHoldsNoEmailAndNoAddress) {
  Guess(kEmail, "192.0.2.7");
  OpenDatabase()->Read(Context(), [](seam::sql::Session& session) {
    session.Query("SELECT subject FROM attempt", {},
                  [](const seam::sql::Row& row) { EXPECT_EQ(row.Blob(0).size(), 32U); });
  });
}

}  // namespace
}  // namespace shop::auth
