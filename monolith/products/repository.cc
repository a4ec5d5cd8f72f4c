#include "products/repository.h"

#include <cstddef>
#include <utility>

#include "seam/core/time.h"
#include "seam/sql/rows.h"

namespace shop::products::repository {
namespace {

using seam::sql::Row;

// What ReadProduct reads, in its order. A macro, so that the statements stay literals.
#define PRODUCT_COLUMNS \
  "id, name, description, price_minor, price_currency, stock, version, created_at, updated_at"

v1::Product ReadProduct(const Row& row) {
  v1::Product product;
  product.id = row.Text(0);
  product.name = row.Text(1);
  product.description = row.Text(2);
  auto& price = product.price.emplace();
  price.amount_minor = row.Int64(3);
  price.currency = row.Text(4);
  product.stock = row.Int64(5);
  product.version = row.Int64(6);
  product.created_at = seam::TimestampFromUnixMilliseconds(row.Int64(7));
  product.updated_at = seam::TimestampFromUnixMilliseconds(row.Int64(8));
  return product;
}

StockAfter ReadStockAfter(const Row& row) {
  return {.version = row.Int64(0), .stock = row.Int64(1)};
}

std::int64_t Number(v1::ReservationState state) { return static_cast<std::int64_t>(state); }

}  // namespace

std::optional<v1::Product> FindProduct(Session& session, std::string_view id) {
  return session.QueryOne("SELECT " PRODUCT_COLUMNS " FROM product WHERE id = $1", {id},
                          ReadProduct);
}

std::vector<v1::Product> FindProducts(Session& session, const std::vector<std::string>& ids) {
  std::vector<v1::Product> products;
  if (ids.empty()) return products;
  // The last id is repeated up to one of three sizes: each text of a statement takes a place among
  // the prepared ones, and a hundred of them would push out all others.
  std::vector<seam::sql::Value> values(ids.begin(), ids.end());
  std::size_t size = 1;
  while (size < ids.size()) size *= 10;
  values.resize(size, ids.back());
  std::string statement = "SELECT " PRODUCT_COLUMNS " FROM product WHERE id IN ($1";
  for (std::size_t i = 2; i <= size; ++i) statement.append(", $").append(std::to_string(i));
  statement += ")";
  products.reserve(ids.size());
  session.Query(statement, values, [&](const Row& row) { products.push_back(ReadProduct(row)); });
  return products;
}

Page ListProducts(Session& session, std::string_view after, std::int64_t size) {
  Page page;
  session.Query("SELECT " PRODUCT_COLUMNS " FROM product WHERE id > $1 ORDER BY id LIMIT $2",
                {after, size + 1}, [&](const Row& row) {
                  page.more = std::cmp_equal(page.products.size(), size);
                  if (!page.more) page.products.push_back(ReadProduct(row));
                });
  return page;
}

bool InsertProduct(Session& session, const v1::CreateProductRequest& product, std::int64_t creation,
                   std::int64_t now) {
  const bool inserted =
      session.Execute(
          "INSERT INTO product (id, name, description, price_minor, price_currency, stock, "
          "reserved, version, creation, created_at, updated_at) "
          "VALUES ($1, $2, $3, $4, $5, $6, 0, 1, $7, $8, $8) ON CONFLICT (id) DO NOTHING",
          {product.id, product.name, product.description, product.price->amount_minor,
           product.price->currency, product.stock, creation, now}) == 1;
  // In a statement of its own, which sees the deletion that the first one may have waited for.
  if (inserted) {
    session.Execute(
        "UPDATE product SET version = (SELECT version + 1 FROM deleted_product WHERE id = $1) "
        "WHERE id = $1 AND EXISTS (SELECT 1 FROM deleted_product WHERE id = $1)",
        {product.id});
  }
  return inserted;
}

std::optional<std::int64_t> FindCreation(Session& session, std::string_view id) {
  return session.QueryOne("SELECT creation FROM product WHERE id = $1", {id},
                          [](const Row& row) { return row.Int64(0); });
}

std::optional<v1::Product> UpdateProduct(Session& session, const v1::UpdateProductRequest& update,
                                         std::int64_t now) {
  return session.QueryOne(
      "UPDATE product SET name = $3, description = $4, price_minor = $5, price_currency = $6, "
      "stock = COALESCE(CAST($7 AS BIGINT), stock), version = version + 1, updated_at = $8 "
      "WHERE id = $1 AND version = $2 RETURNING " PRODUCT_COLUMNS,
      {update.id, update.expected_version, update.name, update.description,
       update.price->amount_minor, update.price->currency, update.stock, now},
      ReadProduct);
}

std::optional<std::int64_t> DeleteProduct(Session& session, std::string_view id,
                                          std::optional<std::int64_t> version) {
  const auto after = session.QueryOne(
      "DELETE FROM product WHERE id = $1 AND version = COALESCE(CAST($2 AS BIGINT), version) "
      "AND reserved = 0 RETURNING version + 1",
      {id, version}, [](const Row& row) { return row.Int64(0); });
  if (after) {
    session.Execute(
        "INSERT INTO deleted_product (id, version) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        {id, *after});
  }
  return after;
}

std::optional<StockAfter> TakeStock(Session& session, const v1::StockLine& line) {
  return session.QueryOne(
      "UPDATE product SET stock = stock - $2, reserved = reserved + $2, version = version + 1 "
      "WHERE id = $1 AND stock >= $2 RETURNING version, stock",
      {line.product_id, line.quantity}, ReadStockAfter);
}

void ConsumeReserved(Session& session, const v1::StockLine& line) {
  session.Execute("UPDATE product SET reserved = reserved - $2 WHERE id = $1",
                  {line.product_id, line.quantity});
}

std::optional<StockAfter> ReturnReserved(Session& session, const v1::StockLine& line) {
  return session.QueryOne(
      "UPDATE product SET stock = stock + $2, reserved = reserved - $2, version = version + 1 "
      "WHERE id = $1 RETURNING version, stock",
      {line.product_id, line.quantity}, ReadStockAfter);
}

std::optional<StockAfter> ReturnSold(Session& session, const v1::StockLine& line) {
  return session.QueryOne(
      "UPDATE product SET stock = stock + $2, version = version + 1 WHERE id = $1 "
      "RETURNING version, stock",
      {line.product_id, line.quantity}, ReadStockAfter);
}

bool InsertReservation(Session& session, std::string_view id, v1::ReservationState state,
                       std::int64_t now) {
  return session.Execute(
             "INSERT INTO reservation (id, state, created_at, updated_at) "
             "VALUES ($1, $2, $3, $3) ON CONFLICT (id) DO NOTHING",
             {id, Number(state), now}) == 1;
}

void InsertLines(Session& session, std::string_view reservation_id,
                 const std::vector<v1::StockLine>& lines) {
  std::vector<seam::sql::Value> values;
  for (const v1::StockLine& line : lines) {
    values.insert(values.end(), {reservation_id, line.product_id, line.quantity});
  }
  seam::sql::InsertRows(
      session, "INSERT INTO reservation_line (reservation_id, product_id, quantity) VALUES", 3,
      values);
}

std::optional<v1::ReservationState> FindReservation(Session& session, std::string_view id) {
  return session.QueryOne("SELECT state FROM reservation WHERE id = $1", {id}, [](const Row& row) {
    return static_cast<v1::ReservationState>(row.Int64(0));
  });
}

std::vector<v1::StockLine> FindLines(Session& session, std::string_view reservation_id) {
  std::vector<v1::StockLine> lines;
  session.Query(
      "SELECT product_id, quantity FROM reservation_line WHERE reservation_id = $1 "
      "ORDER BY product_id",
      {reservation_id}, [&](const Row& row) {
        v1::StockLine& line = lines.emplace_back();
        line.product_id = row.Text(0);
        line.quantity = row.Int64(1);
      });
  return lines;
}

bool MoveReservation(Session& session, std::string_view id, v1::ReservationState from,
                     v1::ReservationState to, std::int64_t now) {
  return session.Execute(
             "UPDATE reservation SET state = $3, updated_at = $4 WHERE id = $1 AND state = $2",
             {id, Number(from), Number(to), now}) == 1;
}

}  // namespace shop::products::repository
