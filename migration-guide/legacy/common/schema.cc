#include "common/schema.h"

namespace common {

const char *const kSchema = R"sql(
CREATE TABLE IF NOT EXISTS setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS product (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price > 0)
);

CREATE TABLE IF NOT EXISTS stock (
    sku TEXT PRIMARY KEY REFERENCES product (sku) ON DELETE CASCADE,
    on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
    reorder_level INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    credit_limit INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS customer_order (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    day TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('placed', 'cancelled')),
    discount_percent INTEGER NOT NULL,
    total INTEGER NOT NULL,
    invoice_number TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS order_line (
    order_id INTEGER NOT NULL REFERENCES customer_order (id),
    sku TEXT NOT NULL REFERENCES product (sku),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL,
    PRIMARY KEY (order_id, sku)
);

CREATE TABLE IF NOT EXISTS invoice (
    number TEXT PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES customer_order (id),
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    day TEXT NOT NULL,
    due_day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    vat_percent INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'void'))
);

CREATE TABLE IF NOT EXISTS late_fee (
    invoice_number TEXT NOT NULL REFERENCES invoice (number),
    day TEXT NOT NULL,
    amount INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS reminder (
    invoice_number TEXT NOT NULL REFERENCES invoice (number),
    day TEXT NOT NULL,
    PRIMARY KEY (invoice_number, day)
);
)sql";

}  // namespace common
