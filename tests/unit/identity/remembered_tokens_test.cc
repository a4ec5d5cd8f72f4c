#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "seam/identity/remembered_tokens_internal.h"

namespace seam::internal {
namespace {

using std::chrono::hours;

const RememberedTokens::TimePoint kNow{hours(1000)};

Bytes32 Hash(int token) { return Sha256(std::to_string(token)); }

Principal NewPrincipal(int token, hours lifetime = hours(1)) {
  return {std::to_string(token), {}, {}, kNow + lifetime};
}

TEST(RememberedTokensTest, FindsWhatWasVerifiedAgainstTheSameKeys) {
  RememberedTokens tokens(4);
  tokens.Insert(Hash(1), NewPrincipal(1), 7, kNow);
  ASSERT_NE(tokens.Find(Hash(1), 7, kNow), nullptr);
  EXPECT_EQ(tokens.Find(Hash(1), 7, kNow)->subject, "1");
  EXPECT_EQ(tokens.Find(Hash(2), 7, kNow), nullptr);
  EXPECT_EQ(tokens.Find(Hash(1), 8, kNow), nullptr);
}

TEST(RememberedTokensTest, NeverHoldsMoreThanItsCapacity) {
  RememberedTokens tokens(10);
  for (int token = 0; token < 1000; ++token) {
    tokens.Insert(Hash(token), NewPrincipal(token), 1, kNow);
    // Promotes an older one.
    static_cast<void>(tokens.Find(Hash(token - 4), 1, kNow));
    ASSERT_LE(tokens.size(), 10U);
  }
  EXPECT_NE(tokens.Find(Hash(999), 1, kNow), nullptr);
  EXPECT_EQ(tokens.Find(Hash(0), 1, kNow), nullptr);
}

TEST(RememberedTokensTest, KeepsWhatIsAskedFor) {
  RememberedTokens tokens(10);
  tokens.Insert(Hash(-1), NewPrincipal(-1), 1, kNow);
  for (int token = 0; token < 100; ++token) {
    tokens.Insert(Hash(token), NewPrincipal(token), 1, kNow);
    ASSERT_NE(tokens.Find(Hash(-1), 1, kNow), nullptr) << token;
  }
}

TEST(RememberedTokensTest, ForgetsFirstWhatHasExpiredOrIsOfNoUse) {
  RememberedTokens tokens(8);
  tokens.Insert(Hash(1), NewPrincipal(1, hours(0)), 2, kNow);
  tokens.Insert(Hash(2), NewPrincipal(2), 1, kNow);
  tokens.Insert(Hash(3), NewPrincipal(3), 2, kNow);
  tokens.Insert(Hash(4), NewPrincipal(4), 2, kNow);
  tokens.Insert(Hash(5), NewPrincipal(5), 2, kNow);  // The younger generation was full.
  EXPECT_EQ(tokens.size(), 3U);
  EXPECT_EQ(tokens.Find(Hash(1), 2, kNow), nullptr);
  EXPECT_NE(tokens.Find(Hash(3), 2, kNow), nullptr);
}

TEST(RememberedTokensTest, TheLastVerificationCounts) {
  RememberedTokens tokens(2);
  tokens.Insert(Hash(1), NewPrincipal(1), 1, kNow);
  tokens.Insert(Hash(1), NewPrincipal(1), 2, kNow);
  EXPECT_EQ(tokens.size(), 1U);
  EXPECT_NE(tokens.Find(Hash(1), 2, kNow), nullptr);
}

}  // namespace
}  // namespace seam::internal
