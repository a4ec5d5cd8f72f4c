// What every caller of products may rely on, written against the abstract client and run unchanged
// on every binding.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "products/products_sides.h"
#include "seam/core/uuid.h"
#include "seam/identity/principal.h"
#include "seam/identity/token.h"
#include "shop/products/v1/products_client.h"

namespace shop::products {
namespace {

using seam::Code;
using seam::Context;
using seam::Origin;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.

class ProductsContract : public ProductsOnEverySide {
 protected:
  CreateProductRequest TeaTowel() const {
    return {.id = seam::NewUuidV7(),
            .name = "Tea towel",
            .description = "Linen, 50 × 70 cm",
            .price = common::v1::Money{.amount_minor = 850, .currency = "EUR"},
            .stock = 12};
  }

  Product Create(const CreateProductRequest& request) {
    auto created = client().CreateProduct(admin(), request);
    EXPECT_TRUE(created) << ToString(created.error());
    return *created->product;
  }
  Product CreateWithStock(std::int64_t stock) {
    auto request = TeaTowel();
    request.stock = stock;
    return Create(request);
  }

  std::int64_t StockOf(const std::string& id) {
    auto got = client().GetProduct(Context(), {.id = id});
    EXPECT_TRUE(got) << ToString(got.error());
    return got->product->stock;
  }

  seam::Result<ReserveStockResponse> Reserve(const std::string& reservation,
                                             std::vector<StockLine> lines) {
    return client().ReserveStock(Context(),
                                 {.reservation_id = reservation, .lines = std::move(lines)});
  }
};

template <class T>
void ExpectRefused(const seam::Result<T>& result, Code code, const std::string& reason) {
  ASSERT_FALSE(result) << "expected " << reason;
  EXPECT_EQ(result.error().code, code) << ToString(result.error());
  EXPECT_EQ(result.error().reason, reason) << ToString(result.error());
  EXPECT_EQ(result.error().origin, Origin::kHandler) << ToString(result.error());
}

template <class T>
void ExpectInvalidField(const seam::Result<T>& result, const std::string& field) {
  ExpectRefused(result, Code::kInvalidArgument, "INVALID_FIELD");
  if (!result) {
    EXPECT_EQ(result.error().metadata.at("field"), field) << ToString(result.error());
  }
}

TEST_P(ProductsContract, WhatWasCreatedCanBeRead) {
  const auto request = TeaTowel();
  const Product created = Create(request);
  EXPECT_EQ(created.id, request.id);
  EXPECT_EQ(created.name, request.name);
  EXPECT_EQ(created.description, request.description);
  EXPECT_EQ(*created.price, *request.price);
  EXPECT_EQ(created.stock, 12);
  EXPECT_EQ(created.version, 1);
  ASSERT_TRUE(created.created_at.has_value());
  EXPECT_GT(created.created_at->seconds, 0);
  EXPECT_EQ(*created.created_at, *created.updated_at);

  const auto got = client().GetProduct(Context(), {.id = request.id});
  ASSERT_TRUE(got) << ToString(got.error());
  EXPECT_EQ(*got->product, created);
}

TEST_P(ProductsContract, CreatingAgainWithTheSameContentChangesNothing) {
  const auto request = TeaTowel();
  const Product first = Create(request);
  EXPECT_EQ(Create(request), first);
  auto other = request;
  other.name = "Another";
  ExpectRefused(client().CreateProduct(admin(), other), Code::kAlreadyExists, "PRODUCT_EXISTS");
}

TEST_P(ProductsContract, AnUnknownProductIsNotFound) {
  const std::string id = seam::NewUuidV7();
  ExpectRefused(client().GetProduct(Context(), {.id = id}), Code::kNotFound, "PRODUCT_NOT_FOUND");
  ExpectRefused(client().DeleteProduct(admin(), {.id = id}), Code::kNotFound, "PRODUCT_NOT_FOUND");
}

TEST_P(ProductsContract, ABadFieldIsNamed) {
  ExpectInvalidField(client().GetProduct(Context(), {.id = "not-a-uuid"}), "id");
  auto request = TeaTowel();
  request.name = "";
  ExpectInvalidField(client().CreateProduct(admin(), request), "name");
  request = TeaTowel();
  request.price.reset();
  ExpectInvalidField(client().CreateProduct(admin(), request), "price");
  request = TeaTowel();
  request.price->currency = "euro";
  ExpectInvalidField(client().CreateProduct(admin(), request), "price.currency");
  request = TeaTowel();
  request.price->amount_minor = -1;
  ExpectInvalidField(client().CreateProduct(admin(), request), "price.amount_minor");
  request = TeaTowel();
  request.stock = -1;
  ExpectInvalidField(client().CreateProduct(admin(), request), "stock");
}

TEST_P(ProductsContract, AnUpdateNeedsTheCurrentVersion) {
  const Product created = Create(TeaTowel());
  UpdateProductRequest update{.id = created.id,
                              .expected_version = 1,
                              .name = "Tea towel, blue",
                              .description = created.description,
                              .price = common::v1::Money{.amount_minor = 900, .currency = "EUR"}};
  const auto updated = client().UpdateProduct(admin(), update);
  ASSERT_TRUE(updated) << ToString(updated.error());
  EXPECT_EQ(updated->product->version, 2);
  EXPECT_EQ(updated->product->name, "Tea towel, blue");
  EXPECT_EQ(updated->product->stock, created.stock) << "absent stock is left alone";

  const auto stale = client().UpdateProduct(admin(), update);
  ExpectRefused(stale, Code::kAborted, "STALE_VERSION");
  EXPECT_EQ(stale.error().metadata.at("current_version"), "2");

  update.expected_version = 2;
  update.stock = 0;
  const auto emptied = client().UpdateProduct(admin(), update);
  ASSERT_TRUE(emptied) << ToString(emptied.error());
  EXPECT_EQ(emptied->product->stock, 0) << "stock that is given is set, zero too";
}

TEST_P(ProductsContract, AnUpdateDoesNotBringBackWhatWasReservedSinceTheRead) {
  const Product read = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_TRUE(Reserve(reservation, {{.product_id = read.id, .quantity = 8}}));
  UpdateProductRequest update{.id = read.id,
                              .expected_version = read.version,
                              .name = "Tea towel, blue",
                              .description = read.description,
                              .price = read.price,
                              .stock = read.stock};
  const auto stale = client().UpdateProduct(admin(), update);
  ASSERT_FALSE(stale) << "eight pieces would be sold twice";
  ExpectRefused(stale, Code::kAborted, "STALE_VERSION");
  EXPECT_EQ(stale.error().metadata.at("current_version"), "2");
  EXPECT_EQ(StockOf(read.id), 2);

  update.expected_version = 2;
  update.stock = 3;
  ASSERT_TRUE(client().UpdateProduct(admin(), update));
  ASSERT_TRUE(client().ReleaseReservation(Context(), {.reservation_id = reservation}));
  update.expected_version = 3;
  ExpectRefused(client().UpdateProduct(admin(), update), Code::kAborted, "STALE_VERSION");
  EXPECT_EQ(StockOf(read.id), 11);
}

TEST_P(ProductsContract, AProductIsDeletedOnce) {
  const Product created = Create(TeaTowel());
  ExpectRefused(client().DeleteProduct(admin(), {.id = created.id, .expected_version = 7}),
                Code::kAborted, "STALE_VERSION");
  EXPECT_TRUE(client().DeleteProduct(admin(), {.id = created.id, .expected_version = 1}));
  ExpectRefused(client().GetProduct(Context(), {.id = created.id}), Code::kNotFound,
                "PRODUCT_NOT_FOUND");
  ExpectRefused(client().DeleteProduct(admin(), {.id = created.id}), Code::kNotFound,
                "PRODUCT_NOT_FOUND");
}

TEST_P(ProductsContract, ABatchKeepsTheOrderAskedForAndNamesWhatIsMissing) {
  const Product first = Create(TeaTowel());
  const Product second = Create(TeaTowel());
  const std::string unknown = seam::NewUuidV7();
  const auto batch =
      client().BatchGetProducts(Context(), {.ids = {second.id, unknown, first.id, second.id}});
  ASSERT_TRUE(batch) << ToString(batch.error());
  EXPECT_THAT(batch->products, ElementsAre(second, first));
  EXPECT_THAT(batch->missing_ids, ElementsAre(unknown));
  ExpectInvalidField(client().BatchGetProducts(Context(), {}), "ids");
}

TEST_P(ProductsContract, PagesCoverTheCatalogueOnce) {
  std::vector<std::string> created;
  for (int i = 0; i < 7; ++i) created.push_back(Create(TeaTowel()).id);
  std::vector<std::string> listed;
  ListProductsRequest request{.page_size = 3};
  int pages = 0;
  do {
    const auto page = client().ListProducts(Context(), request);
    ASSERT_TRUE(page) << ToString(page.error());
    EXPECT_LE(page->products.size(), 3U);
    for (const Product& product : page->products) listed.push_back(product.id);
    request.page_token = page->next_page_token;
    ++pages;
  } while (!request.page_token.empty());
  std::sort(created.begin(), created.end());  // Ids of one millisecond have no other order.
  EXPECT_EQ(listed, created);
  EXPECT_EQ(pages, 3);
}

TEST_P(ProductsContract, AnEmptyCatalogueIsOnePage) {
  const auto page = client().ListProducts(Context(), {});
  ASSERT_TRUE(page) << ToString(page.error());
  EXPECT_THAT(page->products, IsEmpty());
  EXPECT_EQ(page->next_page_token, "");
}

TEST_P(ProductsContract, APageIsBounded) {
  ExpectInvalidField(client().ListProducts(Context(), {.page_size = 101}), "page_size");
  ExpectInvalidField(client().ListProducts(Context(), {.page_size = -1}), "page_size");
  ExpectInvalidField(client().ListProducts(Context(), {.page_token = "made up"}), "page_token");
}

TEST_P(ProductsContract, AReservationTakesStockOnce) {
  const Product product = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  const std::vector<StockLine> lines = {{.product_id = product.id, .quantity = 4}};
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto reserved = Reserve(reservation, lines);
    ASSERT_TRUE(reserved) << ToString(reserved.error());
    EXPECT_EQ(reserved->state, ReservationState::RESERVATION_STATE_RESERVED);
    EXPECT_EQ(StockOf(product.id), 6);
  }
  ExpectRefused(Reserve(reservation, {{.product_id = product.id, .quantity = 5}}),
                Code::kAlreadyExists, "RESERVATION_EXISTS");
  EXPECT_EQ(StockOf(product.id), 6);
}

TEST_P(ProductsContract, AReservationTakesAllOrNothing) {
  const Product plenty = CreateWithStock(10);
  const Product scarce = CreateWithStock(1);
  const auto refused = Reserve(seam::NewUuidV7(), {{.product_id = plenty.id, .quantity = 2},
                                                   {.product_id = scarce.id, .quantity = 2}});
  ExpectRefused(refused, Code::kFailedPrecondition, "INSUFFICIENT_STOCK");
  EXPECT_EQ(refused.error().metadata.at("product_id"), scarce.id);
  EXPECT_EQ(refused.error().metadata.at("available"), "1");
  EXPECT_EQ(StockOf(plenty.id), 10);
  EXPECT_EQ(StockOf(scarce.id), 1);
  ExpectRefused(Reserve(seam::NewUuidV7(), {{.product_id = plenty.id, .quantity = 2},
                                            {.product_id = seam::NewUuidV7(), .quantity = 1}}),
                Code::kNotFound, "PRODUCT_NOT_FOUND");
  EXPECT_EQ(StockOf(plenty.id), 10);
}

TEST_P(ProductsContract, AReleaseGivesStockBackOnce) {
  const Product product = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_TRUE(Reserve(reservation, {{.product_id = product.id, .quantity = 4}}));
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto released = client().ReleaseReservation(Context(), {.reservation_id = reservation});
    ASSERT_TRUE(released) << ToString(released.error());
    EXPECT_EQ(released->state, ReservationState::RESERVATION_STATE_RELEASED);
    EXPECT_EQ(StockOf(product.id), 10);
  }
  ExpectRefused(Reserve(reservation, {{.product_id = product.id, .quantity = 4}}),
                Code::kFailedPrecondition, "RESERVATION_RELEASED");
  ExpectRefused(client().ConfirmReservation(Context(), {.reservation_id = reservation}),
                Code::kFailedPrecondition, "RESERVATION_RELEASED");
}

TEST_P(ProductsContract, AConfirmedReservationKeepsItsStockUntilReleased) {
  const Product product = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  const std::vector<StockLine> lines = {{.product_id = product.id, .quantity = 4}};
  ASSERT_TRUE(Reserve(reservation, lines));
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto confirmed = client().ConfirmReservation(Context(), {.reservation_id = reservation});
    ASSERT_TRUE(confirmed) << ToString(confirmed.error());
    EXPECT_EQ(confirmed->state, ReservationState::RESERVATION_STATE_CONFIRMED);
  }
  const auto again = Reserve(reservation, lines);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->state, ReservationState::RESERVATION_STATE_CONFIRMED);
  EXPECT_EQ(StockOf(product.id), 6);
  ASSERT_TRUE(client().ReleaseReservation(Context(), {.reservation_id = reservation}));
  EXPECT_EQ(StockOf(product.id), 10);
}

TEST_P(ProductsContract, AReservationThatComesAfterItsReleaseTakesNothing) {
  const Product product = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_TRUE(client().ReleaseReservation(Context(), {.reservation_id = reservation}));
  ExpectRefused(Reserve(reservation, {{.product_id = product.id, .quantity = 4}}),
                Code::kFailedPrecondition, "RESERVATION_RELEASED");
  EXPECT_EQ(StockOf(product.id), 10);
}

TEST_P(ProductsContract, ConfirmingAnUnknownReservationIsNotFound) {
  ExpectRefused(client().ConfirmReservation(Context(), {.reservation_id = seam::NewUuidV7()}),
                Code::kNotFound, "RESERVATION_NOT_FOUND");
}

TEST_P(ProductsContract, AProductWithReservedStockIsNotDeleted) {
  const Product product = CreateWithStock(10);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_TRUE(Reserve(reservation, {{.product_id = product.id, .quantity = 1}}));
  ExpectRefused(client().DeleteProduct(admin(), {.id = product.id}), Code::kFailedPrecondition,
                "STOCK_RESERVED");
}

TEST_P(ProductsContract, TheLastPiecesGoToExactlyAsManyBuyers) {
  constexpr int kBuyers = 8;
  constexpr int kTries = 5;
  constexpr int kStock = 13;
  const Product product = CreateWithStock(kStock);
  std::atomic<int> bought = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> buyers;
  for (int buyer = 0; buyer < kBuyers; ++buyer) {
    buyers.emplace_back([&] {
      for (int i = 0; i < kTries; ++i) {
        const auto reserved =
            Reserve(seam::NewUuidV7(), {{.product_id = product.id, .quantity = 1}});
        if (reserved) {
          ++bought;
        } else if (reserved.error().reason == "INSUFFICIENT_STOCK") {
          ++refused;
        } else {
          ADD_FAILURE() << ToString(reserved.error());
        }
      }
    });
  }
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_EQ(bought, kStock);
  EXPECT_EQ(refused, kBuyers * kTries - kStock);
  EXPECT_EQ(StockOf(product.id), 0);
}

TEST_P(ProductsContract, OnlyAnAdminChangesTheCatalogue) {
  const Product product = Create(TeaTowel());
  const auto now = std::chrono::system_clock::now();
  const seam::Principal former{
      seam::NewUuidV7(), {"admin"}, seam::NewUuidV7(), now - std::chrono::hours(1)};
  struct Caller {
    const char* name;
    Context context;
    Code code;
    const char* reason;
  };
  const std::vector<Caller> callers = {
      {"nobody", Context(), Code::kUnauthenticated, "TOKEN_MISSING"},
      {"an admin of another shop", seam::testing::TestTokens().As(seam::NewUuidV7(), {"admin"}),
       Code::kUnauthenticated, "TOKEN_INVALID"},
      {"an admin whose time is up",
       seam::WithBearerToken(Context(), seam::SignToken(tokens().key(), tokens().audience(), former,
                                                        now - std::chrono::hours(2))),
       Code::kUnauthenticated, "TOKEN_EXPIRED"},
      {"a customer", tokens().As(seam::NewUuidV7()), Code::kPermissionDenied, "ADMIN_ONLY"},
  };
  for (const Caller& caller : callers) {
    SCOPED_TRACE(caller.name);
    const auto request = TeaTowel();
    ExpectRefused(client().CreateProduct(caller.context, request), caller.code, caller.reason);
    ExpectRefused(client().GetProduct(caller.context, {.id = request.id}), Code::kNotFound,
                  "PRODUCT_NOT_FOUND");
    ExpectRefused(client().UpdateProduct(caller.context, {.id = product.id,
                                                          .expected_version = product.version,
                                                          .name = "Tea towel, blue",
                                                          .description = product.description,
                                                          .price = product.price}),
                  caller.code, caller.reason);
    ExpectRefused(client().DeleteProduct(caller.context, {.id = product.id}), caller.code,
                  caller.reason);
    const auto got = client().GetProduct(caller.context, {.id = product.id});
    ASSERT_TRUE(got) << ToString(got.error());
    EXPECT_EQ(*got->product, product);
  }
}

TEST_P(ProductsContract, TextIsKeptAsItIs) {
  auto request = TeaTowel();
  request.name = "Robert'); DROP TABLE item;-- \"quoted\" 日本語 \xF0\x9F\xAB\x96";
  EXPECT_EQ(Create(request).name, request.name);
  EXPECT_EQ(client().GetProduct(Context(), {.id = request.id})->product->name, request.name);
}

TEST_P(ProductsContract, TextThatIsNotUtf8IsRefusedBeforeTheModuleSeesIt) {
  auto request = TeaTowel();
  request.name = "\xC3(";
  const auto refused = client().CreateProduct(admin(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "INVALID_UTF8");
  EXPECT_EQ(refused.error().metadata.at("field"), "shop.products.v1.CreateProductRequest.name");
  EXPECT_EQ(refused.error().origin, Origin::kNotDelivered);
  ExpectRefused(client().GetProduct(Context(), {.id = request.id}), Code::kNotFound,
                "PRODUCT_NOT_FOUND");
}

TEST_P(ProductsContract, APassedDeadlineChangesNothing) {
  const auto request = TeaTowel();
  const auto late =
      client().CreateProduct(admin().WithTimeout(std::chrono::milliseconds(-1)), request);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(late.error().origin, Origin::kNotDelivered);
  ExpectRefused(client().GetProduct(Context(), {.id = request.id}), Code::kNotFound,
                "PRODUCT_NOT_FOUND");
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(ProductsContract);

}  // namespace
}  // namespace shop::products
