// Products in process and over gRPC, on two SQLite stores.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "products/module.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/sql/sqlite.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"
#include "seam/testing/temporary_folder.h"
#include "seam/testing/test_tokens.h"
#include "shop/common/v1/money_codec.h"
#include "shop/products/v1/products_codec.h"
#include "shop/products/v1/products_seam.h"

namespace shop::products {
namespace {

using seam::testing::Side;

class ProductsSide final : public seam::testing::ParitySide {
 public:
  explicit ProductsSide(Side side) : side_(side, OpenModule()) {}

  seam::Channel& channel() override { return side_.channel(); }

  std::vector<seam::testing::Caller> callers() override {
    return {{"admin", tokens_.As("01900000-0000-7000-8000-00000000000a", {"admin"})},
            {"customer", tokens_.As("01900000-0000-7000-8000-00000000000b")},
            {"nobody", seam::Context()}};
  }

  std::vector<std::string> Rows() override {
    seam::sql::SqliteOptions options;
    options.path = folder_ / "products.sqlite";
    const auto database = seam::sql::OpenSqlite(options);
    std::vector<std::string> rows;
    for (const char* const statement :
         {"SELECT 'product ' || id || ' ' || name || ' ' || description || ' ' || price_minor || "
          "price_currency || ' ' || stock || ' ' || reserved || ' ' || version || ' ' || creation "
          "FROM product",
          "SELECT 'reservation ' || id || ' ' || state FROM reservation",
          "SELECT 'line ' || reservation_id || ' ' || product_id || ' ' || quantity "
          "FROM reservation_line"}) {
      database->Read(seam::Context(), [&](seam::sql::Session& session) {
        session.Query(statement, {},
                      [&](const seam::sql::Row& row) { rows.emplace_back(row.Text(0)); });
      });
    }
    return rows;
  }

 private:
  std::unique_ptr<v1::ProductsHandler> OpenModule() {
    return OpenProducts({.database_path = folder_ / "products.sqlite", .durable = false}, verifier_)
        .value();
  }

  const seam::testing::TemporaryFolder folder_;
  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  seam::testing::ChannelSide<v1::ProductsSeam> side_;
};

seam::testing::OpenSide On(Side side) {
  return [side] { return std::make_unique<ProductsSide>(side); };
}

seam::testing::ParityOptions Options() {
  const std::vector<std::string> ids = {"01900000-0000-7000-8000-000000000001",
                                        "01900000-0000-7000-8000-000000000002"};
  // A reservation that was released is never taken up again, so that new ones are needed.
  std::vector<std::string> reservations;
  for (int i = 10; i < 40; ++i) {
    reservations.push_back("01900000-0000-7000-8000-1000000000" + std::to_string(i));
  }
  return {.failures_folder = SEAM_PARITY_FAILURES,
          .sequences = 12,
          .calls = 80,
          .values = {{"id", ids},
                     {"ids", ids},
                     {"product_id", ids},
                     {"reservation_id", reservations},
                     {"name", {"Cup", "Towel"}},
                     {"description", {"", "Blue"}},
                     {"price",
                      {"amount_minor: 890 currency: 'EUR'", "amount_minor: 0 currency: 'EUR'"}},
                     {"stock", {"10", "50", "1000000000", "0"}},
                     {"quantity", {"1", "1", "1", "4", "1000000"}},
                     {"expected_version", {"1", "2", "3"}},
                     {"page_size", {"0", "1", "100"}},
                     {"page_token", {""}}},
          .differing = {"created_at", "updated_at"}};
}

// A test in which most calls are refused at the door compares little.
void ExpectBothAnswers(const seam::testing::ParityOutcome& outcome) {
  for (const auto& [method, count] : outcome.methods) {
    EXPECT_GT(count.answered, 0U) << method << "\n" << outcome.report;
    EXPECT_GT(count.refused, 0U) << method << "\n" << outcome.report;
  }
}

TEST(ProductsParity, InProcessAndCodecAreEqual) {
  const auto outcome = CompareSides(v1::ProductsSeam::contract(), On(Side::kInProcess),
                                    On(Side::kInProcessCodec), Options());
  EXPECT_TRUE(outcome.equal) << outcome.report;
  ExpectBothAnswers(outcome);
  std::cout << outcome.report;
}

TEST(ProductsParity, InProcessAndGrpcAreEqual) {
  auto options = Options();
  options.sequences = 8;
  const auto outcome = CompareSides(v1::ProductsSeam::contract(), On(Side::kInProcess),
                                    On(Side::kGrpcUnix), options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
}

}  // namespace
}  // namespace shop::products
