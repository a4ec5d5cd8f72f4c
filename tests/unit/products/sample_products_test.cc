#include "app/sample_products.h"

#include "products_fixture.h"
#include "seam/identity/principal.h"
#include "shop/auth/v1/auth_in_process.h"
#include "shop/products/v1/products_in_process.h"

namespace shop::products {
namespace {

// Knows one account, with the token of `context`.
class OneAccount final : public auth::v1::AuthHandler {
 public:
  explicit OneAccount(const Context& context)
      : token_(seam::FindBearerToken(context).value_or("")) {}

  Result<auth::v1::LoginResponse> Login(const Context&,
                                        const auth::v1::LoginRequest& request) override {
    ++log_ins;
    if (request.email != "admin@shop.example" || request.password != "right") {
      return seam::Fail(Code::kUnauthenticated, "WRONG_CREDENTIALS", "try again");
    }
    auth::v1::LoginResponse response;
    response.tokens.emplace().access_token = token_;
    return response;
  }

  int log_ins = 0;

 private:
  const std::string token_;
};

class SampleProductsTest : public ProductsFixture {
 protected:
  Result<int> AddTo(v1::ProductsClient& products) {
    return app::AddSampleProducts(context_, {"admin@shop.example", password_}, auth_client_,
                                  products);
  }
  Result<int> Add() { return AddTo(client_); }

  [[nodiscard]] std::size_t Count() {
    return products_->ListProducts(context_, {}).value().products.size();
  }

  std::string password_ = "right";
  OneAccount auth_{admin_};
  auth::v1::AuthInProcessClient auth_client_{auth_};
  v1::ProductsInProcessClient client_{*products_};
};

TEST_F(SampleProductsTest, AnEmptyCatalogueGetsADozen) {
  EXPECT_EQ(Add().value(), 12);
  const auto page = products_->ListProducts(context_, {}).value();
  EXPECT_EQ(page.products.size(), 12U);
  EXPECT_EQ(page.next_page_token, "");
}

TEST_F(SampleProductsTest, ACatalogueWithSomethingInItIsLeftAlone) {
  NewProduct(1);
  EXPECT_EQ(Add().value(), 0);
  EXPECT_EQ(Count(), 1U);
  EXPECT_EQ(Add().value(), 0);
}

// Answers as the module does until the creations run out; then it cannot be reached.
class Interrupted final : public v1::ProductsHandler {
 public:
  Interrupted(v1::ProductsHandler& products, int creations)
      : products_(products), creations_(creations) {}

  Result<v1::ListProductsResponse> ListProducts(const Context& context,
                                                const v1::ListProductsRequest& request) override {
    return products_.ListProducts(context, request);
  }
  Result<v1::CreateProductResponse> CreateProduct(
      const Context& context, const v1::CreateProductRequest& request) override {
    if (creations_-- > 0) return products_.CreateProduct(context, request);
    return seam::Fail(Code::kUnavailable, "DATABASE_BUSY", "try again");
  }

 private:
  v1::ProductsHandler& products_;
  int creations_;
};

TEST_F(SampleProductsTest, AnInterruptedFillingIsCompleted) {
  Interrupted interrupted(*products_, 4);
  v1::ProductsInProcessClient client(interrupted);
  EXPECT_EQ(Outcome(AddTo(client)), "UNAVAILABLE DATABASE_BUSY");
  EXPECT_EQ(Count(), 4U);
  EXPECT_EQ(Add().value(), 8);
  EXPECT_EQ(Count(), 12U);
  EXPECT_EQ(Add().value(), 0);
}

TEST_F(SampleProductsTest, OneThatWasInterruptedAndThenUsedIsLeftAlone) {
  Interrupted interrupted(*products_, 4);
  v1::ProductsInProcessClient client(interrupted);
  EXPECT_EQ(Outcome(AddTo(client)), "UNAVAILABLE DATABASE_BUSY");
  NewProduct(1);
  EXPECT_EQ(Add().value(), 0);
}

TEST_F(SampleProductsTest, ADeletedSampleDoesNotComeBack) {
  ASSERT_EQ(Add().value(), 12);
  ASSERT_EQ(Outcome(Delete("01900000-0000-7000-8000-000000000003")), "OK");
  EXPECT_EQ(Add().value(), 0);
  EXPECT_EQ(Count(), 11U);
}

TEST_F(SampleProductsTest, NobodyLogsInWhenThereIsNothingToAdd) {
  ASSERT_EQ(Add().value(), 12);
  EXPECT_EQ(auth_.log_ins, 1);
  password_ = "";
  EXPECT_EQ(Add().value(), 0);
  EXPECT_EQ(auth_.log_ins, 1);
}

TEST_F(SampleProductsTest, NothingIsAddedWithoutAnAdmin) {
  password_ = "wrong";
  EXPECT_EQ(Outcome(Add()), "UNAUTHENTICATED WRONG_CREDENTIALS");
  password_ = "";
  EXPECT_EQ(Outcome(Add()), "FAILED_PRECONDITION ADMIN_PASSWORD_UNKNOWN");
  EXPECT_EQ(auth_.log_ins, 1) << "an empty password is not tried";
  OneAccount customers(tokens_.As(seam::NewUuidV7()));
  auth::v1::AuthInProcessClient customers_client(customers);
  EXPECT_EQ(Outcome(app::AddSampleProducts(context_, {"admin@shop.example", "right"},
                                           customers_client, client_)),
            "PERMISSION_DENIED ADMIN_ONLY");
  EXPECT_EQ(Count(), 0U);
}

TEST_F(SampleProductsTest, AFailureIsTold) {
  const Context late = context_.WithTimeout(std::chrono::milliseconds(-1));
  EXPECT_EQ(
      Outcome(app::AddSampleProducts(late, {"admin@shop.example", "right"}, auth_client_, client_)),
      "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
}

}  // namespace
}  // namespace shop::products
