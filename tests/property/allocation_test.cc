// How much memory decoding takes: what a short message from a stranger can make a process ask for.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "allocations.h"
#include "inputs.h"
#include "matrix/v1/matrix_types.h"
#include "trials.h"

namespace property {
namespace {

// What the error, or a message's first block, may take.
constexpr std::size_t kSmall = 4096;

std::size_t SeamBytes(const Root& root, std::string_view bytes) {
  return MostBytes([&] { root.decode(bytes); });
}

std::size_t LibprotobufBytes(const Root& root, std::string_view bytes) {
  return MostBytes([&] {
    const std::unique_ptr<google::protobuf::Message> message(root.prototype->New());
    static_cast<void>(message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  });
}

class AllocationTest : public Trials {};

TEST_F(AllocationTest, IsCounted) {
  EXPECT_GE(MostBytes([] { EXPECT_FALSE(std::string(10 * kSmall, 'x').empty()); }), 10 * kSmall);
  EXPECT_LT(MostBytes([] {}), 1U);
}

TEST_F(AllocationTest, ALengthBeyondTheEndTakesNothing) {
  for (const Root& root : Roots()) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      for (const std::uint64_t length : {1ULL << 20, 0x7FFFFFE0ULL, 0xFFFFFFFFULL, ~0ULL}) {
        const std::string field = Tag(number, 2) + Varint(length) + "ab";
        EXPECT_LT(SeamBytes(root, field), kSmall) << root.name << " " << number;
        EXPECT_LT(SeamBytes(root, LengthDelimited(number, field)), kSmall)
            << root.name << " " << number;
      }
    }
  }
}

// However broken they are.
TEST_F(AllocationTest, RandomBytesTakeNotMuchMoreThanInLibprotobuf) {
  Repeat(20000, [](Random& random) {
    const Root& root = Roots()[random.Below(Roots().size())];
    const google::protobuf::Descriptor& type = *root.prototype->GetDescriptor();
    std::string bytes = RandomBytes(random, type);
    if (random.OneIn(2)) bytes = Mutated(random, bytes, RandomBytes(random, type));
    EXPECT_LT(SeamBytes(root, bytes), 4 * LibprotobufBytes(root, bytes) + 2 * kSmall)
        << root.name << " " << Hex(bytes);
  });
}

// Two bytes are an element, and an element is a whole struct: what is repeated without being there
// takes the most memory for its size.
TEST_F(AllocationTest, EmptyElementsTakeTheirStructs) {
  constexpr std::size_t kCount = 10000;
  for (const Root& root : Roots()) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      std::string bytes;
      for (std::size_t i = 0; i < kCount; ++i) bytes += LengthDelimited(number, "");
      const std::size_t taken = SeamBytes(root, bytes);
      // A vector that grows has twice what it needs, and its last half as well.
      EXPECT_LT(taken, 3 * kCount * sizeof(matrix::v1::Everything)) << root.name << " " << number;
      if (root.name != "Everything") {
        EXPECT_LT(taken, 4 * LibprotobufBytes(root, bytes) + kSmall) << root.name << " " << number;
      }
    }
  }
}

}  // namespace
}  // namespace property
