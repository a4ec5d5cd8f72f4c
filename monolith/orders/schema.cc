#include "orders/schema.h"

#include <string_view>

#include "seam/events/schema.h"
#include "seam/sql/migration.h"

namespace shop::orders {
namespace {

// Times are milliseconds since 1970 in UTC; money is minor units, in the one currency of the order.
//
// customer_order.state has the numbers of v1::OrderState. settled says that products knows all
// there is to know about the order: that its stock is sold, or that none is held for it. touched_at
// is when somebody last worked at the order; what is not settled and was not touched for a while is
// what the recovery worker takes up. placed_at stays when the order is cancelled later.
//
// recovery_lease has one row at most: who works at unfinished orders, and until when.
constexpr std::string_view kOrders = R"(
CREATE TABLE customer_order (
  id TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3, 4)),
  settled INTEGER NOT NULL CHECK (settled = 0 OR (settled = 1 AND state <> 1)),
  currency TEXT NOT NULL,
  total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  placed_at INTEGER,
  UNIQUE (customer_id, idempotency_key)
) STRICT;

CREATE INDEX customer_order_by_customer ON customer_order (customer_id, id);

CREATE INDEX customer_order_unsettled ON customer_order (touched_at, id) WHERE settled = 0;

CREATE TABLE order_line (
  order_id TEXT NOT NULL REFERENCES customer_order (id),
  position INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  name TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_refusal (
  order_id TEXT NOT NULL PRIMARY KEY REFERENCES customer_order (id),
  code INTEGER NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE order_refusal_detail (
  order_id TEXT NOT NULL REFERENCES order_refusal (order_id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (order_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_lease (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
)";

// Ids compare byte by byte, as they do in SQLite and in this program: pages and locks have one
// order.
constexpr std::string_view kOrdersPostgresql = R"(
CREATE TABLE customer_order (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  customer_id TEXT COLLATE "C" NOT NULL,
  idempotency_key TEXT COLLATE "C" NOT NULL,
  state BIGINT NOT NULL CHECK (state IN (1, 2, 3, 4)),
  settled BIGINT NOT NULL CHECK (settled = 0 OR (settled = 1 AND state <> 1)),
  currency TEXT NOT NULL,
  total_minor BIGINT NOT NULL CHECK (total_minor >= 0),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  touched_at BIGINT NOT NULL,
  placed_at BIGINT,
  UNIQUE (customer_id, idempotency_key)
);

CREATE INDEX customer_order_by_customer ON customer_order (customer_id, id);

CREATE INDEX customer_order_unsettled ON customer_order (touched_at, id) WHERE settled = 0;

CREATE TABLE order_line (
  order_id TEXT COLLATE "C" NOT NULL REFERENCES customer_order (id),
  position BIGINT NOT NULL,
  product_id TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  name TEXT NOT NULL,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  PRIMARY KEY (order_id, position)
);

CREATE TABLE order_refusal (
  order_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES customer_order (id),
  code BIGINT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL
);

CREATE TABLE order_refusal_detail (
  order_id TEXT COLLATE "C" NOT NULL REFERENCES order_refusal (order_id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (order_id, name)
);

CREATE TABLE recovery_lease (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
);
)";

}  // namespace

void MigrateOrders(const seam::Context& context, seam::sql::Database& database) {
  seam::sql::Migrate(
      context, database,
      {{.version = 1, .name = "orders", .sqlite = kOrders, .postgresql = kOrdersPostgresql},
       seam::events::EventTables(2)});
}

}  // namespace shop::orders
