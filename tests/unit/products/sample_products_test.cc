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

TEST_F(SampleProductsTest, AFailureIsTold) {
  const Context late = context_.WithTimeout(std::chrono::milliseconds(-1));
  EXPECT_EQ(Outcome(app::AddSampleProducts(late, client_)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
}

}  // namespace
}  // namespace shop::products
