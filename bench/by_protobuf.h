#ifndef BENCH_BY_PROTOBUF_H_
#define BENCH_BY_PROTOBUF_H_

#include "bench/products/v1/products.pb.h"
#include "shop/products/v1/products_types.h"

// What one writes by hand to get plain structs into protobuf messages and out of them.
namespace bench {

inline void Fill(const shop::products::v1::Product& from, products::v1::Product& to) {
  to.set_id(from.id);
  to.set_name(from.name);
  to.set_description(from.description);
  if (from.price) {
    to.mutable_price()->set_amount_minor(from.price->amount_minor);
    to.mutable_price()->set_currency(from.price->currency);
  }
  to.set_stock(from.stock);
  to.set_version(from.version);
  if (from.created_at) {
    to.mutable_created_at()->set_seconds(from.created_at->seconds);
    to.mutable_created_at()->set_nanos(from.created_at->nanoseconds);
  }
  if (from.updated_at) {
    to.mutable_updated_at()->set_seconds(from.updated_at->seconds);
    to.mutable_updated_at()->set_nanos(from.updated_at->nanoseconds);
  }
}

inline void ReadOut(const products::v1::Product& from, shop::products::v1::Product& to) {
  to.id = from.id();
  to.name = from.name();
  to.description = from.description();
  if (from.has_price()) {
    to.price.emplace();
    to.price->amount_minor = from.price().amount_minor();
    to.price->currency = from.price().currency();
  }
  to.stock = from.stock();
  to.version = from.version();
  if (from.has_created_at()) {
    to.created_at = seam::Timestamp{from.created_at().seconds(), from.created_at().nanos()};
  }
  if (from.has_updated_at()) {
    to.updated_at = seam::Timestamp{from.updated_at().seconds(), from.updated_at().nanos()};
  }
}

inline void Fill(const shop::products::v1::ListProductsResponse& from,
                 products::v1::ListProductsResponse& to) {
  to.mutable_products()->Reserve(static_cast<int>(from.products.size()));
  for (const auto& product : from.products) Fill(product, *to.add_products());
  to.set_next_page_token(from.next_page_token);
}

inline void ReadOut(const products::v1::ListProductsResponse& from,
                    shop::products::v1::ListProductsResponse& to) {
  to.products.reserve(static_cast<std::size_t>(from.products_size()));
  for (const auto& product : from.products()) ReadOut(product, to.products.emplace_back());
  to.next_page_token = from.next_page_token();
}

}  // namespace bench

#endif  // BENCH_BY_PROTOBUF_H_
