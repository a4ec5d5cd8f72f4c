#include "seam/core/fingerprint.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

// Test vectors of the authors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
TEST(FingerprintTest, IsFnv1a) {
  EXPECT_EQ(Fingerprint(""), 0xcbf29ce484222325U);
  EXPECT_EQ(Fingerprint("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(Fingerprint("foobar"), 0x85944171f73967e8U);
}

TEST(FingerprintTest, CountsEveryByte) {
  EXPECT_NE(Fingerprint("\xff"), Fingerprint("\xfe"));
  EXPECT_NE(Fingerprint(std::string_view("\0", 1)), Fingerprint(""));
}

}  // namespace
}  // namespace seam
