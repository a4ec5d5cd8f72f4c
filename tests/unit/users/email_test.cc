#include "users/email.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace shop::users {
namespace {

std::string Repeat(std::size_t times, std::string_view text) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(EmailTest, UsualOnesAreEmails) {
  for (const char* email :
       {"ann@example.org", "a@b.c", "Ann.Onymous@Example.ORG", "ann+shop@mail.example.co.uk",
        "1@1.1", "o'hara@example.org", "a-b_c@ex-am--ple.org", "ann@xn--bcher-kva.example",
        "!#$%&'*+-/=?^_`{|}~@example.org", "-@example.org"}) {
    EXPECT_TRUE(IsEmail(email)) << email;
  }
}

TEST(EmailTest, TheLocalPartIsADotString) {
  for (const char* email :
       {"@example.org",        ".@example.org",    ".ann@example.org",  "ann.@example.org",
        "a..b@example.org",    "a b@example.org",  " ann@example.org",  "a\tb@example.org",
        "a(b)@example.org",    "a,b@example.org",  "a:b@example.org",   "a;b@example.org",
        "<ann@example.org",    "a[b]@example.org", "a\\b@example.org",  "\"ann\"@example.org",
        "\"a@b\"@example.org", "a\nb@example.org", "a\x7f@example.org", "\u00e9@example.org",
        "\u0430nn@example.org"}) {
    EXPECT_FALSE(IsEmail(email)) << email;
  }
  EXPECT_FALSE(IsEmail(std::string_view("a\0b@example.org", 15)));
}

TEST(EmailTest, TheDomainHasTwoLabelsOrMore) {
  for (const char* email : {"ann@",
                            "ann@example",
                            "ann@.org",
                            "ann@example.",
                            "ann@example.org.",
                            "ann@.",
                            "ann@example..org",
                            "ann@-example.org",
                            "ann@example-.org",
                            "ann@example.-org",
                            "ann@example.org-",
                            "ann@ex_ample.org",
                            "ann@exam ple.org",
                            "ann@example.org ",
                            "ann@example.org\n",
                            "ann@[127.0.0.1]",
                            "ann@b\u00fccher.example",
                            "ann@example.org>",
                            "ann@bob@example.org",
                            "ann@@example.org",
                            "ann@example.org@"}) {
    EXPECT_FALSE(IsEmail(email)) << email;
  }
  EXPECT_FALSE(IsEmail(std::string_view("ann@example.org\0", 16)));
  EXPECT_FALSE(IsEmail(std::string_view("ann@exa\0mple.org", 16)));
}

TEST(EmailTest, WhatHasNoAtIsNoEmail) {
  for (const char* text : {"", "ann", "example.org", ".", "a.b.c", "' OR 1=1 --"}) {
    EXPECT_FALSE(IsEmail(text)) << text;
  }
  EXPECT_TRUE(IsEmail("ann@example.org"));
  EXPECT_FALSE(IsEmail("@"));
  EXPECT_FALSE(IsEmail("annexample.org"));
}

TEST(EmailTest, LengthsAreBounded) {
  EXPECT_TRUE(IsEmail(Repeat(64, "x") + "@example.org"));
  EXPECT_FALSE(IsEmail(Repeat(65, "x") + "@example.org"));
  EXPECT_TRUE(IsEmail("ann@" + Repeat(63, "x") + ".org"));
  EXPECT_FALSE(IsEmail("ann@" + Repeat(64, "x") + ".org"));
  EXPECT_FALSE(IsEmail("ann@example." + Repeat(64, "x")));
  const std::string labels = Repeat(120, "x.");  // 240 characters
  EXPECT_TRUE(IsEmail("ann@" + labels + Repeat(10, "y")));
  EXPECT_FALSE(IsEmail("ann@" + labels + Repeat(11, "y")));
  EXPECT_FALSE(IsEmail(Repeat(1'000'000, "x")));
  EXPECT_FALSE(IsEmail("ann@" + Repeat(1'000'000, "x.")));
}

TEST(EmailTest, FoldingChangesLettersOfAsciiOnly) {
  EXPECT_EQ(FoldEmail("Ann.O'Hara+1@EXAMPLE.Org"), "ann.o'hara+1@example.org");
  EXPECT_EQ(FoldEmail("@[`{\xc3\x84"), "@[`{\xc3\x84");
  EXPECT_EQ(FoldEmail("AZaz09"), "azaz09");
}

}  // namespace
}  // namespace shop::users
