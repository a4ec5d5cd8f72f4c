#include <thread>

#include "products_fixture.h"

namespace shop::products {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr auto kReserved = ReservationState::RESERVATION_STATE_RESERVED;
constexpr auto kConfirmed = ReservationState::RESERVATION_STATE_CONFIRMED;
constexpr auto kReleased = ReservationState::RESERVATION_STATE_RELEASED;

class ReservationTest : public ProductsFixture {
 protected:
  // What RESERVED reservations hold of a product, as the database keeps it.
  std::int64_t Held(const std::string& id) {
    return databases_.Open("products")
        ->Read(context_,
               [&](seam::sql::Session& session) {
                 return session.QueryOne("SELECT reserved FROM product WHERE id = $1", {id},
                                         [](const seam::sql::Row& row) { return row.Int64(0); });
               })
        .value();
  }

  const std::string id_ = seam::NewUuidV7();
};

TEST_F(ReservationTest, TakesStockOutOfSale) {
  const std::string a = NewProduct(10);
  const std::string b = NewProduct(1);
  EXPECT_EQ(Reserve(id_, {{b, 1}, {a, 4}})->state, kReserved);
  EXPECT_EQ(Stock(a), 6);
  EXPECT_EQ(Stock(b), 0);
}

TEST_F(ReservationTest, MadeAgainItChangesNothing) {
  const std::string a = NewProduct(10);
  const std::string b = NewProduct(10);
  EXPECT_EQ(Reserve(id_, {{a, 4}, {b, 1}})->state, kReserved);
  EXPECT_EQ(Reserve(id_, {{a, 4}, {b, 1}})->state, kReserved);
  EXPECT_EQ(Reserve(id_, {{b, 1}, {a, 4}})->state, kReserved);  // The order says nothing.
  EXPECT_EQ(Stock(a), 6);
  EXPECT_EQ(Confirm(id_)->state, kConfirmed);
  EXPECT_EQ(Reserve(id_, {{a, 4}, {b, 1}})->state, kConfirmed);
  EXPECT_EQ(Stock(a), 6);
}

TEST_F(ReservationTest, AnIdIsNotGivenToOtherLines) {
  const std::string a = NewProduct(10);
  const std::string b = NewProduct(10);
  ASSERT_EQ(Outcome(Reserve(id_, {{a, 4}, {b, 1}})), "OK");
  for (const Lines& lines :
       {Lines{{a, 4}}, Lines{{a, 4}, {b, 2}}, Lines{{a, 4}, {b, 1}, {NewProduct(1), 1}}}) {
    const auto refused = Reserve(id_, lines);
    EXPECT_EQ(Outcome(refused), "ALREADY_EXISTS RESERVATION_EXISTS");
    EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("reservation_id", id_)));
  }
  EXPECT_EQ(Stock(a), 6);
  EXPECT_EQ(Stock(b), 9);
}

TEST_F(ReservationTest, AllOrNothing) {
  const std::string plenty = NewProduct(10);
  const std::string scarce = NewProduct(2);
  const auto refused = Reserve(id_, {{plenty, 1}, {scarce, 3}});
  EXPECT_EQ(Outcome(refused), "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_THAT(refused.error().metadata,
              ElementsAre(Pair("available", "2"), Pair("product_id", scarce)));
  const std::string missing = seam::NewUuidV7();
  const auto unknown = Reserve(id_, {{plenty, 1}, {missing, 1}});
  EXPECT_EQ(Outcome(unknown), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_THAT(unknown.error().metadata, ElementsAre(Pair("product_id", missing)));
  EXPECT_EQ(Stock(plenty), 10);
  EXPECT_EQ(Held(plenty), 0);
  // What failed is not remembered: the id can be used when there is stock.
  EXPECT_EQ(Reserve(id_, {{plenty, 1}, {scarce, 2}})->state, kReserved);
}

TEST_F(ReservationTest, TheLastPieceCanBeTaken) {
  const std::string a = NewProduct(1);
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1}})), "OK");
  EXPECT_EQ(Outcome(Reserve(seam::NewUuidV7(), {{a, 1}})),
            "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_EQ(Stock(a), 0);
}

TEST_F(ReservationTest, ConfirmingIsFinalAndCanBeRepeated) {
  const std::string a = NewProduct(10);
  ASSERT_EQ(Outcome(Reserve(id_, {{a, 4}})), "OK");
  EXPECT_EQ(Held(a), 4);
  EXPECT_EQ(Confirm(id_)->state, kConfirmed);
  EXPECT_EQ(Confirm(id_)->state, kConfirmed);
  EXPECT_EQ(Stock(a), 6);
  EXPECT_EQ(Held(a), 0);
}

TEST_F(ReservationTest, WhatIsNotKnownOrReleasedIsNotConfirmed) {
  const auto unknown = Confirm(id_);
  EXPECT_EQ(Outcome(unknown), "NOT_FOUND RESERVATION_NOT_FOUND");
  EXPECT_THAT(unknown.error().metadata, ElementsAre(Pair("reservation_id", id_)));
  ASSERT_EQ(Outcome(Reserve(id_, {{NewProduct(1), 1}})), "OK");
  ASSERT_EQ(Outcome(Release(id_)), "OK");
  EXPECT_EQ(Outcome(Confirm(id_)), "FAILED_PRECONDITION RESERVATION_RELEASED");
}

TEST_F(ReservationTest, ReleasingGivesBackOnce) {
  const std::string a = NewProduct(10);
  const std::string b = NewProduct(10);
  ASSERT_EQ(Outcome(Reserve(id_, {{a, 4}, {b, 10}})), "OK");
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Stock(a), 10);
  EXPECT_EQ(Stock(b), 10);
  EXPECT_EQ(Held(a), 0);
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 4}, {b, 10}})), "FAILED_PRECONDITION RESERVATION_RELEASED");
}

TEST_F(ReservationTest, AConfirmedOneCanBeReleasedOnce) {
  const std::string a = NewProduct(10);
  const std::string other = seam::NewUuidV7();
  ASSERT_EQ(Outcome(Reserve(id_, {{a, 4}})), "OK");
  ASSERT_EQ(Outcome(Reserve(other, {{a, 1}})), "OK");
  ASSERT_EQ(Outcome(Confirm(id_)), "OK");
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Stock(a), 9);
  EXPECT_EQ(Held(a), 1);  // The other one still holds its piece.
}

TEST_F(ReservationTest, AReleaseThatComesFirstIsRemembered) {
  const std::string a = NewProduct(10);
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 4}})), "FAILED_PRECONDITION RESERVATION_RELEASED");
  EXPECT_EQ(Outcome(Confirm(id_)), "FAILED_PRECONDITION RESERVATION_RELEASED");
  EXPECT_EQ(Release(id_)->state, kReleased);
  EXPECT_EQ(Stock(a), 10);
}

TEST_F(ReservationTest, StockThatIsSetDoesNotCountWhatIsReserved) {
  const v1::Product product = Create(Cup(10));
  ASSERT_EQ(Outcome(Reserve(id_, {{product.id, 4}})), "OK");
  v1::UpdateProductRequest update = UpdateOf(Product(product.id));
  update.stock = 3;
  ASSERT_EQ(Outcome(products_->UpdateProduct(admin_, update)), "OK");
  ASSERT_EQ(Outcome(Release(id_)), "OK");
  EXPECT_EQ(Stock(product.id), 7);
}

TEST_F(ReservationTest, LinesAreChecked) {
  const std::string a = NewProduct(10'000'000);
  const std::string b = NewProduct(10);
  EXPECT_EQ(Outcome(Reserve(id_, {})), "INVALID_ARGUMENT INVALID_FIELD field=lines");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1}, {b, 0}})),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[1].quantity");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, -1}})),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[0].quantity");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1'000'001}})),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[0].quantity");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1}, {"nothing", 1}})),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[1].product_id");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1}, {b, 1}, {a, 2}})),
            "INVALID_ARGUMENT INVALID_FIELD field=lines[2].product_id");
  EXPECT_EQ(Outcome(Reserve(id_, {{a, 1'000'000}})), "OK");
  Lines lines;
  for (int i = 0; i < 100; ++i) lines.emplace_back(NewProduct(1), 1);
  EXPECT_EQ(Outcome(Reserve(seam::NewUuidV7(), lines)), "OK");
  lines.emplace_back(NewProduct(1), 1);
  EXPECT_EQ(Outcome(Reserve(seam::NewUuidV7(), lines)),
            "INVALID_ARGUMENT INVALID_FIELD field=lines");
}

TEST_F(ReservationTest, ReservationIdsAreUuidsOfAnyVersion) {
  const std::string v4 = "919108f7-52d1-4320-9bac-f847db4148a8";
  EXPECT_EQ(Outcome(Reserve(v4, {{NewProduct(1), 1}})), "OK");
  for (const std::string id : {"", "x", "919108F7-52D1-4320-9BAC-F847DB4148A8"}) {
    const std::string wrong = "INVALID_ARGUMENT INVALID_FIELD field=reservation_id";
    EXPECT_EQ(Outcome(Reserve(id, {{NewProduct(1), 1}})), wrong);
    EXPECT_EQ(Outcome(Confirm(id)), wrong);
    EXPECT_EQ(Outcome(Release(id)), wrong);
  }
}

TEST_F(ReservationTest, ManyAtOnceNeverSellMoreThanThereIs) {
  const std::string a = NewProduct(50);
  const std::string b = NewProduct(30);
  const auto other_process = Open();
  std::atomic<std::int64_t> taken = 0;
  std::atomic<int> unexpected = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      v1::ProductsHandler& products = i % 2 == 0 ? *products_ : *other_process;
      for (int round = 0; round < 10; ++round) {
        // Half of them name the products the other way round.
        const Lines lines = i % 4 < 2 ? Lines{{a, 1}, {b, 1}} : Lines{{b, 1}, {a, 1}};
        const std::string outcome =
            Outcome(products.ReserveStock(context_, Reservation(seam::NewUuidV7(), lines)));
        if (outcome == "OK") {
          ++taken;
        } else if (outcome != "FAILED_PRECONDITION INSUFFICIENT_STOCK") {
          ++unexpected;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(taken, 30);
  EXPECT_EQ(Stock(a), 20);
  EXPECT_EQ(Stock(b), 0);
  EXPECT_EQ(Held(a), 30);
}

TEST_F(ReservationTest, TheSameOneFromManyThreadsTakesOnce) {
  const std::string a = NewProduct(100);
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(Reserve(id_, {{a, 3}})->state, kReserved); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Stock(a), 97);
}

TEST_F(ReservationTest, ReservingConfirmingAndReleasingAtOnceLosesNoStock) {
  constexpr int kReservations = 20;
  const std::string a = NewProduct(1000);
  std::vector<std::string> ids;
  ids.reserve(kReservations);
  for (int i = 0; i < kReservations; ++i) ids.push_back(seam::NewUuidV7());
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (const std::string& id : ids) (void)Reserve(id, {{a, 3}});
  });
  threads.emplace_back([&] {
    for (const std::string& id : ids) (void)Confirm(id);
  });
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (const std::string& id : ids) EXPECT_EQ(Release(id)->state, kReleased);
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Every id was released, before or after the rest: all the stock is there again.
  EXPECT_EQ(Stock(a), 1000);
  EXPECT_EQ(Held(a), 0);
}

}  // namespace
}  // namespace shop::products
