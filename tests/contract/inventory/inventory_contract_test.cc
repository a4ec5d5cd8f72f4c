// What every caller of inventory may rely on, written against the abstract client and run unchanged
// on every binding.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "inventory/inventory_sides.h"
#include "seam/core/uuid.h"
#include "shop/inventory/v1/inventory_client.h"

namespace shop::inventory {
namespace {

using seam::Code;
using seam::Context;
using seam::Origin;

class InventoryContract : public InventoryOnEverySide {
 protected:
  products::v1::Product Create(std::int64_t stock) {
    auto created = products().CreateProduct(
        admin(), {.id = seam::NewUuidV7(),
                  .name = "Tea towel",
                  .price = common::v1::Money{.amount_minor = 850, .currency = "EUR"},
                  .stock = stock});
    EXPECT_TRUE(created) << ToString(created.error());
    return *created->product;
  }

  // Has it rebuilt, and waits until it is.
  void Rebuild() {
    const auto asked = client().Rebuild(admin(), {});
    ASSERT_TRUE(asked) << ToString(asked.error());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      const auto status = client().GetStatus(Context(), {});
      ASSERT_TRUE(status) << ToString(status.error());
      if (!status->rebuilding) {
        EXPECT_TRUE(status->rebuilt_at);
        return;
      }
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Only how often to look.
    }
  }
};

template <class T>
void ExpectRefused(const seam::Result<T>& result, Code code, const std::string& reason) {
  ASSERT_FALSE(result) << "expected " << reason;
  EXPECT_EQ(result.error().code, code) << ToString(result.error());
  EXPECT_EQ(result.error().reason, reason) << ToString(result.error());
  EXPECT_EQ(result.error().origin, Origin::kHandler) << ToString(result.error());
}

TEST_P(InventoryContract, HasWhatProductsHasAfterARebuild) {
  const products::v1::Product product = Create(12);
  Rebuild();
  const auto stock = client().GetStock(Context(), {.product_id = product.id});
  ASSERT_TRUE(stock) << ToString(stock.error());
  EXPECT_EQ(stock->stock->product_id, product.id);
  EXPECT_EQ(stock->stock->name, product.name);
  EXPECT_EQ(stock->stock->available, 12);
  EXPECT_EQ(stock->stock->version, product.version);
  EXPECT_TRUE(stock->stock->updated_at);
}

TEST_P(InventoryContract, RefusesWhatIsNotThere) {
  const std::string id = seam::NewUuidV7();
  const auto missing = client().GetStock(Context(), {.product_id = id});
  ExpectRefused(missing, Code::kNotFound, "PRODUCT_NOT_FOUND");
  EXPECT_EQ(missing.error().metadata.at("product_id"), id);
  const auto wrong = client().GetStock(Context(), {.product_id = "cup"});
  ExpectRefused(wrong, Code::kInvalidArgument, "INVALID_FIELD");
  EXPECT_EQ(wrong.error().metadata.at("field"), "product_id");
}

TEST_P(InventoryContract, OnlyAnAdminHasItRebuilt) {
  ExpectRefused(client().Rebuild(Context(), {}), Code::kUnauthenticated, "TOKEN_MISSING");
  ExpectRefused(client().Rebuild(tokens().As(seam::NewUuidV7()), {}), Code::kPermissionDenied,
                "ADMIN_ONLY");
}

TEST_P(InventoryContract, TellsHowFarBehindItIs) {
  Rebuild();
  const auto status = client().GetStatus(Context(), {});
  ASSERT_TRUE(status) << ToString(status.error());
  EXPECT_EQ(status->waiting, 0);
  EXPECT_EQ(status->parked, 0);
  EXPECT_EQ(status->redelivered, 0);
  EXPECT_EQ(status->oldest_waiting_ms, 0);
  EXPECT_FALSE(status->rebuilding);
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(InventoryContract);

}  // namespace
}  // namespace shop::inventory
