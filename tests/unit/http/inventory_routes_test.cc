#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http_fixture.h"

namespace shop::http {
namespace {

using nlohmann::json;
using seam::Code;
using ::testing::_;
using ::testing::Field;
using ::testing::Return;

class InventoryRoutesTest : public HttpFixture {
 protected:
  const std::string stock_path_ = "/inventory/" + std::string(kId);
};

TEST_F(InventoryRoutesTest, ShowsAStock) {
  inventory::v1::GetStockResponse response;
  inventory::v1::Stock& stock = response.stock.emplace();
  stock.product_id = kId;
  stock.name = "Cup";
  stock.available = 7;
  stock.version = 3;
  stock.updated_at = seam::Timestamp{1'732'282'201, 0};
  EXPECT_CALL(inventory_,
              GetStock(_, Field(&inventory::v1::GetStockRequest::product_id, std::string(kId))))
      .WillOnce(Return(response));
  const Reply reply = Send("GET", stock_path_);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), json({{"product_id", kId},
                                           {"name", "Cup"},
                                           {"available", 7},
                                           {"version", 3},
                                           {"updated_at", "2024-11-22T13:30:01.000Z"}}));
}

TEST_F(InventoryRoutesTest, PassesARefusalOn) {
  seam::Error error{Code::kNotFound, "PRODUCT_NOT_FOUND", "no stock is known of a product", {}, {}};
  error.origin = seam::Origin::kHandler;
  EXPECT_CALL(inventory_, GetStock).WillOnce(Return(seam::Forward(error)));
  ExpectRefused(Send("GET", stock_path_), 404, "PRODUCT_NOT_FOUND");
  EXPECT_CALL(inventory_, GetStock).WillOnce(Return(inventory::v1::GetStockResponse()));
  ExpectRefused(Send("GET", stock_path_), 500, "INTERNAL");
}

TEST_F(InventoryRoutesTest, TellsAnAdminHowFarBehindItIs) {
  ExpectRefused(Send("GET", "/inventory"), 401, "TOKEN_MISSING");
  ExpectRefused(SendAsCustomer("GET", "/inventory"), 403, "ADMIN_ONLY");
  inventory::v1::GetStatusResponse status;
  status.waiting = 2;
  status.parked = 1;
  status.redelivered = 3;
  status.oldest_waiting_ms = 130;
  EXPECT_CALL(inventory_, GetStatus).WillOnce(Return(status));
  EXPECT_EQ(json::parse(SendAsAdmin("GET", "/inventory").body), json({{"waiting", 2},
                                                                      {"parked", 1},
                                                                      {"redelivered", 3},
                                                                      {"oldest_waiting_ms", 130},
                                                                      {"rebuilding", false}}));
  status.rebuilding = true;
  status.last_applied_at = seam::Timestamp{1'732'282'201, 0};
  status.rebuilt_at = seam::Timestamp{1'732'282'200, 125'000'000};
  EXPECT_CALL(inventory_, GetStatus).WillOnce(Return(status));
  const json later = json::parse(SendAsAdmin("GET", "/inventory").body);
  EXPECT_EQ(later["rebuilding"], true);
  EXPECT_EQ(later["last_applied_at"], "2024-11-22T13:30:01.000Z");
  EXPECT_EQ(later["rebuilt_at"], "2024-11-22T13:30:00.125Z");
}

TEST_F(InventoryRoutesTest, AnAdminHasItRebuilt) {
  ExpectRefused(SendAsCustomer("POST", "/inventory/rebuild"), 403, "ADMIN_ONLY");
  EXPECT_CALL(inventory_, Rebuild).WillOnce(Return(inventory::v1::RebuildResponse()));
  const Reply reply = SendAsAdmin("POST", "/inventory/rebuild");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(json::parse(reply.body), json({{"rebuilding", true}}));
}

}  // namespace
}  // namespace shop::http
