// Who may change the catalogue.

#include "products_fixture.h"
#include "seam/identity/principal.h"
#include "seam/identity/token.h"

namespace shop::products {
namespace {

class AccessTest : public ProductsFixture {
 protected:
  struct Caller {
    std::string name;
    Context context;
    std::string outcome;  // Of what only an admin may do.
  };

  [[nodiscard]] std::vector<Caller> NoAdmins() const {
    const auto now = std::chrono::system_clock::now();
    const seam::Principal former{
        seam::NewUuidV7(), {"admin"}, seam::NewUuidV7(), now - std::chrono::hours(1)};
    return {
        {"nobody", Context(), "UNAUTHENTICATED TOKEN_MISSING"},
        {"garbage", seam::WithBearerToken(Context(), "x.y.z"), "UNAUTHENTICATED TOKEN_INVALID"},
        {"an admin of another shop", seam::testing::TestTokens().As(seam::NewUuidV7(), {"admin"}),
         "UNAUTHENTICATED TOKEN_INVALID"},
        {"an admin whose time is up",
         seam::WithBearerToken(Context(), seam::SignToken(tokens_.key(), tokens_.audience(), former,
                                                          now - std::chrono::hours(2))),
         "UNAUTHENTICATED TOKEN_EXPIRED"},
        {"a customer", tokens_.As(seam::NewUuidV7()), "PERMISSION_DENIED ADMIN_ONLY"},
        {"one without a role", tokens_.As(seam::NewUuidV7(), {}), "PERMISSION_DENIED ADMIN_ONLY"},
        {"one with similar roles", tokens_.As(seam::NewUuidV7(), {"Admin", "admin2", "a", ""}),
         "PERMISSION_DENIED ADMIN_ONLY"},
    };
  }
};

TEST_F(AccessTest, OnlyAnAdminChangesTheCatalogue) {
  const v1::Product product = Create(Cup());
  for (const Caller& caller : NoAdmins()) {
    SCOPED_TRACE(caller.name);
    const v1::CreateProductRequest cup = Cup();
    EXPECT_EQ(Outcome(products_->CreateProduct(caller.context, cup)), caller.outcome);
    EXPECT_EQ(Outcome(Get(cup.id)), "NOT_FOUND PRODUCT_NOT_FOUND");
    v1::UpdateProductRequest update = UpdateOf(product);
    update.name = "Mug";
    EXPECT_EQ(Outcome(products_->UpdateProduct(caller.context, update)), caller.outcome);
    v1::DeleteProductRequest deletion;
    deletion.id = product.id;
    EXPECT_EQ(Outcome(products_->DeleteProduct(caller.context, deletion)), caller.outcome);
    EXPECT_TRUE(Product(product.id) == product);
  }
}

TEST_F(AccessTest, AnAdminMayHaveOtherRolesToo) {
  EXPECT_EQ(Outcome(products_->CreateProduct(tokens_.As(seam::NewUuidV7(), {"customer", "admin"}),
                                             Cup())),
            "OK");
}

TEST_F(AccessTest, TheCallerIsLookedAtBeforeTheRequest) {
  for (const Caller& caller : NoAdmins()) {
    SCOPED_TRACE(caller.name);
    EXPECT_EQ(Outcome(products_->CreateProduct(caller.context, {})), caller.outcome);
    EXPECT_EQ(Outcome(products_->UpdateProduct(caller.context, {})), caller.outcome);
    EXPECT_EQ(Outcome(products_->DeleteProduct(caller.context, {})), caller.outcome);
  }
}

TEST_F(AccessTest, AnybodyReadsAndReserves) {
  const std::string id = NewProduct(100);
  std::vector<Caller> callers = NoAdmins();
  callers.push_back({"an admin", admin_, ""});
  for (const Caller& caller : callers) {
    SCOPED_TRACE(caller.name);
    v1::GetProductRequest get;
    get.id = id;
    EXPECT_EQ(Outcome(products_->GetProduct(caller.context, get)), "OK");
    v1::BatchGetProductsRequest batch;
    batch.ids = {id};
    EXPECT_EQ(Outcome(products_->BatchGetProducts(caller.context, batch)), "OK");
    EXPECT_EQ(Outcome(products_->ListProducts(caller.context, {})), "OK");
    const auto reserve = Reservation(seam::NewUuidV7(), {{id, 1}});
    EXPECT_EQ(Outcome(products_->ReserveStock(caller.context, reserve)), "OK");
    v1::ConfirmReservationRequest confirm;
    confirm.reservation_id = reserve.reservation_id;
    EXPECT_EQ(Outcome(products_->ConfirmReservation(caller.context, confirm)), "OK");
    v1::ReleaseReservationRequest release;
    release.reservation_id = reserve.reservation_id;
    EXPECT_EQ(Outcome(products_->ReleaseReservation(caller.context, release)), "OK");
  }
}

TEST_F(AccessTest, WithoutKeysNobodyChangesTheCatalogueAndAnybodyReads) {
  const std::string id = NewProduct(1);
  const seam::TokenVerifier blind(
      [](const Context&) -> Result<seam::TrustedKeys> {
        return seam::Fail(Code::kUnavailable, "GONE", "auth is down");
      },
      {});
  const auto opened = OpenProducts({.database = database(), .durable = false}, blind);
  EXPECT_EQ(Outcome((*opened)->CreateProduct(admin_, Cup())), "UNAVAILABLE TOKEN_KEYS_UNAVAILABLE");
  v1::GetProductRequest get;
  get.id = id;
  EXPECT_EQ(Outcome((*opened)->GetProduct(admin_, get)), "OK");
}

}  // namespace
}  // namespace shop::products
