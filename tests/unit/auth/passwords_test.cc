#include "auth/passwords.h"

#include "auth_fixture.h"

namespace shop::auth {
namespace {

class PasswordsTest : public testing::Test {
 protected:
  PasswordsTest() {
    AuthOptions options;
    options.hash_cost = {.memory_bytes = 8192, .passes = 1};
    passwords_ = Passwords::Make(options).value();
  }

  const Context context_;
  std::unique_ptr<Passwords> passwords_;
};

TEST_F(PasswordsTest, OnlyTheSamePasswordIsRight) {
  const std::string password("with a \0 inside", 15);
  const std::optional<std::string> hash = passwords_->Hash(context_, password).value();
  EXPECT_TRUE(passwords_->Check(context_, hash, password)->right);
  EXPECT_FALSE(passwords_->Check(context_, hash, "with a ")->right);
  EXPECT_FALSE(passwords_->Check(context_, hash, password + "x")->right);
  EXPECT_FALSE(passwords_->Check(context_, hash, "")->right);
}

TEST_F(PasswordsTest, OnePasswordHasManyHashes) {
  EXPECT_NE(passwords_->Hash(context_, "a password").value(),
            passwords_->Hash(context_, "a password").value());
}

TEST_F(PasswordsTest, NoPasswordIsRightWithoutAHash) {
  EXPECT_FALSE(passwords_->Check(context_, std::nullopt, "")->right);
  EXPECT_FALSE(passwords_->Check(context_, std::nullopt, "a password")->right);
}

TEST_F(PasswordsTest, NoPasswordIsRightForWhatIsNoHashAndOthersDoNotSuffer) {
  const std::optional<std::string> good = passwords_->Hash(context_, "a password").value();
  for (const std::string& hash :
       {std::string("x"), std::string("$argon2id$"), std::string("$argon2id$v=19$m=8,t=1,p=1$$"),
        std::string("$argon2id$v=19$m=1,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"), *good + "x"}) {
    passwords_->Expect(hash);
    EXPECT_FALSE(passwords_->Check(context_, hash, "a password")->right) << hash;
    EXPECT_TRUE(passwords_->Check(context_, good, "a password")->right) << hash;
  }
}

TEST_F(PasswordsTest, ACallThatIsOverHashesNothing) {
  const Context late = context_.WithTimeout(std::chrono::milliseconds(-1));
  EXPECT_EQ(Outcome(passwords_->Hash(late, "a password")), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(passwords_->Check(late, std::nullopt, "a password")),
            "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
}

}  // namespace
}  // namespace shop::auth
