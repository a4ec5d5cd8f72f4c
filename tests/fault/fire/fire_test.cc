// Orders while processes are killed; see fire.h. SEAM_SOAK=1 plays sixty games in each arrangement,
// and SEAM_SEED=n decides by another seed.

#include "fire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <ostream>
#include <string>
#include <vector>

namespace shop::fault {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Arrangement {
  std::string name;
  e2e::Bindings bindings;
  bool postgresql = false;
};

void PrintTo(const Arrangement& arrangement, std::ostream* out) { *out << arrangement.name; }

class OrdersUnderFireTest : public ::testing::TestWithParam<Arrangement> {};

// What is bought is seldom given back, so a long form is many short ones.
TEST_P(OrdersUnderFireTest, NothingIsOversoldLostDoubledOrLeftUnfinished) {
  const std::uint64_t first = Seed();
  const std::uint64_t games = IsSoak() ? 60 : 1;
  for (std::uint64_t seed = first; seed < first + games && !HasFailure(); ++seed) {
    const FireOptions options{
        .seed = seed, .bindings = GetParam().bindings, .postgresql = GetParam().postgresql};
    std::cout << "SEAM_SEED=" << options.seed << std::endl;
    OrdersUnderFire fire(options);
    for (int round = 0; round < 4 && fire.complaints().empty(); ++round) fire.PlayOne();
    fire.Finish();
    EXPECT_THAT(fire.complaints(), IsEmpty())
        << Lines(fire.complaints()) << "repeat it with SEAM_SEED=" << options.seed;
    const OrdersUnderFire::Numbers& numbers = fire.numbers();
    EXPECT_GT(numbers.placed, 0);
    EXPECT_GT(numbers.cancelled, 0);
    EXPECT_GT(numbers.unanswered, 0) << "no request met a process that was away";
    std::cout << "answers: " << numbers.placed << " placed, " << numbers.cancelled << " cancelled, "
              << numbers.rejected << " out of stock; " << numbers.left << " left by their buyers, "
              << numbers.unanswered << " requests without an answer\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Arrangements, OrdersUnderFireTest,
                         ::testing::Values(Arrangement{"OneProcess", {}},
                                           Arrangement{"ProductsRemote", {{"products", "grpc"}}},
                                           Arrangement{"AllRemote", e2e::AllBound("grpc")},
                                           Arrangement{"PostgresqlOneProcess", {}, true},
                                           Arrangement{"PostgresqlAllRemote", e2e::AllBound("grpc"),
                                                       true}),
                         [](const auto& arrangement) { return arrangement.param.name; });

// ---- Proof that faults are found ----

// What is found in one of a few games: a fault need not show in each.
std::vector<std::string> ComplaintsAbout(FireOptions options) {
  options.bindings = {{"products", "grpc"}};
  options.patience = std::chrono::milliseconds(300);
  std::vector<std::string> complaints;
  for (options.seed = 1; options.seed <= 10 && complaints.empty(); ++options.seed) {
    OrdersUnderFire fire(options);
    for (int round = 0; round < 3; ++round) fire.PlayOne();
    fire.Finish();
    complaints = fire.complaints();
  }
  return complaints;
}

TEST(OrdersUnderFireTwin, ProductsThatReservesTwiceOnARetryIsFound) {
  EXPECT_THAT(ComplaintsAbout({.products_command = {PRODUCTS_TWIN, "--fault", "greedy"}}),
              Contains(HasSubstr("has no order")));
}

TEST(OrdersUnderFireTwin, OrdersWithoutRecoveryAreFound) {
  EXPECT_THAT(ComplaintsAbout({.recovery = false}), Contains(HasSubstr("is not final")));
}

}  // namespace
}  // namespace shop::fault
