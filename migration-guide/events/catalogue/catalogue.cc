#include "catalogue/catalogue.h"

#include "seam/events/schema.h"
#include "seam/events/sql_outbox.h"
#include "seam/sql/migration.h"
#include "seam/sql/sqlite.h"
#include "shelf/v1/price_events_publisher.h"

namespace {

seam::sql::SqliteOptions In(const std::string& file) {
  seam::sql::SqliteOptions options;
  options.path = file;
  return options;
}

}  // namespace

Catalogue::Catalogue(const std::string& file) : database_(seam::sql::OpenSqlite(In(file))) {
  seam::sql::Migrate(seam::Context(), *database_,
                     {{1, "products",
                       "CREATE TABLE product (name TEXT PRIMARY KEY, version INTEGER NOT NULL, "
                       "cents INTEGER NOT NULL) STRICT",
                       ""},
                      seam::events::EventTables(2)});
}

Product Catalogue::SetPrice(const std::string& name, std::int64_t cents, const std::string& bus) {
  const seam::Context context;
  const seam::events::Publication publication{"catalogue", {bus}};
  return database_->Write(context, [&](seam::sql::Session& session) {
    Product product{name, 0, cents};
    product.version = *session.QueryOne(
        "INSERT INTO product (name, version, cents) VALUES ($1, 1, $2) "
        "ON CONFLICT (name) DO UPDATE SET version = version + 1, cents = excluded.cents "
        "RETURNING version",
        {name, cents}, [](const seam::sql::Row& row) { return row.Int64(0); });

    shelf::v1::PriceChanged changed;
    changed.product = name;
    changed.version = product.version;
    changed.cents = cents;
    seam::events::SqlOutbox outbox(session, publication);
    shelf::v1::PriceEventsPublisher(outbox).Publish(context, changed).value();
    return product;
  });
}

std::vector<Product> Catalogue::List() {
  std::vector<Product> products;
  database_->Read(seam::Context(), [&](seam::sql::Session& session) {
    session.Query("SELECT name, version, cents FROM product ORDER BY name", {},
                  [&](const seam::sql::Row& row) {
                    products.push_back({std::string(row.Text(0)), row.Int64(1), row.Int64(2)});
                  });
  });
  return products;
}
