#ifndef SEAM_EVENTS_RECORDING_OUTBOX_H_
#define SEAM_EVENTS_RECORDING_OUTBOX_H_

#include <vector>

#include "seam/events/outbox.h"

namespace seam::events {

// An Outbox that keeps in memory what was published: a fake for tests. Refuses what SqlOutbox
// refuses. For one thread.
class RecordingOutbox final : public Outbox {
 public:
  [[nodiscard]] Result<void> Add(const Context& context, NewEvent event) override;

  // In the order in which they were added.
  [[nodiscard]] const std::vector<NewEvent>& events() const noexcept { return events_; }

 private:
  std::vector<NewEvent> events_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_RECORDING_OUTBOX_H_
