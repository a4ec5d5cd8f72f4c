#include <string>

#include "inventory_fixture.h"

namespace shop::inventory {
namespace {

class StockTest : public InventoryFixture {
 protected:
  InventoryService service_{PartsWith(Options()), products_};

  Result<v1::GetStockResponse> Get(const std::string& id) {
    return service_.GetStock(context_, {.product_id = id});
  }
};

TEST_F(StockTest, IsWhatWasHeard) {
  Learn(kCup, "Cup", 10, 3);
  const auto stock = Get(kCup);
  ASSERT_TRUE(stock);
  EXPECT_EQ(stock->stock->product_id, kCup);
  EXPECT_EQ(stock->stock->name, "Cup");
  EXPECT_EQ(stock->stock->available, 10);
  EXPECT_EQ(stock->stock->version, 3);
  EXPECT_EQ(stock->stock->updated_at, seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_EQ(Outcome(Get(kJug)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_EQ(Outcome(Get("cup")), "INVALID_ARGUMENT INVALID_FIELD field=product_id");
}

TEST_F(StockTest, NeverGoesBack) {
  Learn(kCup, "Cup", 10, 3);
  ++now_;
  Learn(kCup, "Mug", 99, 2);
  EXPECT_EQ(Known(kCup), "Cup 10 v3");
  Learn(kCup, "Mug", 99, 3);
  EXPECT_EQ(Known(kCup), "Cup 10 v3");
  EXPECT_EQ(Get(kCup)->stock->updated_at, seam::TimestampFromUnixMilliseconds(now_ - 1));
  Learn(kCup, "Mug", 9, 4);
  EXPECT_EQ(Known(kCup), "Mug 9 v4");
}

TEST_F(StockTest, KeepsTheNameThatWasNotTold) {
  Learn(kCup, "Cup", 10, 1);
  Learn(kCup, "", 9, 2);
  EXPECT_EQ(Known(kCup), "Cup 9 v2");
}

TEST_F(StockTest, OfAnUnknownProductHasNoNameUntilItIsTold) {
  Learn(kCup, "", 9, 5);
  EXPECT_EQ(Known(kCup), " 9 v5");
  // An older name is the name, as long as no newer one came.
  Learn(kCup, "Cup", 10, 4);
  EXPECT_EQ(Known(kCup), "Cup 9 v5");
}

TEST_F(StockTest, IsGoneOnceTheProductIsDeleted) {
  Learn(kCup, "Cup", 10, 3);
  LearnDeleted(kCup, 4);
  EXPECT_EQ(Outcome(Get(kCup)), "NOT_FOUND PRODUCT_NOT_FOUND");
  Learn(kCup, "Cup", 10, 3);
  Learn(kCup, "", 9, 4);
  EXPECT_EQ(Known(kCup), "-") << "what is older brought it back";
  Learn(kCup, "Cup", 1, 5);
  EXPECT_EQ(Known(kCup), "Cup 1 v5");
  LearnDeleted(kCup, 4);
  EXPECT_EQ(Known(kCup), "Cup 1 v5");
}

TEST_F(StockTest, OfAProductThatWasDeletedUnheardIsNotKnownLater) {
  LearnDeleted(kCup, 4);
  Learn(kCup, "Cup", 10, 3);
  EXPECT_EQ(Known(kCup), "-");
}

TEST_F(StockTest, OnlyAnAdminHasItRebuilt) {
  ASSERT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(Outcome(service_.Rebuild(context_, {})), "UNAUTHENTICATED TOKEN_MISSING");
  EXPECT_EQ(Outcome(service_.Rebuild(tokens_.As(seam::NewUuidV7()), {})),
            "PERMISSION_DENIED ADMIN_ONLY");
  EXPECT_FALSE(IsDue());
  EXPECT_EQ(Outcome(service_.Rebuild(admin_, {})), "OK");
  EXPECT_EQ(Outcome(service_.Rebuild(admin_, {})), "OK");
  EXPECT_TRUE(IsDue());
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kNothingToDo);
}

TEST_F(StockTest, TheStatusTellsOfRebuilds) {
  EXPECT_TRUE(service_.GetStatus(context_, {})->rebuilding) << "a new database";
  EXPECT_FALSE(service_.GetStatus(context_, {})->rebuilt_at);
  ASSERT_EQ(RunRebuild([&] { EXPECT_TRUE(service_.GetStatus(context_, {})->rebuilding); }),
            Rebuild::Outcome::kDone);
  EXPECT_FALSE(service_.GetStatus(context_, {})->rebuilding);
  EXPECT_EQ(service_.GetStatus(context_, {})->rebuilt_at,
            seam::TimestampFromUnixMilliseconds(now_));
}

}  // namespace
}  // namespace shop::inventory
