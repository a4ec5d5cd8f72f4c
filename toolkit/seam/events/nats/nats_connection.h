#ifndef SEAM_EVENTS_NATS_NATS_CONNECTION_H_
#define SEAM_EVENTS_NATS_NATS_CONNECTION_H_

#include <memory>

#include "seam/events/nats/nats_options.h"
#include "seam/observe/log.h"

namespace seam::events {

namespace internal {
class NatsLinks;
}  // namespace internal

// A program's connection to NATS, which its NatsDestinations and NatsSources share. Made at once;
// connecting goes on beside, again and again after growing pauses, whether the server is not there
// yet, refuses this program, or was lost. The log tells when that begins, when its cause changes,
// and when it ends. Thread-safe.
class NatsConnection {
 public:
  // `log` must outlive it. Options that CheckNatsOptions refuses never connect, and the log says
  // why.
  NatsConnection(NatsOptions options, Log& log);
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;
  ~NatsConnection();

  [[nodiscard]] bool connected() const;

  // For NatsDestination and NatsSource.
  [[nodiscard]] internal::NatsLinks& links() noexcept { return *links_; }

 private:
  const std::unique_ptr<internal::NatsLinks> links_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_NATS_NATS_CONNECTION_H_
