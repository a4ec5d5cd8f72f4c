// Rounds of load, ending and starting again; see rounds.h. SEAM_SOAK=1 plays two hundred of them,
// and SEAM_SEED=n those of another seed.

#include "rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <string>
#include <vector>

namespace shop::fault {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Rounds, NothingIsLostMixedUpOrLeftUnknown) {
  const RoundsOptions options{.seed = Seed()};
  std::cout << "SEAM_SEED=" << options.seed << std::endl;
  const int wanted = IsSoak() ? 200 : 20;
  Rounds rounds(options);
  for (int round = 0; round < wanted && rounds.complaints().empty(); ++round) rounds.PlayOne();
  rounds.Finish();
  EXPECT_THAT(rounds.complaints(), IsEmpty())
      << Lines(rounds.complaints()) << "repeat it with SEAM_SEED=" << options.seed;
  EXPECT_GE(rounds.acknowledged(), static_cast<std::size_t>(wanted));
  EXPECT_GT(rounds.refused(), 0) << "no call met a process that was away";
  std::cout << rounds.acknowledged() << " writes acknowledged, " << rounds.refused()
            << " calls refused\n";
}

// What the rounds find in a service with that fault; see products_twin.cc.
std::vector<std::string> ComplaintsAbout(const std::string& fault, int signal) {
  Rounds rounds({.side = Side::kProducts,
                 .signal = signal,
                 .products_command = {PRODUCTS_TWIN, "--fault", fault}});
  for (int round = 0; round < 20 && rounds.complaints().empty(); ++round) rounds.PlayOne();
  return rounds.complaints();
}

TEST(RoundsTwin, ServiceThatEndsAtOnceIsFound) {
  EXPECT_THAT(ComplaintsAbout("hasty", SIGTERM), Contains(HasSubstr("the outcome is unknown")));
}

TEST(RoundsTwin, ServiceThatAcknowledgesWhatDoesNotLastIsFound) {
  EXPECT_THAT(ComplaintsAbout("forgetful", SIGKILL), Contains(HasSubstr("acknowledged and lost")));
}

TEST(RoundsTwin, ServiceThatMixesAnswersUpIsFound) {
  EXPECT_THAT(ComplaintsAbout("mixed-up", SIGKILL), Contains(HasSubstr("and got")));
}

}  // namespace
}  // namespace shop::fault
