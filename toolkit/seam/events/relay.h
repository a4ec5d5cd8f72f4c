#ifndef SEAM_EVENTS_RELAY_H_
#define SEAM_EVENTS_RELAY_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/events/destination.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace seam::events {

struct RelayOptions {
  // As in Publication; for the log.
  std::string source{};

  // How often it looks for events when nobody wakes it: another process may have published them.
  std::chrono::milliseconds poll{50};

  // How long a relay that died keeps its partitions from the others.
  std::chrono::milliseconds lease{10'000};

  // Events in one call of a destination.
  int batch = 200;

  // How often an event is sent that the destination refuses by the event's own fault; then it is
  // parked.
  int max_attempts = 5;

  // The longest that one call of a destination may take, and the longest pause between two while it
  // cannot be reached.
  std::chrono::milliseconds send_timeout{5000};
  std::chrono::milliseconds max_pause{5000};

  // Called after events were sent and before that is noted: for tests that break off there.
  std::function<void()> after_send{};

  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// Sends what lies in the outbox of `database`, a thread for each destination, so that a slow or
// dead one holds back no other and no publisher. Rows are removed when they were sent. Several
// relays, of one process or many, share the work: each leases some of the partitions that entities
// fall into.
//
// An event that its destination refuses is tried again after a growing pause, and so long holds
// back the later events about its entity; after max_attempts it is parked (see standing.h) and they
// go on. While a destination cannot be reached nothing is lost and nothing parked. Rows for
// destinations that no relay has (the bus was switched) are addressed to those of this relay.
// Failures of the database are logged and tried again.
class Relay {
 public:
  // All must outlive it. Starts its threads.
  Relay(sql::Database& database, const RelayOptions& options,
        std::vector<std::shared_ptr<Destination>> destinations, Log& log);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  // Ends what is in flight, and gives the leases back.
  ~Relay();

  // Looks now, rather than at the next poll. Thread-safe; cheap.
  void Wake() noexcept;

 private:
  class Worker;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_RELAY_H_
