#include "app/sample_products.h"

#include "products_fixture.h"
#include "shop/products/v1/products_in_process.h"

namespace shop::products {
namespace {

class SampleProductsTest : public ProductsFixture {
 protected:
  v1::ProductsInProcessClient client_{*products_};
};

TEST_F(SampleProductsTest, AnEmptyCatalogueGetsADozen) {
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 12);
  const auto page = products_->ListProducts(context_, {}).value();
  EXPECT_EQ(page.products.size(), 12U);
  EXPECT_EQ(page.next_page_token, "");
}

TEST_F(SampleProductsTest, ACatalogueWithSomethingInItIsLeftAlone) {
  NewProduct(1);
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 0);
  EXPECT_EQ(products_->ListProducts(context_, {})->products.size(), 1U);
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 0);
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
  EXPECT_EQ(Outcome(app::AddSampleProducts(context_, client)), "UNAVAILABLE DATABASE_BUSY");
  EXPECT_EQ(products_->ListProducts(context_, {})->products.size(), 4U);
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 8);
  EXPECT_EQ(products_->ListProducts(context_, {})->products.size(), 12U);
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 0);
}

TEST_F(SampleProductsTest, OneThatWasInterruptedAndThenUsedIsLeftAlone) {
  Interrupted interrupted(*products_, 4);
  v1::ProductsInProcessClient client(interrupted);
  EXPECT_EQ(Outcome(app::AddSampleProducts(context_, client)), "UNAVAILABLE DATABASE_BUSY");
  NewProduct(1);
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 0);
}

TEST_F(SampleProductsTest, ADeletedSampleDoesNotComeBack) {
  ASSERT_EQ(app::AddSampleProducts(context_, client_).value(), 12);
  ASSERT_EQ(Outcome(Delete("01900000-0000-7000-8000-000000000003")), "OK");
  EXPECT_EQ(app::AddSampleProducts(context_, client_).value(), 0);
  EXPECT_EQ(products_->ListProducts(context_, {})->products.size(), 11U);
}

TEST_F(SampleProductsTest, AFailureIsTold) {
  const Context late = context_.WithTimeout(std::chrono::milliseconds(-1));
  EXPECT_EQ(Outcome(app::AddSampleProducts(late, client_)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
}

}  // namespace
}  // namespace shop::products
