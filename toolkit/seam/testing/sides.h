#ifndef SEAM_TESTING_SIDES_H_
#define SEAM_TESTING_SIDES_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "seam/testing/opened_side.h"
#include "seam/testing/side.h"
#include "seam/testing/temporary_folder.h"

// One suite, every binding: a contract test is written against the abstract client and runs
// unchanged on each side of the seam.
//
//   class GreeterContract : public seam::testing::OnEverySide<greeter::v1::GreeterSeam> {
//     seam::Result<std::unique_ptr<GreeterHandler>> OpenHandler() override { … }
//     std::vector<std::string> ServiceCommand() override { return {"build/greeter-service"}; }
//   };
//   TEST_P(GreeterContract, Greets) { EXPECT_TRUE(client().Greet(seam::Context(), {…})); }
//   SEAM_INSTANTIATE_ON_EVERY_SIDE(GreeterContract);
namespace seam::testing {

// The fixture of a contract suite: each test gets a client on its side, over a handler of its own.
template <class Seam>
class OnEverySide : public ::testing::TestWithParam<Side> {
 protected:
  using Handler = typename Seam::Handler;
  using Client = typename Seam::Client;

  // A fresh handler, for the sides that live in this process.
  [[nodiscard]] virtual Result<std::unique_ptr<Handler>> OpenHandler() = 0;

  // The service program and its arguments, on a fresh store; it takes --listen as ServeMain does.
  [[nodiscard]] virtual std::vector<std::string> ServiceCommand() = 0;

  void SetUp() override {
    if (GetParam() == Side::kProcess) {
      side_ = std::make_unique<OpenedSide<Seam>>(ServiceCommand());
      return;
    }
    auto handler = OpenHandler();
    ASSERT_TRUE(handler) << ToString(handler.error());
    side_ = std::make_unique<OpenedSide<Seam>>(GetParam(), *std::move(handler));
  }

  [[nodiscard]] Client& client() noexcept { return side_->client(); }

  // For the store of the handler or of the service.
  [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }

 private:
  const TemporaryFolder folder_;  // Outlives the side, which may use it.
  std::unique_ptr<OpenedSide<Seam>> side_;
};

// Succeeds when the suite of this name has as many cases on every side, and at least one.
[[nodiscard]] ::testing::AssertionResult HasEqualCasesOnEverySide(std::string_view suite);

}  // namespace seam::testing

// Runs `suite` on every side, and adds a test that no side was left out of any case.
#define SEAM_INSTANTIATE_ON_EVERY_SIDE(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(EverySide, suite, ::testing::ValuesIn(::seam::testing::kEverySide), \
                           [](const ::testing::TestParamInfo<::seam::testing::Side>& side) {   \
                             return ::std::string(::seam::testing::SideName(side.param));      \
                           });                                                                 \
  TEST(suite##Cases, AreEqualOnEverySide) {                                                    \
    EXPECT_TRUE(::seam::testing::HasEqualCasesOnEverySide("EverySide/" #suite));               \
  }                                                                                            \
  static_assert(true, "so that a semicolon may follow")

#endif  // SEAM_TESTING_SIDES_H_
