#include "products/module.h"

#include <fstream>

#include "products_fixture.h"

namespace shop::products {
namespace {

using testing::HasSubstr;

class ModuleTest : public ProductsFixture {};

// What is so only where a database is a file, or has one writer at a time.
class SqliteModuleTest : public ProductsFixture {};

TEST_F(ModuleTest, WhatWasWrittenIsThereAfterOpeningAgain) {
  const v1::Product product = Create(Cup());
  products_.reset();
  products_ = Open();
  EXPECT_TRUE(Product(product.id) == product);
}

TEST_F(SqliteModuleTest, ADatabaseInMemoryStartsEmpty) {
  auto opened = OpenProducts({.database = {.sqlite_file = ":memory:"}}, verifier_);
  const auto page = (*opened)->ListProducts(context_, {});
  EXPECT_TRUE(page->products.empty());
}

TEST_F(SqliteModuleTest, AFileThatCannotBeOpenedIsNamed) {
  const auto opened = OpenProducts(
      {.database = {.sqlite_file = databases_.folder() / "missing/products.db"}}, verifier_);
  EXPECT_EQ(Outcome(opened), "UNAVAILABLE DATABASE_UNAVAILABLE");
  EXPECT_THAT(opened.error().message, HasSubstr("missing/products.db"));
}

TEST_F(SqliteModuleTest, AFileThatIsNoDatabaseIsRefused) {
  const std::string path = databases_.folder() / "text.db";
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_EQ(Outcome(OpenProducts({.database = {.sqlite_file = path}}, verifier_)),
            "DATA_LOSS DATABASE_CORRUPT");
}

TEST_F(ModuleTest, ADatabaseOfANewerProgramIsRefused) {
  databases_.Open("products")->Write(context_, [](seam::sql::Session& session) {
    session.ExecuteScript("INSERT INTO seam_migration VALUES (99, 'from the future', 0, 0)");
  });
  const auto opened = OpenProducts({.database = database()}, verifier_);
  EXPECT_EQ(Outcome(opened), "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
  EXPECT_THAT(opened.error().message, HasSubstr("99 (from the future)"));
}

TEST_F(ModuleTest, ACallWhoseTimeIsUpChangesNothing) {
  const Context late = admin_.WithTimeout(std::chrono::milliseconds(-1));
  const v1::CreateProductRequest cup = Cup();
  EXPECT_EQ(Outcome(products_->CreateProduct(late, cup)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(products_->ListProducts(late, {})), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(Get(cup.id)), "NOT_FOUND PRODUCT_NOT_FOUND");
}

TEST_F(SqliteModuleTest, AWaitForTheDatabaseEndsAtTheDeadline) {
  const std::string id = NewProduct(1);
  const auto other = databases_.Open("products");
  other->Write(context_, [&](seam::sql::Session&) {
    const Context soon = admin_.WithTimeout(std::chrono::milliseconds(20));
    EXPECT_EQ(Outcome(products_->CreateProduct(soon, Cup())),
              "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
    EXPECT_EQ(Outcome(Get(id)), "OK");  // Readers do not wait.
  });
}

TEST_F(SqliteModuleTest, AWaitForTheDatabaseIsBoundedWithoutADeadline) {
  const auto opened = OpenProducts(
      {.database = database(), .durable = false, .max_wait = std::chrono::milliseconds(20)},
      verifier_);
  databases_.Open("products")->Write(context_, [&](seam::sql::Session&) {
    EXPECT_EQ(Outcome((*opened)->CreateProduct(admin_, Cup())), "UNAVAILABLE DATABASE_BUSY");
  });
}

}  // namespace
}  // namespace shop::products
