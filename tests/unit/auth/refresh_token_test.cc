#include "auth/refresh_token.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace shop::auth {
namespace {

TEST(RefreshTokenTest, WhatWasMadeIsReadBack) {
  const RefreshToken token = NewRefreshToken();
  const auto parsed = ParseRefreshToken(token.text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text, token.text);
  EXPECT_EQ(parsed->hash, token.hash);
  EXPECT_EQ(parsed->family_hash, token.family_hash);
  EXPECT_EQ(token.text.size(), 64U);
}

TEST(RefreshTokenTest, TheNextOneSharesTheFamilyAndNothingElse) {
  const RefreshToken first = NewRefreshToken();
  const RefreshToken next = NextRefreshToken(first);
  EXPECT_EQ(next.family_hash, first.family_hash);
  EXPECT_NE(next.hash, first.hash);
  EXPECT_NE(next.text, first.text);
  EXPECT_NE(NewRefreshToken().family_hash, first.family_hash);
}

TEST(RefreshTokenTest, NoTwoAreTheSame) {
  std::set<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.insert(NewRefreshToken().text);
  EXPECT_EQ(texts.size(), 1000U);
}

TEST(RefreshTokenTest, OtherTextsAreRefused) {
  const std::string text = NewRefreshToken().text;
  EXPECT_FALSE(ParseRefreshToken(""));
  EXPECT_FALSE(ParseRefreshToken(text.substr(1)));
  EXPECT_FALSE(ParseRefreshToken(text + "A"));
  EXPECT_FALSE(ParseRefreshToken(std::string(63, 'A') + "="));
  EXPECT_FALSE(ParseRefreshToken(std::string(63, 'A') + "+"));
  EXPECT_FALSE(ParseRefreshToken(std::string(63, 'A') + '\0'));
}

TEST(RefreshTokenTest, HashesAreThoseOfTheStandard) {
  const std::string expected(
      "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
      "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad",
      32);
  EXPECT_TRUE(SameHash(Sha256("abc"), expected));
  EXPECT_FALSE(SameHash(Sha256("abc"), Sha256("abd")));
  EXPECT_FALSE(SameHash(Sha256("abc"), ""));
}

}  // namespace
}  // namespace shop::auth
