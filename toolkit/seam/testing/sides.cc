#include "seam/testing/sides.h"

#include <map>

namespace seam::testing {
namespace {

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

}  // namespace

::testing::AssertionResult HasEqualCasesOnEverySide(std::string_view suite) {
  std::map<Side, int> cases;
  const ::testing::UnitTest& program = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < program.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& candidate = *program.GetTestSuite(i);
    if (candidate.name() != suite) continue;
    for (int j = 0; j < candidate.total_test_count(); ++j) {
      const std::string name = candidate.GetTestInfo(j)->name();
      for (const Side side : kEverySide) {
        if (EndsWith(name, "/" + std::string(SideName(side)))) ++cases[side];
      }
    }
  }
  ::testing::AssertionResult result = ::testing::AssertionSuccess();
  for (const Side side : kEverySide) {
    if (cases[side] == 0 || cases[side] != cases[kEverySide[0]]) {
      result = ::testing::AssertionFailure();
    }
  }
  for (const Side side : kEverySide) result << SideName(side) << ": " << cases[side] << " cases\n";
  return result;
}

}  // namespace seam::testing
