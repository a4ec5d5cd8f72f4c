#include <atomic>
#include <thread>

#include "auth_fixture.h"
#include "shop/users/v1/users_mock.h"

namespace shop::auth {
namespace {

using testing::ElementsAre;
using testing::Not;

class RegistrationTest : public AuthFixture {};

TEST_F(RegistrationTest, WhoHasRegisteredCanLogInAsACustomer) {
  const std::string id = RegisterAnn();
  const auto tokens = Tokens();
  EXPECT_EQ(tokens.account_id, id);
  const auto principal = Verify(tokens.access_token);
  EXPECT_EQ(principal->subject, id);
  EXPECT_THAT(principal->roles, ElementsAre("customer"));
}

TEST_F(RegistrationTest, BadFieldsAreNamed) {
  auto request = Ann();
  request.account_id = "7";
  EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=account_id");
  request = Ann();
  request.password = std::string(9, 'x');
  EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=password");
  request.password = std::string(201, 'x');
  EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=password");
  EXPECT_EQ(users_.calls(), 0);
}

TEST_F(RegistrationTest, PasswordsOfTheShortestAndTheLongestLengthLogIn) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{200}}) {
    auto request = Ann();
    request.email = std::to_string(size) + "@example.org";
    request.password = std::string(size, 'x');
    EXPECT_EQ(Outcome(Register(request)), "OK");
    EXPECT_EQ(Outcome(Login(request.email, request.password)), "OK");
    request.password.pop_back();
    EXPECT_EQ(Outcome(Login(request.email, request.password)), "UNAUTHENTICATED WRONG_CREDENTIALS");
  }
}

TEST_F(RegistrationTest, WhatUsersRefusesIsPassedOnAndLeavesNothing) {
  auto request = Ann();
  request.email = "ann";
  EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=email");
  EXPECT_EQ(Count("account"), 0);
}

TEST_F(RegistrationTest, AnEmailIsTakenOnceInWhateverCase) {
  RegisterAnn();
  auto other = Ann();
  other.email = "ANN@example.org";
  other.password = "another password";
  EXPECT_EQ(Outcome(Register(other)), "ALREADY_EXISTS EMAIL_TAKEN");
  EXPECT_EQ(Count("account"), 1);
  EXPECT_EQ(Outcome(Login(kEmail, other.password)), "UNAUTHENTICATED WRONG_CREDENTIALS");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, TheSameAgainAnswersTheSame) {
  const auto request = Ann();
  EXPECT_EQ(Register(request).value(), Register(request).value());
  EXPECT_EQ(Count("account"), 1);
}

TEST_F(RegistrationTest, AnIdIsForOneEmailAndOnePassword) {
  const auto request = Ann();
  EXPECT_EQ(Outcome(Register(request)), "OK");
  auto other = request;
  other.password = "another password";
  EXPECT_EQ(Outcome(Register(other)), "ALREADY_EXISTS ACCOUNT_EXISTS");
  other = request;
  other.email = "bob@example.org";
  EXPECT_EQ(Outcome(Register(other)), "ALREADY_EXISTS ACCOUNT_EXISTS");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, PasswordsCannotBeGuessedByRegisteringAgain) {
  const auto request = Ann();
  EXPECT_EQ(Outcome(Register(request)), "OK");
  auto guess = request;
  guess.password = "a wrong password";
  for (int i = 0; i < options_.failures_per_account; ++i) {
    EXPECT_EQ(Outcome(Register(guess)), "ALREADY_EXISTS ACCOUNT_EXISTS");
  }
  EXPECT_EQ(Outcome(Register(guess)), "RESOURCE_EXHAUSTED TOO_MANY_ATTEMPTS");
  EXPECT_EQ(Outcome(Register(request)), "RESOURCE_EXHAUSTED TOO_MANY_ATTEMPTS");
  EXPECT_EQ(Outcome(Login()), "OK");
  Pass(options_.failure_window);
  EXPECT_EQ(Outcome(Register(request)), "OK");
}

TEST_F(RegistrationTest, WithoutUsersNobodyIsRegisteredAndItCanBeMadeAgain) {
  const auto request = Ann();
  users_.set_down(true);
  EXPECT_EQ(Outcome(Register(request)), "UNAVAILABLE USERS_DOWN");
  users_.set_down(false);
  EXPECT_EQ(Outcome(Login()), "UNAUTHENTICATED WRONG_CREDENTIALS");
  EXPECT_EQ(Outcome(Register(request)), "OK");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, OneWhoseAnswerWasLostCanBeMadeAgain) {
  const auto request = Ann();
  users_.set_loses_answers(true);
  EXPECT_EQ(Outcome(Register(request)), "UNAVAILABLE USERS_DOWN");
  users_.set_loses_answers(false);
  Reopen();
  EXPECT_EQ(Outcome(Register(request)), "OK");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, OneWhoseAnswerWasLostLogsInAtAnyTime) {
  const auto request = Ann();
  users_.set_loses_answers(true);
  EXPECT_EQ(Outcome(Register(request)), "UNAVAILABLE USERS_DOWN");
  users_.set_loses_answers(false);
  // A browser that tries again makes a new id.
  EXPECT_EQ(Outcome(Register(Ann())), "ALREADY_EXISTS EMAIL_TAKEN");
  Pass(std::chrono::hours(24 * 365));
  auto other = Ann();
  other.email = "bob@example.org";
  EXPECT_EQ(Outcome(Register(other)), "OK");
  EXPECT_EQ(Outcome(Login(kEmail, "a wrong password")), "UNAUTHENTICATED WRONG_CREDENTIALS");
  EXPECT_EQ(Count("account WHERE active = 1"), 1);
  EXPECT_EQ(Outcome(Login()), "OK");
  EXPECT_EQ(Count("account WHERE active = 1"), 2);
  EXPECT_EQ(Tokens().account_id, request.account_id);
}

TEST_F(RegistrationTest, ARefusedRepetitionWithAnotherEmailLeavesTheFirstAsItWas) {
  const auto request = Ann();
  users_.set_loses_answers(true);
  EXPECT_EQ(Outcome(Register(request)), "UNAVAILABLE USERS_DOWN");
  users_.set_loses_answers(false);
  auto other = request;
  other.email = "bob@example.org";
  EXPECT_EQ(Outcome(Register(other)), "ALREADY_EXISTS ACCOUNT_EXISTS");
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, OneThatIsCancelledOnceThereIsAProfileIsFinished) {
  const seam::CancellationSource source;
  testing::NiceMock<users::v1::MockUsersClient> users;
  ON_CALL(users, CreateUser).WillByDefault([&](const Context&, const auto&) {
    source.Cancel();
    return users::v1::CreateUserResponse();
  });
  const OpenedAuth opened(options_, users);
  EXPECT_EQ(Outcome(opened.auth->Register(context_.WithCancellation(source), Ann())), "OK");
  EXPECT_EQ(Count("account WHERE active = 1"), 1);
}

TEST_F(RegistrationTest, TheSameByManyAtOnceMakesOneAccount) {
  const auto request = Ann();
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { succeeded += Register(request).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 8);
  EXPECT_EQ(Count("account"), 1);
  EXPECT_EQ(Outcome(Login()), "OK");
}

TEST_F(RegistrationTest, OfManyWithOneEmailOneWins) {
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto request = Ann();
      request.password += std::to_string(i);
      succeeded += Register(request).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(Count("account"), 1);
}

TEST_F(RegistrationTest, ThePasswordIsNotInTheFiles) {
  RegisterAnn();
  const auto stored = OpenDatabase()->Read(Context(), [](seam::sql::Session& session) {
    return session.QueryOne("SELECT password_hash FROM account", {},
                            [](const seam::sql::Row& row) { return std::string(row.Text(0)); });
  });
  EXPECT_THAT(*stored, testing::StartsWith("$argon2id$"));
  EXPECT_THAT(*stored, Not(testing::HasSubstr(kPassword)));
}

}  // namespace
}  // namespace shop::auth
