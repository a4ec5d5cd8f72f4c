#ifndef TESTS_PROPERTY_TRIALS_H_
#define TESTS_PROPERTY_TRIALS_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "comparison.h"

namespace property {

// `bytes` in hexadecimal.
[[nodiscard]] std::string Hex(std::string_view bytes);

// Whether the long form of the tests is wanted: SEAM_SOAK=1.
[[nodiscard]] bool IsSoak();

// What the tests have in common: trials with a seed each, and a report that repeats a failure.
//
// The first seed is SEAM_SEED if that is set; else a fixed one, so that a change that is not at
// fault does not fail, or one by chance when the long form is wanted.
class Trials : public testing::Test {
 protected:
  Trials();

  // `trial(random)` `count` times, 100 times as often in the long form; no more after a failure.
  template <class Trial>
  void Repeat(std::size_t count, Trial trial) {
    if (IsSoak()) count *= 100;
    for (std::size_t i = 0; i < count && !HasFailure(); ++i) {
      seed_ = first_seed_ + i;
      Random random(seed_);
      trial(random);
    }
  }

  // Compares; a disagreement fails the test, is made smaller, printed, and written into a file that
  // can be put into corpus/. Returns whether libprotobuf accepts the bytes.
  bool Check(const Root& root, std::string_view bytes);
  bool Check(std::string_view root_name, std::string_view bytes);

  // Fails the test when there is a disagreement.
  void Check(const Root& root, const Verdict& verdict);

  Oracle oracle_;

 private:
  [[nodiscard]] std::string HowToRepeat() const;

  std::uint64_t first_seed_ = 1;
  std::uint64_t seed_ = 0;  // 0 outside of Repeat.
};

}  // namespace property

#endif  // TESTS_PROPERTY_TRIALS_H_
