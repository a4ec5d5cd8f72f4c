// Seam's codec against libprotobuf, with random messages and bytes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "inputs.h"
#include "trials.h"

namespace property {
namespace {

void FlipBit(std::string& bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
}

class RandomTest : public Trials {
 protected:
  static const Root& AnyRoot(Random& random) { return Roots()[random.Below(Roots().size())]; }

  // A random message's bytes, as libprotobuf writes them.
  static std::string MessageBytes(Random& random, const Root& root) {
    const std::unique_ptr<google::protobuf::Message> message(root.prototype->New());
    FillMessage(random, *message, /*with_unknown=*/true);
    return DeterministicBytes(*message);
  }

  // Both of libprotobuf's answers have to come often, or the test says nothing about one of them.
  void ExpectBothAnswers(std::size_t accepted, std::size_t all) {
    if (HasFailure()) return;
    std::cout << "accepted " << accepted << " of " << all << "\n";
    EXPECT_GT(accepted * 20, all);
    EXPECT_GT((all - accepted) * 20, all);
  }
};

TEST_F(RandomTest, FilesThatOnceFailed) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(SEAM_CORPUS_FOLDER)) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(CompareInput(oracle_, input).disagreement, "") << file.path();
    ++count;
  }
  EXPECT_GT(count, 0U) << "no file in " << SEAM_CORPUS_FOLDER;
}

TEST_F(RandomTest, WhatLibprotobufWritesComesBack) {
  Repeat(10000, [this](Random& random) {
    const Root& root = AnyRoot(random);
    EXPECT_TRUE(Check(root, MessageBytes(random, root)));
  });
}

TEST_F(RandomTest, WhatSeamWritesIsWhatLibprotobufWrites) {
  Repeat(6000, [this](Random& random) {
    const Root& root = AnyRoot(random);
    Check(root, root.compare_filled(oracle_, random));
  });
}

// Every field meets numbers and types that are not its own.
TEST_F(RandomTest, OneMessageReadAsAnother) {
  std::size_t accepted = 0;
  std::size_t all = 0;
  Repeat(10000, [&](Random& random) {
    const std::string bytes = MessageBytes(random, AnyRoot(random));
    accepted += Check(AnyRoot(random), bytes) ? 1 : 0;
    ++all;
  });
  ExpectBothAnswers(accepted, all);
}

TEST_F(RandomTest, RandomFieldsInAnyForm) {
  std::size_t accepted = 0;
  std::size_t all = 0;
  Repeat(40000, [&](Random& random) {
    const Root& root = AnyRoot(random);
    accepted += Check(root, RandomBytes(random, *root.prototype->GetDescriptor())) ? 1 : 0;
    ++all;
  });
  ExpectBothAnswers(accepted, all);
}

TEST_F(RandomTest, MutatedMessages) {
  std::size_t accepted = 0;
  std::size_t all = 0;
  Repeat(40000, [&](Random& random) {
    const Root& root = AnyRoot(random);
    const std::string other = RandomBytes(random, *root.prototype->GetDescriptor());
    std::string bytes = random.OneIn(3) ? MessageBytes(random, root)
                                        : RandomBytes(random, *root.prototype->GetDescriptor());
    accepted += Check(root, Mutated(random, std::move(bytes), other)) ? 1 : 0;
    ++all;
  });
  ExpectBothAnswers(accepted, all);
}

TEST_F(RandomTest, RandomNoise) {
  Repeat(10000, [this](Random& random) { Check(AnyRoot(random), random.Bytes()); });
}

// Every prefix, and every change of a single bit.
TEST_F(RandomTest, EachTruncationAndEachBit) {
  Repeat(60, [this](Random& random) {
    const Root& root = AnyRoot(random);
    std::string bytes = MessageBytes(random, root).substr(0, 200);
    for (std::size_t size = 0; size < bytes.size(); ++size) Check(root, bytes.substr(0, size));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      FlipBit(bytes, bit);
      Check(root, bytes);
      FlipBit(bytes, bit);
    }
  });
}

}  // namespace
}  // namespace property
