// The shop's modules in process and on every other side, each on a store of its own.

#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "seam/testing/channel_side.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"
#include "shop_modules.h"

namespace shop {
namespace {

using seam::testing::Side;

template <class Module>
class ModuleSide final : public seam::testing::ParitySide {
 public:
  explicit ModuleSide(Side side) : side_(OpenModule(module_, side)) {}

  seam::Channel& channel() override { return side_.channel(); }
  std::vector<seam::testing::Caller> callers() override { return module_.callers(); }
  std::vector<std::string> Rows() override { return module_.Rows(); }

 private:
  Module module_;
  seam::testing::ChannelSide<typename Module::Seam> side_;
};

template <class Module>
seam::testing::ParityOutcome Compare(Side side, seam::testing::ParityOptions options) {
  options.failures_folder = SEAM_PARITY_FAILURES;
  auto outcome = CompareSides(
      Module::Seam::contract(),
      [] { return std::make_unique<ModuleSide<Module>>(Side::kInProcess); },
      [side] { return std::make_unique<ModuleSide<Module>>(side); }, options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
  return outcome;
}

// A test in which most calls are refused at the door compares little.
void ExpectBothAnswers(const seam::testing::ParityOutcome& outcome) {
  for (const auto& [method, count] : outcome.methods) {
    EXPECT_GT(count.answered, 0U) << method << "\n" << outcome.report;
    EXPECT_GT(count.refused, 0U) << method << "\n" << outcome.report;
  }
  std::cout << outcome.report;
}

class ShopParity : public ::testing::TestWithParam<Side> {
 protected:
  // The codec is the cheapest to compare; there each method has to be answered and refused.
  template <class Module>
  void ExpectParity(seam::testing::ParityOptions options, std::size_t codec_sequences) {
    const bool codec = GetParam() == Side::kInProcessCodec;
    options.sequences = codec ? codec_sequences : 2;
    options.calls = 80;
    const auto outcome = Compare<Module>(GetParam(), options);
    if (codec) ExpectBothAnswers(outcome);
  }
};

// Has the most rules, so that it takes longest until each has been met.
TEST_P(ShopParity, Products) { ExpectParity<ProductsModule>(ProductsModule::Options(), 12); }

TEST_P(ShopParity, Users) {
  auto options = UsersModule::Options();
  options.left_out = {"CheckReadiness"};  // Never refused.
  ExpectParity<UsersModule>(options, 4);
}

TEST_P(ShopParity, Orders) {
  auto options = OrdersModule::Options();
  // Never refused; and a service has its own clock, while the order of two orders of one
  // millisecond is by chance.
  options.left_out = {"CheckReadiness"};
  if (GetParam() == Side::kProcess) options.left_out.emplace_back("ListOrders");
  ExpectParity<OrdersModule>(options, 4);
}

INSTANTIATE_TEST_SUITE_P(OtherSides, ShopParity,
                         ::testing::Values(Side::kInProcessCodec, Side::kGrpcTcp, Side::kGrpcUnix,
                                           Side::kProcess),
                         [](const auto& side) { return std::string(SideName(side.param)); });

}  // namespace
}  // namespace shop
