#include "auth/service.h"
#include "auth_fixture.h"
#include "seam/core/time.h"

namespace shop::auth {
namespace {

class LoginTest : public AuthFixture {};

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

// What log-ins hash, in order: that is what they take their time for.
class HashingTest : public AuthFixture {
 protected:
  static constexpr const char* kCheap = "$argon2id$v=19$m=8,t=1,p=1$";
  static constexpr const char* kCostly = "$argon2id$v=19$m=16,t=2,p=1$";
  using Costs = std::vector<std::string>;

  // The module from its next start on, with this cost.
  void Start(const AuthOptions::HashCost& cost) {
    options_.hash_cost = cost;
    Reopen();
    watched_ = std::make_unique<AuthService>(
        OpenParts(options_, users_client_, [this](std::string_view hash_cost) {
          hashed_.emplace_back(hash_cost);
        }).value());
  }
  void StartCheap() { Start({.memory_bytes = 8192, .passes = 1}); }
  void StartCostly() { Start({.memory_bytes = 16384, .passes = 2}); }

  void RegisterBob() {
    auto bob = Ann();
    bob.email = "bob@example.org";
    ASSERT_EQ(Outcome(Register(bob)), "OK");
  }

  Costs HashedBy(const std::string& email, const std::string& password) {
    hashed_.clear();
    v1::LoginRequest request;
    request.email = email;
    request.password = password;
    static_cast<void>(watched_->Login(context_, request));
    return hashed_;
  }
  void ExpectNobodyStandsOut(const Costs& expected) {
    EXPECT_EQ(HashedBy(kEmail, "a wrong password"), expected);
    EXPECT_EQ(HashedBy("bob@example.org", "a wrong password"), expected);
    EXPECT_EQ(HashedBy("nobody@example.org", "a wrong password"), expected);
    EXPECT_EQ(HashedBy("no email", ""), expected);
  }

  Costs hashed_;
  std::unique_ptr<v1::AuthHandler> watched_;
};

TEST_F(HashingTest, OfOneCostThereIsOneHashWhoeverItIs) {
  RegisterAnn();
  RegisterBob();
  StartCheap();
  ExpectNobodyStandsOut({kCheap});
}

TEST_F(HashingTest, AfterTheCostWasRaisedNobodyStandsOut) {
  RegisterAnn();
  StartCostly();
  RegisterBob();
  ExpectNobodyStandsOut({kCostly, kCheap});
}

TEST_F(HashingTest, AfterTheCostWasLoweredNobodyStandsOut) {
  StartCostly();
  RegisterAnn();
  StartCheap();
  RegisterBob();
  ExpectNobodyStandsOut({kCostly, kCheap});
}

TEST_F(HashingTest, WithTheLastOldHashTheirCostGoesAtTheNextStart) {
  RegisterAnn();
  RegisterBob();
  StartCostly();
  EXPECT_EQ(HashedBy(kEmail, kPassword), (Costs{kCostly, kCheap, kCostly}));
  EXPECT_EQ(HashedBy("bob@example.org", kPassword), (Costs{kCostly, kCheap, kCostly}));
  ExpectNobodyStandsOut({kCostly, kCheap});
  StartCostly();
  ExpectNobodyStandsOut({kCostly});
}

TEST_F(HashingTest, AHashOfAnotherProcessWithAnotherCostIsLearnedOfWhenItIsMet) {
  StartCostly();
  auto cheap = options_;
  cheap.hash_cost = {.memory_bytes = 8192, .passes = 1};
  const OpenedAuth other(cheap, users_client_);
  ASSERT_EQ(Outcome(other.auth->Register(context_, Ann())), "OK");
  RegisterBob();
  EXPECT_EQ(HashedBy(kEmail, "a wrong password"), (Costs{kCostly, kCheap}));
  ExpectNobodyStandsOut({kCostly, kCheap});
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
