#include "inventory/schema.h"

#include <string_view>

#include "seam/events/schema.h"
#include "seam/sql/migration.h"

namespace shop::inventory {
namespace {

// Times are milliseconds since 1970 in UTC.
//
// stock.version is the product's. What comes with a lower one changes nothing, so a deleted product
// leaves its row, with deleted = 1 and the version of its deletion. The name is empty while only
// the stock is known. stock.generation is that of the last rebuild that has seen the product, or
// during which an event about it came: at its end a rebuild removes the rows of older ones.
//
// rebuild has one row. wanted: one is asked for, as it is of a new database; running: one has begun
// and not ended; holder works at it, until then, and has generation.
constexpr std::string_view kStock = R"(
CREATE TABLE stock (
  product_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  available INTEGER NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  updated_at INTEGER NOT NULL,
  generation INTEGER NOT NULL
) STRICT;

CREATE INDEX stock_deleted ON stock (updated_at) WHERE deleted = 1;

CREATE TABLE rebuild (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  generation INTEGER NOT NULL,
  wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
  running INTEGER NOT NULL CHECK (running IN (0, 1)),
  holder TEXT NOT NULL,
  until INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

INSERT INTO rebuild VALUES (1, 0, 1, 0, '', 0, NULL);
)";

constexpr std::string_view kStockPostgresql = R"(
CREATE TABLE stock (
  product_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  available BIGINT NOT NULL,
  version BIGINT NOT NULL,
  deleted BIGINT NOT NULL CHECK (deleted IN (0, 1)),
  updated_at BIGINT NOT NULL,
  generation BIGINT NOT NULL
);

CREATE INDEX stock_deleted ON stock (updated_at) WHERE deleted = 1;

CREATE TABLE rebuild (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  generation BIGINT NOT NULL,
  wanted BIGINT NOT NULL CHECK (wanted IN (0, 1)),
  running BIGINT NOT NULL CHECK (running IN (0, 1)),
  holder TEXT NOT NULL,
  until BIGINT NOT NULL,
  ended_at BIGINT
);

INSERT INTO rebuild VALUES (1, 0, 1, 0, '', 0, NULL);
)";

}  // namespace

void MigrateInventory(const seam::Context& context, seam::sql::Database& database) {
  seam::sql::Migrate(
      context, database,
      {{.version = 1, .name = "stock", .sqlite = kStock, .postgresql = kStockPostgresql},
       seam::events::EventTables(2)});
}

}  // namespace shop::inventory
