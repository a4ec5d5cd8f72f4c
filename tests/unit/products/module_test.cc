#include "products/module.h"

#include <fstream>

#include "products_fixture.h"
#include "seam/sql/sqlite.h"

namespace shop::products {
namespace {

using testing::HasSubstr;

class ModuleTest : public ProductsFixture {};

TEST_F(ModuleTest, WhatWasWrittenIsThereAfterOpeningAgain) {
  const v1::Product product = Create(Cup());
  products_.reset();
  products_ = Open();
  EXPECT_TRUE(Product(product.id) == product);
}

TEST_F(ModuleTest, ADatabaseInMemoryStartsEmpty) {
  auto opened = OpenProducts({.database_path = ":memory:"}, verifier_);
  const auto page = (*opened)->ListProducts(context_, {});
  EXPECT_TRUE(page->products.empty());
}

TEST_F(ModuleTest, AFileThatCannotBeOpenedIsNamed) {
  const auto opened = OpenProducts({.database_path = folder_ / "missing/products.db"}, verifier_);
  EXPECT_EQ(Outcome(opened), "UNAVAILABLE DATABASE_UNAVAILABLE");
  EXPECT_THAT(opened.error().message, HasSubstr("missing/products.db"));
}

TEST_F(ModuleTest, AFileThatIsNoDatabaseIsRefused) {
  const std::string path = folder_ / "text.db";
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_EQ(Outcome(OpenProducts({.database_path = path}, verifier_)),
            "DATA_LOSS DATABASE_CORRUPT");
}

TEST_F(ModuleTest, ADatabaseOfANewerProgramIsRefused) {
  seam::sql::SqliteOptions options;
  options.path = database_path();
  seam::sql::OpenSqlite(options)->Write(context_, [](seam::sql::Session& session) {
    session.ExecuteScript("INSERT INTO seam_migration VALUES (2, 'from the future', 0, 0)");
  });
  const auto opened = OpenProducts({.database_path = database_path()}, verifier_);
  EXPECT_EQ(Outcome(opened), "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
  EXPECT_THAT(opened.error().message, HasSubstr("2 (from the future)"));
}

TEST_F(ModuleTest, ACallWhoseTimeIsUpChangesNothing) {
  const Context late = admin_.WithTimeout(std::chrono::milliseconds(-1));
  const v1::CreateProductRequest cup = Cup();
  EXPECT_EQ(Outcome(products_->CreateProduct(late, cup)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(products_->ListProducts(late, {})), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(Get(cup.id)), "NOT_FOUND PRODUCT_NOT_FOUND");
}

TEST_F(ModuleTest, AWaitForTheDatabaseEndsAtTheDeadline) {
  const std::string id = NewProduct(1);
  seam::sql::SqliteOptions options;
  options.path = database_path();
  const auto other = seam::sql::OpenSqlite(options);
  other->Write(context_, [&](seam::sql::Session&) {
    const Context soon = admin_.WithTimeout(std::chrono::milliseconds(20));
    EXPECT_EQ(Outcome(products_->CreateProduct(soon, Cup())),
              "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
    EXPECT_EQ(Outcome(Get(id)), "OK");  // Readers do not wait.
  });
}

TEST_F(ModuleTest, AWaitForTheDatabaseIsBoundedWithoutADeadline) {
  const auto opened = OpenProducts({.database_path = database_path(),
                                    .durable = false,
                                    .max_wait = std::chrono::milliseconds(20)},
                                   verifier_);
  seam::sql::SqliteOptions options;
  options.path = database_path();
  seam::sql::OpenSqlite(options)->Write(context_, [&](seam::sql::Session&) {
    EXPECT_EQ(Outcome((*opened)->CreateProduct(admin_, Cup())), "UNAVAILABLE DATABASE_BUSY");
  });
}

}  // namespace
}  // namespace shop::products
