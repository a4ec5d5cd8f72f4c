#ifndef SEAM_EVENTS_SQL_OUTBOX_H_
#define SEAM_EVENTS_SQL_OUTBOX_H_

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "seam/events/outbox.h"
#include "seam/sql/database.h"

namespace seam::events {

// What a module publishes as. A value; shared by its outboxes.
struct Publication {
  // The module: "products".
  std::string source{};

  // The destinations that each event is written for, a row each; without any, events are written
  // for nobody and vanish.
  std::vector<std::string> destinations{};

  // What published_at is read from. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// The outbox of the writing transaction that `session` belongs to:
//
//   database.Write(context, [&](sql::Session& session) -> Result<Product> {
//     const Product product = repository::UpdateProduct(session, …);
//     events::SqlOutbox outbox(session, publication_);
//     if (auto told = ProductEventsPublisher(outbox).Publish(context, Updated(product)); !told) …
//     return product;
//   });
//   relay_.Wake();
//
// Add throws sql::SqlError.
class SqlOutbox final : public Outbox {
 public:
  // Both must outlive it.
  SqlOutbox(sql::Session& session, const Publication& publication) noexcept
      : session_(session), publication_(publication) {}

  [[nodiscard]] Result<void> Add(const Context& context, NewEvent event) override;

 private:
  sql::Session& session_;
  const Publication& publication_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_SQL_OUTBOX_H_
