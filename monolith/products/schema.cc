#include "products/schema.h"

#include <string_view>

#include "seam/events/schema.h"
#include "seam/sql/migration.h"

namespace shop::products {
namespace {

// Times are milliseconds since 1970 in UTC; money is minor units and a currency.
//
// product.stock is what can still be sold and product.reserved what RESERVED reservations hold, so
// that taking stock and deleting a product are each one guarded statement on one row.
// product.creation is the fingerprint of what the product was created from, by which a repeated
// creation is told from a second one.
//
// reservation.state has the numbers of v1::ReservationState. A row is never deleted: a released
// reservation is what stops one that arrives late. Its lines do not refer to product, because a
// product may be deleted once nothing holds it.
constexpr std::string_view kProductsAndReservations = R"(
CREATE TABLE product (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
  price_currency TEXT NOT NULL,
  stock INTEGER NOT NULL CHECK (stock >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  version INTEGER NOT NULL CHECK (version >= 1),
  creation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE reservation (
  id TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE reservation_line (
  reservation_id TEXT NOT NULL REFERENCES reservation (id),
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (reservation_id, product_id)
) STRICT, WITHOUT ROWID;
)";

// Ids compare byte by byte, as they do in SQLite and in this program: pages and locks have one
// order.
constexpr std::string_view kProductsAndReservationsPostgresql = R"(
CREATE TABLE product (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  price_currency TEXT NOT NULL,
  stock BIGINT NOT NULL CHECK (stock >= 0),
  reserved BIGINT NOT NULL CHECK (reserved >= 0),
  version BIGINT NOT NULL CHECK (version >= 1),
  creation BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE reservation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  state BIGINT NOT NULL CHECK (state IN (1, 2, 3)),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE reservation_line (
  reservation_id TEXT COLLATE "C" NOT NULL REFERENCES reservation (id),
  product_id TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (reservation_id, product_id)
);
)";

// What a deleted product's id was left with: above it begin the versions of a product that is made
// with the id again, so that no reader takes it for an older one.
constexpr std::string_view kDeletedProducts = R"(
CREATE TABLE deleted_product (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

constexpr std::string_view kDeletedProductsPostgresql = R"(
CREATE TABLE deleted_product (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);
)";

}  // namespace

void MigrateProducts(const seam::Context& context, seam::sql::Database& database) {
  seam::sql::Migrate(context, database,
                     {{.version = 1,
                       .name = "products and reservations",
                       .sqlite = kProductsAndReservations,
                       .postgresql = kProductsAndReservationsPostgresql},
                      {.version = 2,
                       .name = "versions of deleted products",
                       .sqlite = kDeletedProducts,
                       .postgresql = kDeletedProductsPostgresql},
                      seam::events::EventTables(3)});
}

}  // namespace shop::products
