#ifndef TESTS_UNIT_PUBLISHED_H_
#define TESTS_UNIT_PUBLISHED_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seam/events/destination.h"
#include "seam/events/event.h"
#include "seam/sql/database.h"

namespace shop {

// Where events are sent and never taken, so that a test finds them in the outbox.
class NobodyThere final : public seam::events::Destination {
 public:
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] std::vector<seam::Result<void>> Send(
      const seam::Context& /*context*/, const std::vector<seam::events::Event>& events) override {
    std::vector<seam::Result<void>> results;
    for (std::size_t i = 0; i < events.size(); ++i) {
      results.emplace_back(seam::Fail(seam::Code::kUnavailable, "NOBODY_THERE", "nobody is there"));
    }
    return results;
  }

 private:
  const std::string name_ = "nobody";
};

// What a module has published, in that order.
[[nodiscard]] inline std::vector<seam::events::Event> Published(seam::sql::Database& database) {
  std::vector<seam::events::Event> events;
  database.Read(seam::Context(), [&](seam::sql::Session& session) {
    session.Query(
        "SELECT source, topic, type, entity, payload, traceparent FROM seam_outbox "
        "ORDER BY position",
        {}, [&](const seam::sql::Row& row) {
          seam::events::Event& event = events.emplace_back();
          event.source = row.Text(0);
          event.topic = row.Text(1);
          event.type = row.Text(2);
          event.entity = row.Text(3);
          event.payload = row.Blob(4);
          event.traceparent = row.Text(5);
        });
  });
  return events;
}

}  // namespace shop

#endif  // TESTS_UNIT_PUBLISHED_H_
