#include <algorithm>
#include <functional>
#include <set>
#include <thread>

#include "products_fixture.h"

namespace shop::products {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// `count` characters, each of `bytes` bytes of UTF-8.
std::string Characters(std::size_t count, std::size_t bytes) {
  const std::string character = bytes == 1 ? "x" : bytes == 2 ? "é" : bytes == 3 ? "€" : "🐎";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += character;
  return text;
}

class CatalogueTest : public ProductsFixture {
 protected:
  using Change = std::function<void(v1::CreateProductRequest&)>;

  // The outcome of creating a cup with one change, which must be that of updating one, too.
  std::string Set(const Change& change) {
    v1::CreateProductRequest create = Cup();
    change(create);
    v1::UpdateProductRequest update = UpdateOf(Create(Cup()));
    update.name = create.name;
    update.description = create.description;
    update.price = create.price;
    update.stock = create.stock;
    const std::string created = Outcome(products_->CreateProduct(admin_, create));
    EXPECT_EQ(Outcome(products_->UpdateProduct(admin_, update)), created);
    return created;
  }

  Result<v1::ListProductsResponse> List(std::int32_t size, const std::string& token = "") {
    v1::ListProductsRequest request;
    request.page_size = size;
    request.page_token = token;
    return products_->ListProducts(context_, request);
  }
};

TEST_F(CatalogueTest, ACreatedProductIsReadAsItWasGiven) {
  const v1::CreateProductRequest cup = Cup(7);
  const v1::Product created = Create(cup);
  EXPECT_EQ(created.id, cup.id);
  EXPECT_EQ(created.name, cup.name);
  EXPECT_EQ(created.description, cup.description);
  EXPECT_TRUE(created.price == cup.price);
  EXPECT_EQ(created.stock, 7);
  EXPECT_EQ(created.version, 1);
  EXPECT_TRUE(created.created_at == seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_TRUE(created.updated_at == created.created_at);
  EXPECT_TRUE(Product(cup.id) == created);
}

TEST_F(CatalogueTest, HostileTextIsStoredAsItIs) {
  for (const char* text :
       {"'; DROP TABLE product; --", "\" OR \"\"=\"", "$1 $2 ?1 :id %s %n {}", "\\x00\\'",
        "<script>alert(1)</script>", "NULL", "\u202eright to left", "a\\nb"}) {
    v1::CreateProductRequest request = Cup();
    request.name = text;
    request.description = text;
    const v1::Product created = Create(request);
    EXPECT_EQ(Product(created.id).name, text);
    v1::UpdateProductRequest update = UpdateOf(created);
    EXPECT_EQ(products_->UpdateProduct(admin_, update)->product->description, text);
  }
}

TEST_F(CatalogueTest, NamesHave1To200Characters) {
  const auto name = [&](const std::string& text) {
    return Set([&](auto& request) { request.name = text; });
  };
  EXPECT_EQ(name(""), "INVALID_ARGUMENT INVALID_FIELD field=name");
  EXPECT_EQ(name("x"), "OK");
  for (const std::size_t bytes : {1U, 2U, 3U, 4U}) {
    EXPECT_EQ(name(Characters(200, bytes)), "OK") << bytes;
    EXPECT_EQ(name(Characters(201, bytes)), "INVALID_ARGUMENT INVALID_FIELD field=name") << bytes;
  }
}

TEST_F(CatalogueTest, NamesHaveNoControlCharacters) {
  for (const std::string control :
       {"\n", "\t", "\r", "\x01", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f"}) {
    EXPECT_EQ(Set([&](auto& request) { request.name = "a" + control + "b"; }),
              "INVALID_ARGUMENT INVALID_FIELD field=name");
  }
  EXPECT_EQ(Set([](auto& request) { request.name = std::string("a\0b", 3); }),
            "INVALID_ARGUMENT INVALID_FIELD field=name");
  EXPECT_EQ(Set([](auto& request) { request.name = "a b\u00a0c"; }), "OK");
}

TEST_F(CatalogueTest, DescriptionsHaveUpTo4000CharactersAndLines) {
  const auto description = [&](const std::string& text) {
    return Set([&](auto& request) { request.description = text; });
  };
  EXPECT_EQ(description(""), "OK");
  EXPECT_EQ(description("one\ntwo\r\n\tthree"), "OK");
  for (const std::size_t bytes : {1U, 4U}) {
    EXPECT_EQ(description(Characters(4000, bytes)), "OK");
    EXPECT_EQ(description(Characters(4001, bytes)),
              "INVALID_ARGUMENT INVALID_FIELD field=description");
  }
  for (const std::string control : {"\x01", "\x0b", "\x1b", "\x7f", "\xc2\x85"}) {
    EXPECT_EQ(description("a" + control), "INVALID_ARGUMENT INVALID_FIELD field=description");
  }
}

TEST_F(CatalogueTest, PricesAreBoundedAmountsOfACurrency) {
  const auto amount = [&](std::int64_t minor) {
    return Set([&](auto& request) { request.price->amount_minor = minor; });
  };
  EXPECT_EQ(amount(0), "OK");
  EXPECT_EQ(amount(1'000'000'000'000), "OK");
  EXPECT_EQ(amount(-1), "INVALID_ARGUMENT INVALID_FIELD field=price.amount_minor");
  EXPECT_EQ(amount(1'000'000'000'001), "INVALID_ARGUMENT INVALID_FIELD field=price.amount_minor");
  EXPECT_EQ(amount(std::numeric_limits<std::int64_t>::max()),
            "INVALID_ARGUMENT INVALID_FIELD field=price.amount_minor");
  for (const char* currency : {"", "EU", "EURO", "eur", "E R", "E1R", "€", "ÄÖ"}) {
    EXPECT_EQ(Set([&](auto& request) { request.price->currency = currency; }),
              "INVALID_ARGUMENT INVALID_FIELD field=price.currency")
        << currency;
  }
  EXPECT_EQ(Set([](auto& request) { request.price.reset(); }),
            "INVALID_ARGUMENT INVALID_FIELD field=price");
}

TEST_F(CatalogueTest, StockIsBounded) {
  const auto stock = [&](std::int64_t count) {
    return Set([&](auto& request) { request.stock = count; });
  };
  EXPECT_EQ(stock(0), "OK");
  EXPECT_EQ(stock(1'000'000'000), "OK");
  EXPECT_EQ(stock(-1), "INVALID_ARGUMENT INVALID_FIELD field=stock");
  EXPECT_EQ(stock(1'000'000'001), "INVALID_ARGUMENT INVALID_FIELD field=stock");
}

TEST_F(CatalogueTest, ProductIdsAreUuidsOfVersion7) {
  const std::string v4 = "919108f7-52d1-4320-9bac-f847db4148a8";
  for (const std::string& id :
       {std::string(), v4, std::string("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
        std::string("1 OR 1=1"), std::string(100'000, 'a')}) {
    v1::CreateProductRequest create = Cup();
    create.id = id;
    EXPECT_EQ(Outcome(products_->CreateProduct(admin_, create)),
              "INVALID_ARGUMENT INVALID_FIELD field=id");
    v1::UpdateProductRequest update = UpdateOf(Create(Cup()));
    update.id = id;
    EXPECT_EQ(Outcome(products_->UpdateProduct(admin_, update)),
              "INVALID_ARGUMENT INVALID_FIELD field=id");
    EXPECT_EQ(Outcome(Get(id)), "INVALID_ARGUMENT INVALID_FIELD field=id");
    EXPECT_EQ(Outcome(Delete(id)), "INVALID_ARGUMENT INVALID_FIELD field=id");
  }
}

TEST_F(CatalogueTest, ARefusalSaysWhatIsWrongAndDoesNotRepeatIt) {
  v1::CreateProductRequest request = Cup();
  request.price->currency = "secret";
  const auto refused = products_->CreateProduct(admin_, request);
  EXPECT_EQ(refused.error().message,
            "price.currency must be three upper-case letters of ISO 4217, such as EUR");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("field", "price.currency")));
}

TEST_F(CatalogueTest, WhatIsNotThereIsNotFound) {
  const std::string id = seam::NewUuidV7();
  v1::UpdateProductRequest update = UpdateOf(Create(Cup()));
  update.id = id;
  EXPECT_EQ(Outcome(Get(id)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_EQ(Outcome(products_->UpdateProduct(admin_, update)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_EQ(Outcome(Delete(id)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_THAT(Get(id).error().metadata, ElementsAre(Pair("product_id", id)));
}

TEST_F(CatalogueTest, CreatingAgainAnswersWithWhatIsThere) {
  const v1::CreateProductRequest cup = Cup(10);
  const v1::Product created = Create(cup);
  now_ += 1000;
  EXPECT_TRUE(Create(cup) == created);
  // Also when stock has been taken and the product edited since.
  ASSERT_EQ(Outcome(Reserve(seam::NewUuidV7(), {{cup.id, 3}})), "OK");
  v1::UpdateProductRequest update = UpdateOf(Product(cup.id));
  update.name = "Better cup";
  ASSERT_EQ(Outcome(products_->UpdateProduct(admin_, update)), "OK");
  const v1::Product again = Create(cup);
  EXPECT_EQ(again.name, "Better cup");
  EXPECT_EQ(again.stock, 7);
  EXPECT_EQ(again.version, 3);
}

TEST_F(CatalogueTest, AnIdIsNotGivenToOtherContent) {
  const v1::CreateProductRequest cup = Cup();
  const v1::Product created = Create(cup);
  const std::vector<Change> changes = {
      [](auto& request) { request.name = "Cup 2"; },
      [](auto& request) { request.description = ""; },
      [](auto& request) { request.price->amount_minor += 1; },
      [](auto& request) { request.price->currency = "CZK"; },
      [](auto& request) { request.stock += 1; },
      [](auto& request) { std::swap(request.name, request.description); },
      [](auto& request) {
        request.name += "A";
        request.description = " cup.";
      },
  };
  for (const Change& change : changes) {
    v1::CreateProductRequest other = cup;
    change(other);
    EXPECT_EQ(Outcome(products_->CreateProduct(admin_, other)), "ALREADY_EXISTS PRODUCT_EXISTS");
  }
  EXPECT_TRUE(Product(cup.id) == created);
}

TEST_F(CatalogueTest, AnUpdateReplacesWhatCanBeEdited) {
  const v1::Product created = Create(Cup(10));
  now_ += 5000;
  v1::UpdateProductRequest update = UpdateOf(created);
  update.name = "Mug";
  update.description = "";
  update.price->amount_minor = 1;
  update.price->currency = "CZK";
  const v1::Product updated = *products_->UpdateProduct(admin_, update).value().product;
  EXPECT_EQ(updated.name, "Mug");
  EXPECT_EQ(updated.description, "");
  EXPECT_EQ(updated.price->amount_minor, 1);
  EXPECT_EQ(updated.price->currency, "CZK");
  EXPECT_EQ(updated.stock, 10);  // Not given: left alone.
  EXPECT_EQ(updated.version, 2);
  EXPECT_TRUE(updated.created_at == created.created_at);
  EXPECT_TRUE(updated.updated_at == seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_TRUE(Product(created.id) == updated);

  update.expected_version = 2;
  update.stock = 0;
  EXPECT_EQ(products_->UpdateProduct(admin_, update)->product->stock, 0);
}

TEST_F(CatalogueTest, AnUpdateOfAnOldVersionIsRefused) {
  const v1::Product created = Create(Cup());
  v1::UpdateProductRequest update = UpdateOf(created);
  update.name = "First";
  ASSERT_EQ(Outcome(products_->UpdateProduct(admin_, update)), "OK");
  update.name = "Second";
  const auto stale = products_->UpdateProduct(admin_, update);
  EXPECT_EQ(Outcome(stale), "ABORTED STALE_VERSION");
  EXPECT_THAT(stale.error().metadata, ElementsAre(Pair("current_version", "2")));
  EXPECT_EQ(Product(created.id).name, "First");
  for (const std::int64_t version : {0, -1}) {
    update.expected_version = version;
    EXPECT_EQ(Outcome(products_->UpdateProduct(admin_, update)),
              "INVALID_ARGUMENT INVALID_FIELD field=expected_version");
  }
}

TEST_F(CatalogueTest, OfUpdatesAtOnceOneWins) {
  const v1::Product created = Create(Cup());
  std::atomic<int> won = 0;
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const std::string outcome = Outcome(products_->UpdateProduct(admin_, UpdateOf(created)));
      won += outcome == "OK" ? 1 : 0;
      stale += outcome == "ABORTED STALE_VERSION" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(stale, 7);
  EXPECT_EQ(Product(created.id).version, 2);
}

TEST_F(CatalogueTest, TheVersionChangesWithTheStock) {
  const v1::Product created = Create(Cup(10));
  now_ += 1000;
  const std::string sold = seam::NewUuidV7();
  const std::string returned = seam::NewUuidV7();
  const auto version = [&] { return Product(created.id).version; };
  ASSERT_EQ(Outcome(Reserve(sold, {{created.id, 4}})), "OK");
  EXPECT_EQ(version(), 2);
  ASSERT_EQ(Outcome(Confirm(sold)), "OK");
  EXPECT_EQ(version(), 2) << "what can be sold is the same";
  ASSERT_EQ(Outcome(Release(sold)), "OK");
  EXPECT_EQ(version(), 3);
  ASSERT_EQ(Outcome(Reserve(returned, {{created.id, 1}})), "OK");
  EXPECT_EQ(version(), 4);
  ASSERT_EQ(Outcome(Release(returned)), "OK");
  EXPECT_EQ(version(), 5);
  // Made again, and refused, they change nothing.
  ASSERT_EQ(Outcome(Release(returned)), "OK");
  ASSERT_EQ(Outcome(Reserve(seam::NewUuidV7(), {{created.id, 11}})),
            "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_EQ(version(), 5);
  EXPECT_TRUE(Product(created.id).updated_at == created.updated_at) << "nobody has edited it";
}

TEST_F(CatalogueTest, ADeletedProductIsGone) {
  const std::string id = NewProduct(1);
  EXPECT_EQ(Outcome(Delete(id)), "OK");
  EXPECT_EQ(Outcome(Get(id)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_EQ(Outcome(Delete(id)), "NOT_FOUND PRODUCT_NOT_FOUND");
}

TEST_F(CatalogueTest, ADeletionMayNameTheVersion) {
  const v1::Product created = Create(Cup());
  ASSERT_EQ(Outcome(products_->UpdateProduct(admin_, UpdateOf(created))), "OK");
  const auto stale = Delete(created.id, 1);
  EXPECT_EQ(Outcome(stale), "ABORTED STALE_VERSION");
  EXPECT_THAT(stale.error().metadata, ElementsAre(Pair("current_version", "2")));
  EXPECT_EQ(Outcome(Delete(created.id, 0)),
            "INVALID_ARGUMENT INVALID_FIELD field=expected_version");
  EXPECT_EQ(Outcome(Delete(created.id, 2)), "OK");
}

TEST_F(CatalogueTest, AProductWithAHeldReservationIsNotDeleted) {
  const std::string id = NewProduct(5);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_EQ(Outcome(Reserve(reservation, {{id, 2}})), "OK");
  EXPECT_EQ(Outcome(Delete(id)), "FAILED_PRECONDITION STOCK_RESERVED");
  EXPECT_EQ(Outcome(Delete(id, 9)), "ABORTED STALE_VERSION");
  ASSERT_EQ(Outcome(Release(reservation)), "OK");
  EXPECT_EQ(Outcome(Delete(id)), "OK");

  const std::string sold = NewProduct(5);
  const std::string second = seam::NewUuidV7();
  ASSERT_EQ(Outcome(Reserve(second, {{sold, 2}})), "OK");
  ASSERT_EQ(Outcome(Confirm(second)), "OK");
  EXPECT_EQ(Outcome(Delete(sold)), "OK");
  // There is nothing left to give the stock back to.
  EXPECT_EQ(Outcome(Release(second)), "OK");
}

TEST_F(CatalogueTest, ABatchKeepsTheOrderAndNamesWhatIsMissing) {
  const std::string a = NewProduct(1);
  const std::string b = NewProduct(2);
  const std::string c = NewProduct(3);
  const std::string missing = seam::NewUuidV7();
  v1::BatchGetProductsRequest request;
  request.ids = {c, missing, a, c, missing, b, a};
  const auto batch = products_->BatchGetProducts(context_, request);
  std::vector<std::string> ids;
  for (const v1::Product& product : batch->products) {
    ids.push_back(product.id);
    EXPECT_TRUE(product == Product(product.id));
  }
  EXPECT_THAT(ids, ElementsAre(c, a, b));
  EXPECT_THAT(batch->missing_ids, ElementsAre(missing));
}

TEST_F(CatalogueTest, ABatchOfAnySizeFindsEveryProduct) {
  v1::BatchGetProductsRequest request;
  for (const std::size_t size : {1U, 2U, 9U, 10U, 11U, 99U, 100U}) {
    while (request.ids.size() < size) request.ids.push_back(NewProduct(1));
    const auto batch = products_->BatchGetProducts(context_, request);
    ASSERT_EQ(Outcome(batch), "OK");
    EXPECT_EQ(batch->products.size(), size);
    EXPECT_THAT(batch->missing_ids, IsEmpty());
  }
}

TEST_F(CatalogueTest, ABatchHas1To100Ids) {
  v1::BatchGetProductsRequest request;
  const auto outcome = [&] { return Outcome(products_->BatchGetProducts(context_, request)); };
  EXPECT_EQ(outcome(), "INVALID_ARGUMENT INVALID_FIELD field=ids");
  for (int i = 0; i < 100; ++i) request.ids.push_back(seam::NewUuidV7());
  EXPECT_EQ(outcome(), "OK");
  request.ids.push_back(request.ids.front());
  EXPECT_EQ(outcome(), "INVALID_ARGUMENT INVALID_FIELD field=ids");
  request.ids.resize(5);
  request.ids[3] = "nothing";
  EXPECT_EQ(outcome(), "INVALID_ARGUMENT INVALID_FIELD field=ids[3]");
}

TEST_F(CatalogueTest, PagesCoverEverythingOnceInOrder) {
  std::vector<std::string> ids;
  ids.reserve(25);
  for (int i = 0; i < 25; ++i) ids.push_back(NewProduct(i));
  std::sort(ids.begin(), ids.end());
  for (const std::int32_t size : {1, 5, 7, 24, 25, 26, 100}) {
    std::vector<std::string> listed;
    std::string token;
    int pages = 0;
    do {
      const auto page = List(size, token).value();
      EXPECT_LE(page.products.size(), static_cast<std::size_t>(size));
      for (const v1::Product& product : page.products) listed.push_back(product.id);
      token = page.next_page_token;
      ++pages;
    } while (!token.empty());
    EXPECT_EQ(listed, ids) << size;
    EXPECT_EQ(pages, (25 + size - 1) / size) << size;
  }
}

TEST_F(CatalogueTest, TheUsualPageHas20) {
  EXPECT_THAT(List(0)->products, IsEmpty());
  EXPECT_EQ(List(0)->next_page_token, "");
  for (int i = 0; i < 21; ++i) NewProduct(i);
  EXPECT_EQ(List(0)->products.size(), 20U);
}

TEST_F(CatalogueTest, PageSizesAndTokensAreChecked) {
  EXPECT_EQ(Outcome(List(-1)), "INVALID_ARGUMENT INVALID_FIELD field=page_size");
  EXPECT_EQ(Outcome(List(100)), "OK");
  EXPECT_EQ(Outcome(List(101)), "INVALID_ARGUMENT INVALID_FIELD field=page_size");
  for (const std::string& token : {std::string("x"), seam::NewUuidV7(), std::string(100'000, 'a'),
                                   std::string("' OR 1=1"), std::string(40, '0')}) {
    EXPECT_EQ(Outcome(List(10, token)), "INVALID_ARGUMENT INVALID_FIELD field=page_token");
  }
}

TEST_F(CatalogueTest, AListIsCompleteWhileProductsComeAndGo) {
  std::set<std::string> before;
  std::vector<std::string> doomed;
  for (int i = 0; i < 60; ++i) {
    const std::string id = NewProduct(i);
    if (i % 6 == 0) {
      doomed.push_back(id);
    } else {
      before.insert(id);
    }
  }
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::size_t i = 0; !done; ++i) {
      NewProduct(1);
      if (i < doomed.size()) {
        EXPECT_EQ(Outcome(Delete(doomed[i])), "OK");
      }
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::multiset<std::string> listed;
    std::string token;
    do {
      const auto page = List(9, token).value();
      for (const v1::Product& product : page.products) listed.insert(product.id);
      token = page.next_page_token;
    } while (!token.empty() && listed.size() < 10'000);
    for (const std::string& id : before) EXPECT_EQ(listed.count(id), 1U);
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()).size(), listed.size());
  }
  done = true;
  writer.join();
}

}  // namespace
}  // namespace shop::products
