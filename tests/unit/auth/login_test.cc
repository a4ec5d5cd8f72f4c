#include <ctime>

#include "auth_fixture.h"
#include "seam/core/time.h"

namespace shop::auth {
namespace {

class LoginTest : public AuthFixture {
 protected:
  // What a call costs this thread, which does all the work itself.
  template <class Call>
  static std::int64_t Microseconds(Call&& call) {
    const auto now = [] {
      std::timespec time{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
    };
    const std::int64_t begin = now();
    call();
    return now() - begin;
  }
};

TEST_F(LoginTest, AnUnknownEmailAndAWrongPasswordLookTheSame) {
  RegisterAnn();
  const auto wrong = Login(kEmail, "a wrong password");
  EXPECT_EQ(Outcome(wrong), "UNAUTHENTICATED WRONG_CREDENTIALS");
  EXPECT_EQ(wrong.error(), Login("nobody@example.org", kPassword).error());
  EXPECT_EQ(wrong.error(), Login("no email at all", kPassword).error());
  EXPECT_EQ(wrong.error(), Login(std::string("\0", 1), kPassword).error());
  EXPECT_EQ(wrong.error(), Login("", "").error());
  EXPECT_EQ(wrong.error(), Login(kEmail, "").error());
}

TEST_F(LoginTest, AnUnknownEmailCostsTheWorkOfAWrongPassword) {
  AuthOptions defaults = options_;
  defaults.hash_cost = AuthOptions::HashCost();
  options_ = defaults;
  Reopen();
  RegisterAnn();
  EXPECT_EQ(Outcome(Login()), "OK");  // With the usual cost.
  const auto wrong = Microseconds([&] { static_cast<void>(Login(kEmail, "a wrong password")); });
  const auto unknown = Microseconds([&] { static_cast<void>(Login("x@example.org", kPassword)); });
  EXPECT_GT(unknown, wrong / 3);
  EXPECT_LT(unknown, wrong * 3);
}

TEST_F(LoginTest, BadFieldsAreNamed) {
  EXPECT_EQ(Outcome(Login(std::string(255, 'x'))), "INVALID_ARGUMENT INVALID_FIELD field=email");
  EXPECT_EQ(Outcome(Login(kEmail, std::string(201, 'x'))),
            "INVALID_ARGUMENT INVALID_FIELD field=password");
  EXPECT_EQ(Outcome(Login(kEmail, kPassword, std::string(65, '1'))),
            "INVALID_ARGUMENT INVALID_FIELD field=client_address");
  EXPECT_EQ(Outcome(Login(std::string(254, 'x'), std::string(200, 'x'), std::string(64, '1'))),
            "UNAUTHENTICATED WRONG_CREDENTIALS");
}

TEST_F(LoginTest, WithoutUsersItIsNotThePasswordThatIsWrong) {
  RegisterAnn();
  users_.set_down(true);
  for (int i = 0; i < 2 * options_.failures_per_account; ++i) {
    EXPECT_EQ(Outcome(Login()), "UNAVAILABLE USERS_DOWN");
  }
  users_.set_down(false);
  EXPECT_EQ(Outcome(Login()), "OK");  // Nothing was counted.
  EXPECT_EQ(Count("attempt"), 0);
}

TEST_F(LoginTest, TheTokensSayWhenTheyEnd) {
  RegisterAnn();
  const auto tokens = Tokens();
  const std::int64_t seconds = now_ / 1000;
  EXPECT_EQ(tokens.access_token_expires_at,
            (seam::Timestamp{seconds + options_.access_token_lifetime.count(), 0}));
  EXPECT_EQ(tokens.refresh_token_expires_at->seconds,
            seconds + options_.refresh_token_lifetime.count());
  const auto principal = Verify(tokens.access_token);
  EXPECT_EQ(seam::ToTimestamp(principal->expires_at), *tokens.access_token_expires_at);
  EXPECT_TRUE(seam::IsUuidV7(principal->session));
  Pass(options_.access_token_lifetime);
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "UNAUTHENTICATED TOKEN_EXPIRED");
}

TEST_F(LoginTest, EachLogInIsASessionOfItsOwn) {
  RegisterAnn();
  const auto first = Tokens();
  const auto second = Tokens();
  EXPECT_NE(first.refresh_token, second.refresh_token);
  EXPECT_NE(Verify(first.access_token)->session, Verify(second.access_token)->session);
  EXPECT_EQ(Outcome(Logout(first.refresh_token)), "OK");
  EXPECT_EQ(Outcome(Verify(first.access_token)), "UNAUTHENTICATED TOKEN_REVOKED");
  EXPECT_EQ(Outcome(Verify(second.access_token)), "OK");
}

TEST_F(LoginTest, AHashOfAnotherCostIsRenewedAtTheLogIn) {
  RegisterAnn();
  const auto stored = [this] {
    return *OpenDatabase()->Read(Context(), [](seam::sql::Session& session) {
      return session.QueryOne("SELECT password_hash FROM account", {},
                              [](const seam::sql::Row& row) { return std::string(row.Text(0)); });
    });
  };
  options_.hash_cost = {.memory_bytes = 16384, .passes = 2};
  Reopen();
  EXPECT_EQ(Outcome(Login(kEmail, "a wrong password")), "UNAUTHENTICATED WRONG_CREDENTIALS");
  EXPECT_THAT(stored(), testing::HasSubstr("m=8,t=1"));
  EXPECT_EQ(Outcome(Login()), "OK");
  const std::string renewed = stored();
  EXPECT_THAT(renewed, testing::HasSubstr("m=16,t=2"));
  EXPECT_EQ(Outcome(Login()), "OK");
  EXPECT_EQ(stored(), renewed);
}

TEST_F(LoginTest, ACallWhoseTimeIsUpBeginsNoSession) {
  RegisterAnn();
  const Context late = context_.WithTimeout(std::chrono::milliseconds(-1));
  v1::LoginRequest request;
  request.email = kEmail;
  request.password = kPassword;
  EXPECT_EQ(Outcome(opened_->auth->Login(late, request)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Count("session"), 0);
  EXPECT_EQ(Count("attempt"), 0);
}

}  // namespace
}  // namespace shop::auth
