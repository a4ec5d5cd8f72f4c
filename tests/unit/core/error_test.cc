#include "seam/core/error.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

TEST(ErrorTest, CodesHaveTheirCanonicalNames) {
  EXPECT_EQ(CodeName(Code::kCancelled), "CANCELLED");
  EXPECT_EQ(CodeName(Code::kUnauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(CodeName(static_cast<Code>(99)), "UNKNOWN");
}

TEST(ErrorTest, NumbersOutsideTheCanonicalOnesAreUnknown) {
  EXPECT_EQ(CodeFromNumber(5), Code::kNotFound);
  for (const int number : {-1, 0, 17, 1000}) EXPECT_EQ(CodeFromNumber(number), Code::kUnknown);
}

TEST(ErrorTest, ReadsAsOneLine) {
  const Error error{Code::kNotFound,
                    "PRODUCT_NOT_FOUND",
                    "no product has id 7",
                    {{"field", "id"}, {"id", "7"}},
                    Origin::kHandler};
  EXPECT_EQ(ToString(error),
            "NOT_FOUND PRODUCT_NOT_FOUND: no product has id 7 (handler) {field=id, id=7}");
}

}  // namespace
}  // namespace seam
