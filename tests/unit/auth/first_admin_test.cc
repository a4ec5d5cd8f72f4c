#include <atomic>
#include <mutex>
#include <thread>

#include "auth_fixture.h"

namespace shop::auth {
namespace {

using testing::ElementsAre;

class FirstAdminTest : public AuthFixture {
 protected:
  using Made = std::optional<std::string>;

  Result<Made> Ensure(const std::string& password = "", const std::string& email = "") {
    FirstAdmin admin;
    admin.password = password;
    if (!email.empty()) admin.email = email;
    return opened_->module->EnsureFirstAdmin(context_, admin);
  }
  Result<v1::LoginResponse> LoginAdmin(const std::string& password) {
    return Login(FirstAdmin().email, password);
  }
};

TEST_F(FirstAdminTest, AMadePasswordIsToldOnceAndLogsAnAdminIn) {
  const auto made = Ensure();
  ASSERT_TRUE(made.value().has_value());
  EXPECT_GE((*made)->size(), 20U);
  const auto login = LoginAdmin(**made);
  ASSERT_EQ(Outcome(login), "OK");
  EXPECT_THAT(Verify(login->tokens->access_token)->roles, ElementsAre("admin"));
  EXPECT_EQ(Ensure().value(), std::nullopt);
  EXPECT_EQ(Outcome(LoginAdmin(**made)), "OK");
}

TEST_F(FirstAdminTest, AGivenPasswordIsNotTold) {
  EXPECT_EQ(Ensure(kPassword).value(), std::nullopt);
  EXPECT_EQ(Outcome(LoginAdmin(kPassword)), "OK");
  // It stays as it is when another is given.
  EXPECT_EQ(Ensure("another password").value(), std::nullopt);
  EXPECT_EQ(Outcome(LoginAdmin(kPassword)), "OK");
}

TEST_F(FirstAdminTest, WhatRegistrationWouldRefuseIsRefused) {
  EXPECT_EQ(Outcome(Ensure("short")), "INVALID_ARGUMENT INVALID_FIELD field=password");
  EXPECT_EQ(Outcome(Ensure("", "no email")), "INVALID_ARGUMENT INVALID_FIELD field=email");
  EXPECT_EQ(Count("account"), 0);
}

TEST_F(FirstAdminTest, ACustomersEmailIsTaken) {
  RegisterAnn();
  EXPECT_EQ(Outcome(Ensure("", kEmail)), "ALREADY_EXISTS EMAIL_TAKEN");
  EXPECT_TRUE(Ensure().value().has_value());
}

TEST_F(FirstAdminTest, OfManyAtOnceOneMakesIt) {
  std::mutex mutex;
  std::vector<std::string> passwords;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto other = OpenAnother();
      const auto made = other->module->EnsureFirstAdmin(context_, FirstAdmin());
      ASSERT_EQ(Outcome(made), "OK");
      const std::lock_guard lock(mutex);
      if (*made) passwords.push_back(**made);
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(passwords.size(), 1U);
  EXPECT_EQ(Outcome(LoginAdmin(passwords[0])), "OK");
  EXPECT_EQ(Count("account"), 1);
}

TEST_F(FirstAdminTest, AnInterruptedOneIsFinished) {
  users_.set_loses_answers(true);
  EXPECT_EQ(Outcome(Ensure()), "UNAVAILABLE USERS_DOWN");
  users_.set_loses_answers(false);
  EXPECT_EQ(Outcome(LoginAdmin("")), "UNAUTHENTICATED WRONG_CREDENTIALS");
  Pass(std::chrono::hours(24 * 30));
  RegisterAnn();
  const auto made = Ensure();
  ASSERT_EQ(Outcome(made), "OK");
  EXPECT_EQ(Outcome(LoginAdmin(**made)), "OK");
}

TEST_F(FirstAdminTest, AnInterruptedOneIsFinishedWithAnotherEmailAsWell) {
  users_.set_loses_answers(true);
  EXPECT_EQ(Outcome(Ensure("", "first@shop.example")), "UNAVAILABLE USERS_DOWN");
  users_.set_loses_answers(false);
  EXPECT_EQ(Outcome(Ensure(kPassword)), "OK");
  EXPECT_EQ(Outcome(LoginAdmin(kPassword)), "OK");
}

TEST_F(FirstAdminTest, AProgramThatStartsWaitsForUsersAndSaysSoOnce) {
  users_.set_down(true);
  std::vector<std::string> lines;
  seam::Log log({.sink = [&](std::string_view line) {
    lines.emplace_back(line);
    users_.set_down(false);
  }});
  testing::internal::CaptureStdout();
  const auto made = MakeFirstAdmin(context_, *opened_->module, FirstAdmin(), log);
  const std::string printed = testing::internal::GetCapturedStdout();
  ASSERT_EQ(Outcome(made), "OK");
  EXPECT_EQ(printed, "The first admin is " + FirstAdmin().email + " with the password " + **made +
                         ", which is not shown again.\n");
  EXPECT_THAT(lines, ElementsAre(testing::HasSubstr("it is tried again")));
  EXPECT_EQ(Outcome(LoginAdmin(**made)), "OK");
}

TEST_F(FirstAdminTest, NobodyTakesAPendingAdminByRegistering) {
  users_.set_down(true);
  EXPECT_EQ(Outcome(Ensure()), "UNAVAILABLE USERS_DOWN");
  users_.set_down(false);
  auto request = Ann();
  request.account_id = *OpenDatabase()->Read(Context(), [](seam::sql::Session& session) {
    return session.QueryOne("SELECT id FROM account", {},
                            [](const seam::sql::Row& row) { return std::string(row.Text(0)); });
  });
  EXPECT_EQ(Outcome(Register(request)), "ALREADY_EXISTS ACCOUNT_EXISTS");
  EXPECT_EQ(Outcome(Login()), "UNAUTHENTICATED WRONG_CREDENTIALS");
}

}  // namespace
}  // namespace shop::auth
