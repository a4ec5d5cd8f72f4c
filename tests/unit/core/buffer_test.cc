#include "seam/core/buffer.h"

#include <gtest/gtest.h>

namespace seam {
namespace {

struct Owner {
  int releases = 0;
  static void Release(void* self) { ++static_cast<Owner*>(self)->releases; }
};

TEST(BufferTest, OwnsAString) {
  const Buffer buffer(std::string(100, 'x'));
  EXPECT_EQ(buffer.bytes(), std::string(100, 'x'));
}

TEST(BufferTest, ReleasesItsOwnerOnce) {
  Owner owner;
  {
    Buffer buffer("abc", &owner, Owner::Release);
    Buffer moved = std::move(buffer);
    EXPECT_EQ(moved.bytes(), "abc");
    moved = Buffer(std::string("other"));
    EXPECT_EQ(owner.releases, 1);
  }
  EXPECT_EQ(owner.releases, 1);
}

TEST(BufferTest, DetachHandsTheDutyOver) {
  Owner owner;
  Buffer::Parts parts;
  {
    Buffer buffer("abc", &owner, Owner::Release);
    parts = std::move(buffer).Detach();
  }
  EXPECT_EQ(owner.releases, 0);
  EXPECT_EQ(parts.bytes, "abc");
  parts.release(parts.owner);
  EXPECT_EQ(owner.releases, 1);
}

}  // namespace
}  // namespace seam
