#ifndef PRODUCTS_REPOSITORY_H_
#define PRODUCTS_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/sql/database.h"
#include "shop/products/v1/products_types.h"

// The module's statements, one function each, in the SQL that all engines understand. Rules are the
// service's: nothing here decides. What several statements have to agree on, the caller puts in one
// transaction. Throws seam::sql::SqlError. Times are milliseconds since 1970.
//
// Locks are taken in one order everywhere, so that no two transactions wait for each other: first
// the reservation's row, then the products' rows by ascending id. What a product's events tell is
// what a statement has given back whose lock on the product's row is still held.
namespace shop::products::repository {

using seam::sql::Session;

[[nodiscard]] std::optional<v1::Product> FindProduct(Session& session, std::string_view id);

// In no particular order; what is not there is left out.
[[nodiscard]] std::vector<v1::Product> FindProducts(Session& session,
                                                    const std::vector<std::string>& ids);

struct Page {
  std::vector<v1::Product> products;
  bool more = false;  // There are products after these.
};

// Up to `size` products with ids above `after`, by ascending id.
[[nodiscard]] Page ListProducts(Session& session, std::string_view after, std::int64_t size);

// False when the id is taken; then nothing has changed. A product that was made after a deleted one
// of the same id has the next version.
[[nodiscard]] bool InsertProduct(Session& session, const v1::CreateProductRequest& product,
                                 std::int64_t creation, std::int64_t now);

// The fingerprint that the product was inserted with.
[[nodiscard]] std::optional<std::int64_t> FindCreation(Session& session, std::string_view id);

// The product as it is now; nothing, and nothing changed, unless it is there in that version.
[[nodiscard]] std::optional<v1::Product> UpdateProduct(Session& session,
                                                       const v1::UpdateProductRequest& update,
                                                       std::int64_t now);

// The version after its last. Nothing, and nothing changed, unless the product is there, in that
// version when one is given, and no reservation holds stock of it.
[[nodiscard]] std::optional<std::int64_t> DeleteProduct(Session& session, std::string_view id,
                                                        std::optional<std::int64_t> version);

// What changes the stock that can be sold changes the product's version as well, so that an update
// made from an older stock is stale.

struct StockAfter {
  std::int64_t version = 0;
  std::int64_t stock = 0;
};

// Moves stock that can be sold to what is reserved. Nothing, and nothing changed, unless there is
// enough of it.
[[nodiscard]] std::optional<StockAfter> TakeStock(Session& session, const v1::StockLine& line);

// Makes reserved stock sold.
void ConsumeReserved(Session& session, const v1::StockLine& line);

// Gives stock back to be sold, from what is reserved or from what was sold. A product that has been
// deleted gets nothing.
[[nodiscard]] std::optional<StockAfter> ReturnReserved(Session& session, const v1::StockLine& line);
[[nodiscard]] std::optional<StockAfter> ReturnSold(Session& session, const v1::StockLine& line);

// False when the id is known; then nothing has changed.
[[nodiscard]] bool InsertReservation(Session& session, std::string_view id,
                                     v1::ReservationState state, std::int64_t now);
void InsertLines(Session& session, std::string_view reservation_id,
                 const std::vector<v1::StockLine>& lines);

[[nodiscard]] std::optional<v1::ReservationState> FindReservation(Session& session,
                                                                  std::string_view id);

// By ascending product id.
[[nodiscard]] std::vector<v1::StockLine> FindLines(Session& session,
                                                   std::string_view reservation_id);

// False, and nothing changed, unless the reservation is there in the state `from`.
[[nodiscard]] bool MoveReservation(Session& session, std::string_view id, v1::ReservationState from,
                                   v1::ReservationState to, std::int64_t now);

}  // namespace shop::products::repository

#endif  // PRODUCTS_REPOSITORY_H_
