#include "inventory/module.h"

#include <thread>

#include "inventory_fixture.h"

namespace shop::inventory {
namespace {

class ModuleTest : public InventoryFixture {
 protected:
  [[nodiscard]] InventoryOptions WithWorker(std::chrono::milliseconds interval) {
    InventoryOptions options = Options();
    options.rebuild_interval = interval;
    return options;
  }

  // Waits for the worker.
  [[nodiscard]] bool IsRebuilt(const std::string& id, const std::string& known) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (IsDue() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Only how often to look.
    }
    return Known(id) == known;
  }
};

TEST_F(ModuleTest, RebuildsByItselfWhenItIsNewAndWhenItIsAsked) {
  catalogue_.Put(kCup, "Cup", 10, 1);
  const auto module = OpenInventory(WithWorker(std::chrono::hours(1)), verifier_, log_);
  ASSERT_TRUE(module);
  const auto handler = (*module)->NewInventoryHandler(products_);
  EXPECT_TRUE(IsRebuilt(kCup, "Cup 10 v1"));
  // Asked of this process, it does not wait for its interval.
  catalogue_.Put(kCup, "Cup", 11, 2);
  EXPECT_EQ(Outcome(handler->Rebuild(admin_, {})), "OK");
  EXPECT_TRUE(IsRebuilt(kCup, "Cup 11 v2"));
}

TEST_F(ModuleTest, RebuildsWhatAnotherProcessWasAskedFor) {
  const auto module = OpenInventory(WithWorker(std::chrono::milliseconds(10)), verifier_, log_);
  ASSERT_TRUE(module);
  const auto handler = (*module)->NewInventoryHandler(products_);
  EXPECT_TRUE(IsRebuilt(kCup, "-"));
  catalogue_.Put(kCup, "Cup", 11, 2);
  WantRebuild();
  EXPECT_TRUE(IsRebuilt(kCup, "Cup 11 v2"));
}

TEST_F(ModuleTest, ForgetsWhatWasDeletedLongAgo) {
  LearnDeleted(kCup, 2);
  now_ += std::chrono::milliseconds(std::chrono::hours(30 * 24)).count() + 1;
  LearnDeleted(kJug, 2);
  const auto module = OpenInventory(WithWorker(std::chrono::milliseconds(10)), verifier_, log_);
  const auto handler = (*module)->NewInventoryHandler(products_);
  EXPECT_TRUE(IsRebuilt(kCup, "-"));
  Learn(kCup, "Cup", 1, 1);
  EXPECT_EQ(Known(kCup), "Cup 1 v1");
  Learn(kJug, "Jug", 1, 1);
  EXPECT_EQ(Known(kJug), "-");
}

TEST_F(ModuleTest, EndsAtOnceThoughProductsDoesNotAnswer) {
  catalogue_.FailAfter(0);
  const auto module = OpenInventory(WithWorker(std::chrono::hours(1)), verifier_, log_);
  const auto handler = (*module)->NewInventoryHandler(products_);
  EXPECT_EQ(Outcome(handler->GetStock(context_, {.product_id = kCup})),
            "NOT_FOUND PRODUCT_NOT_FOUND");
}

TEST_F(ModuleTest, ADatabaseOfANewerProgramIsRefused) {
  database_->Write(context_, [](Session& session) {
    session.ExecuteScript("INSERT INTO seam_migration VALUES (99, 'from the future', 0, 0)");
  });
  EXPECT_EQ(Outcome(OpenInventory(Options(), verifier_, log_)),
            "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
}

}  // namespace
}  // namespace shop::inventory
