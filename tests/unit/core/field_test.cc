#include "seam/core/field.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

TEST(FieldTest, TheErrorNamesTheFieldForPeopleAndForMachines) {
  const Result<void> refused = InvalidField("lines[2].quantity", "must be 1 to 1000000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Code::kInvalidArgument,
                                    "INVALID_FIELD",
                                    "lines[2].quantity must be 1 to 1000000",
                                    {{"field", "lines[2].quantity"}},
                                    Origin::kHandler}));
}

}  // namespace
}  // namespace seam
