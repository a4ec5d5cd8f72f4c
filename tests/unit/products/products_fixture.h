#ifndef TESTS_UNIT_PRODUCTS_PRODUCTS_FIXTURE_H_
#define TESTS_UNIT_PRODUCTS_PRODUCTS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgresql/module_databases.h"
#include "products/module.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/test_tokens.h"

namespace shop::products {

using seam::Code;
using seam::Context;
using seam::Error;
using seam::Result;
using v1::ReservationState;

// The error of a failed call, as "CODE REASON", with " field=…" when a field is named; "OK" when
// the call succeeded.
template <class T>
std::string Outcome(const Result<T>& result) {
  if (result) return "OK";
  const Error& error = result.error();
  std::string text = std::string(seam::CodeName(error.code)) + " " + error.reason;
  if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
    text += " field=" + field->second;
  }
  return text;
}

// The module on a database of its own, with a clock that the test sets.
class ProductsFixture : public testing::Test {
 protected:
  ProductsFixture() : products_(Open()) {}

  [[nodiscard]] seam::sql::DatabaseOptions database() const { return databases_.Of("products"); }

  // Another handler on the same database, as another process would have.
  [[nodiscard]] std::unique_ptr<v1::ProductsHandler> Open() {
    auto opened = OpenProducts(
        {.database = database(),
         .durable = false,
         .clock =
             [this] {
               return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_.load()));
             }},
        verifier_);
    return std::move(opened).value();
  }

  static v1::CreateProductRequest Cup(std::int64_t stock = 10) {
    v1::CreateProductRequest request;
    request.id = seam::NewUuidV7();
    request.name = "Cup";
    request.description = "A cup.";
    request.price.emplace();
    request.price->amount_minor = 890;
    request.price->currency = "EUR";
    request.stock = stock;
    return request;
  }

  // What changes nothing but the version.
  static v1::UpdateProductRequest UpdateOf(const v1::Product& product) {
    v1::UpdateProductRequest request;
    request.id = product.id;
    request.expected_version = product.version;
    request.name = product.name;
    request.description = product.description;
    request.price = product.price;
    return request;
  }

  v1::Product Create(const v1::CreateProductRequest& request) {
    return *products_->CreateProduct(admin_, request).value().product;
  }
  // Returns the id of a new product with that stock.
  std::string NewProduct(std::int64_t stock) { return Create(Cup(stock)).id; }

  Result<v1::GetProductResponse> Get(const std::string& id) {
    v1::GetProductRequest request;
    request.id = id;
    return products_->GetProduct(context_, request);
  }
  v1::Product Product(const std::string& id) { return *Get(id).value().product; }
  std::int64_t Stock(const std::string& id) { return Product(id).stock; }

  Result<v1::DeleteProductResponse> Delete(const std::string& id,
                                           std::optional<std::int64_t> version = std::nullopt) {
    v1::DeleteProductRequest request;
    request.id = id;
    request.expected_version = version;
    return products_->DeleteProduct(admin_, request);
  }

  using Lines = std::vector<std::pair<std::string, std::int64_t>>;
  static v1::ReserveStockRequest Reservation(const std::string& id, const Lines& lines) {
    v1::ReserveStockRequest request;
    request.reservation_id = id;
    for (const auto& [product_id, quantity] : lines) {
      v1::StockLine& line = request.lines.emplace_back();
      line.product_id = product_id;
      line.quantity = quantity;
    }
    return request;
  }
  Result<v1::ReserveStockResponse> Reserve(const std::string& id, const Lines& lines) {
    return products_->ReserveStock(context_, Reservation(id, lines));
  }
  Result<v1::ConfirmReservationResponse> Confirm(const std::string& id) {
    v1::ConfirmReservationRequest request;
    request.reservation_id = id;
    return products_->ConfirmReservation(context_, request);
  }
  Result<v1::ReleaseReservationResponse> Release(const std::string& id) {
    v1::ReleaseReservationRequest request;
    request.reservation_id = id;
    return products_->ReleaseReservation(context_, request);
  }

  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const Context context_;  // Nobody's.
  const Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  const seam::testing::ModuleDatabases databases_;
  std::unique_ptr<v1::ProductsHandler> products_;
};

}  // namespace shop::products

#endif  // TESTS_UNIT_PRODUCTS_PRODUCTS_FIXTURE_H_
