// That the comparison notices what it is for: each defect of sample.h is found, and no other.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "compare.h"
#include "inputs.h"
#include "sample.h"
#include "trials.h"

namespace property {
namespace {

using oracle::matrix::sample::v1::Sample;

class TwinTest : public Trials {
 protected:
  // Whether a codec with that defect fails one of the trials, which are of random_test.cc's kinds.
  template <Defect kDefect>
  bool IsFound(std::size_t trials) {
    const auto compare = &Compare<property::Sample<kDefect>, Sample>;
    const google::protobuf::Descriptor& type = *Sample::descriptor();
    bool is_found = false;
    Repeat(trials, [&](Random& random) {
      if (is_found) return;
      Sample message;
      FillMessage(random, message, /*with_unknown=*/true);
      const std::string bytes = DeterministicBytes(message);
      const std::string other = RandomBytes(random, type);
      is_found =
          !compare(oracle_, bytes).disagreement.empty() ||
          !compare(oracle_, other).disagreement.empty() ||
          !compare(oracle_, Mutated(random, bytes, other)).disagreement.empty() ||
          !CompareFilled<property::Sample<kDefect>, Sample>(oracle_, random).disagreement.empty();
    });
    return is_found;
  }
};

TEST_F(TwinTest, ASoundCodecAgrees) { EXPECT_FALSE(IsFound<Defect::kNone>(2000)); }

#define FINDS(kDefect) \
  TEST_F(TwinTest, Finds_##kDefect) { EXPECT_TRUE(IsFound<Defect::kDefect>(300)); }
FINDS(kAcceptsInvalidUtf8)
FINDS(kAcceptsTagZero)
FINDS(kCountsFirstValue)
FINDS(kCountsFirstKey)
FINDS(kReplacesMessages)
FINDS(kKeepsBothOfOneof)
FINDS(kKnowsNoPacked)
FINDS(kMistakesSign)
FINDS(kForgetsUnknown)
FINDS(kForgetsPresence)
FINDS(kForgetsMinusZero)
FINDS(kMeasuresLess)

TEST_F(TwinTest, FindsADecoderWithoutALimitOfDepth) {
  std::string bytes;
  for (int depth = 0; depth <= seam::wire::kMaxDepth; ++depth) bytes = LengthDelimited(5, bytes);
  const auto disagreement = [&](auto compare) { return compare(oracle_, bytes).disagreement; };
  EXPECT_NE(disagreement(&Compare<property::Sample<Defect::kAcceptsAnyDepth>, Sample>), "");
  EXPECT_EQ(disagreement(&Compare<property::Sample<Defect::kNone>, Sample>), "");
}

}  // namespace
}  // namespace property
