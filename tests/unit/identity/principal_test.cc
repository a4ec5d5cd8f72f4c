#include "seam/identity/principal.h"

#include <gtest/gtest.h>

#include <string>

namespace seam {
namespace {

TEST(PrincipalTest, HasTheRolesItWasGiven) {
  const Principal principal{"a", {"customer", "admin"}, "s", {}};
  EXPECT_TRUE(principal.HasRole("customer"));
  EXPECT_TRUE(principal.HasRole("admin"));
  EXPECT_FALSE(principal.HasRole("adm"));
  EXPECT_FALSE(principal.HasRole(""));
  EXPECT_FALSE(Principal{}.HasRole("customer"));
}

TEST(BearerTest, ParsesTheHeaderOfRfc6750) {
  EXPECT_EQ(ParseBearer("Bearer mF_9.B5f-4.1JqM"), "mF_9.B5f-4.1JqM");
  EXPECT_EQ(ParseBearer("bearer a"), "a");
  EXPECT_EQ(ParseBearer("BEARER a"), "a");
  EXPECT_EQ(ParseBearer("Bearer   a"), "a");
  EXPECT_EQ(ParseBearer("Bearer a~+/=="), "a~+/==");
}

class NoBearer : public ::testing::TestWithParam<std::string> {};

TEST_P(NoBearer, IsNothing) { EXPECT_EQ(ParseBearer(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Values, NoBearer,
                         ::testing::Values("", "Bearer", "Bearer ", "Bearer   ", "Bearera",
                                           "Basic YTpi", "a.b.c", " Bearer a", "Bearer a b",
                                           "Bearer a,b", "Bearer\ta", "Bearer caf\xC3\xA9",
                                           "Beare\xF2 a"));

TEST(BearerTest, TheTokenTravelsInTheMetadata) {
  const Context context = WithBearerToken(Context().WithMetadata("a", "1"), "x.y.z");
  EXPECT_FALSE(context.Check());
  EXPECT_EQ(*context.FindMetadata("authorization"), "Bearer x.y.z");
  EXPECT_EQ(FindBearerToken(context), "x.y.z");
  EXPECT_EQ(*context.FindMetadata("a"), "1");
  EXPECT_EQ(FindBearerToken(Context()), std::nullopt);
}

TEST(BearerTest, TheTokenIsReplaced) {
  const Context context = WithBearerToken(WithBearerToken(Context(), "first"), "second");
  EXPECT_FALSE(context.Check());
  EXPECT_EQ(FindBearerToken(context), "second");
}

TEST(BearerTest, ATokenThatFitsIntoNoCallFailsEveryCallAndLeavesNoOtherInForce) {
  const Context first = WithBearerToken(Context(), "first");
  for (const std::string& token :
       {std::string(), std::string("a\nb"), std::string(Context::kMaxMetadataBytes, 'a')}) {
    const Context context = WithBearerToken(first, token);
    ASSERT_TRUE(context.Check());
    EXPECT_EQ(context.Check()->reason, "INVALID_METADATA");
    EXPECT_EQ(FindBearerToken(context), std::nullopt);
  }
  EXPECT_EQ(FindBearerToken(first), "first");
}

}  // namespace
}  // namespace seam
