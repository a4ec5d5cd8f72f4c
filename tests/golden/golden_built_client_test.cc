#include <gtest/gtest.h>

#include "golden/dropped_codec.h"
#include "golden/v1/scalars_codec.h"
#include "seam/wire/message.h"

namespace {

// Two options reach the generator through seam_add_client(): this client drops unknown fields.
TEST(BuiltClient, DropsUnknownFields) {
  golden::v1::Scalars message{.f_int32 = 5};
  const auto bytes = seam::wire::EncodeMessage(message);
  ASSERT_TRUE(bytes);

  const auto nothing = seam::wire::DecodeMessage<golden::v1::Nothing>(bytes->bytes());

  ASSERT_TRUE(nothing);
  EXPECT_EQ(seam::wire::MeasureMessage(*nothing).value(), 0U);
}

TEST(BuiltClient, StillRefusesMalformedUnknownFields) {
  EXPECT_FALSE(seam::wire::DecodeMessage<golden::v1::Nothing>("\x0A\x05x"));
}

TEST(BuiltClient, HoldsItself) {
  golden::dropped::Dropped message{.id = "a"};
  message.next.emplace().id = "b";

  const auto bytes = seam::wire::EncodeMessage(message);
  ASSERT_TRUE(bytes);

  EXPECT_EQ(seam::wire::DecodeMessage<golden::dropped::Dropped>(bytes->bytes()).value(), message);
}

}  // namespace
