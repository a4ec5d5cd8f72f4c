#include "seam/core/text.h"

#include <gtest/gtest.h>

#include <string>

namespace seam {
namespace {

TEST(TextTest, CharactersAreCodePoints) {
  EXPECT_EQ(CountCharacters(""), 0U);
  EXPECT_EQ(CountCharacters("tea"), 3U);
  EXPECT_EQ(CountCharacters("th\u00e9"), 3U);
  EXPECT_EQ(CountCharacters("\u8336"), 1U);
  EXPECT_EQ(CountCharacters("\U0001f375\U0001f375"), 2U);
  EXPECT_EQ(CountCharacters(std::string("a\0b", 3)), 3U);
}

TEST(TextTest, EveryControlCharacterIsFound) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = {'a', static_cast<char>(c), 'b'};
    EXPECT_EQ(HasControl(text), c < 0x20 || c == 0x7f) << c;
  }
  for (int c = 0x80; c <= 0xbf; ++c) {  // U+0080 to U+00BF
    const std::string text = {'a', '\xc2', static_cast<char>(c)};
    EXPECT_EQ(HasControl(text), c < 0xa0) << c;
  }
}

TEST(TextTest, OtherCharactersWithTheSameBytesAreNoControlCharacters) {
  EXPECT_FALSE(HasControl("\u00c0 \u0100 \u2080 \U0001f480"));
}

TEST(TextTest, WhatIsAllowedIsNoReason) {
  EXPECT_FALSE(HasControl("a\nb\tc", "\n\r\t"));
  EXPECT_TRUE(HasControl("a\nb\tc", "\n"));
  EXPECT_TRUE(HasControl(std::string("a\0", 2), "\n"));
}

}  // namespace
}  // namespace seam
