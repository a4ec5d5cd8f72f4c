#include "seam/core/page_token.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

constexpr char kId[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

TEST(PageTokenTest, GivesTheIdBack) { EXPECT_EQ(ParsePageToken(MakePageToken(kId)), kId); }

TEST(PageTokenTest, EveryChangedCharacterIsNoticed) {
  const std::string token = MakePageToken(kId);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'0', '1', 'a', 'A', '-', ' ', '\0', '\xff'}) {
      std::string changed = token;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(ParsePageToken(changed)) << changed;
    }
    EXPECT_FALSE(ParsePageToken(token.substr(0, i))) << i;
  }
  EXPECT_FALSE(ParsePageToken(token + "0"));
  EXPECT_FALSE(ParsePageToken(kId));
}

}  // namespace
}  // namespace seam
