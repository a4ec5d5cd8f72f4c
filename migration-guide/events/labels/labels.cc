#include "labels/labels.h"

#include "seam/events/schema.h"
#include "seam/sql/migration.h"
#include "seam/sql/sqlite.h"
#include "shelf/v1/price_events_subscriber.h"

namespace {

seam::sql::SqliteOptions In(const std::string& file) {
  seam::sql::SqliteOptions options;
  options.path = file;
  return options;
}

void KeepIn(seam::sql::Session& session, const Label& label) {
  session.Execute(
      "INSERT INTO label (product, version, cents) VALUES ($1, $2, $3) "
      "ON CONFLICT (product) DO UPDATE SET version = excluded.version, cents = excluded.cents "
      "WHERE label.version < excluded.version",
      {label.product, label.version, label.cents});
}

class OnPrices final : public shelf::v1::PriceEventsSubscriber {
 public:
  OnPrices(seam::sql::Session& session, int digits) : session_(session), digits_(digits) {}

  seam::Result<void> OnPriceChanged(const seam::Context&, const seam::events::Event&,
                                    const shelf::v1::PriceChanged& price) override {
    if (std::to_string(price.cents).size() > static_cast<std::size_t>(digits_)) {
      return seam::Fail(seam::Code::kFailedPrecondition, "LABEL_TOO_SMALL",
                        "the price has more digits than a label");
    }
    KeepIn(session_, {price.product, price.version, price.cents});
    return {};
  }

 private:
  seam::sql::Session& session_;
  const int digits_;
};

}  // namespace

Labels::Labels(const std::string& file, int digits)
    : database_(seam::sql::OpenSqlite(In(file))), digits_(digits) {
  seam::sql::Migrate(seam::Context(), *database_,
                     {{1, "labels",
                       "CREATE TABLE label (product TEXT PRIMARY KEY, version INTEGER NOT NULL, "
                       "cents INTEGER NOT NULL) STRICT",
                       ""},
                      seam::events::EventTables(2)});
}

std::vector<Label> Labels::List() {
  std::vector<Label> labels;
  database_->Read(seam::Context(), [&](seam::sql::Session& session) {
    session.Query("SELECT product, version, cents FROM label ORDER BY product", {},
                  [&](const seam::sql::Row& row) {
                    labels.push_back({std::string(row.Text(0)), row.Int64(1), row.Int64(2)});
                  });
  });
  return labels;
}

void Labels::Keep(const Label& label) {
  database_->Write(seam::Context(), [&](seam::sql::Session& session) { KeepIn(session, label); });
}

std::vector<std::unique_ptr<seam::events::Subscriber>> Labels::Subscribers(
    seam::sql::Session& session) {
  std::vector<std::unique_ptr<seam::events::Subscriber>> subscribers;
  subscribers.push_back(std::make_unique<OnPrices>(session, digits_));
  return subscribers;
}
