#include "seam/events/recording_outbox.h"

#include <utility>

#include "seam/events/checks_internal.h"

namespace seam::events {

Result<void> RecordingOutbox::Add(const Context& /*context*/, NewEvent event) {
  if (auto valid = internal::CheckEntity(event.contract, event.entity); !valid) return valid;
  events_.push_back(std::move(event));
  return {};
}

}  // namespace seam::events
