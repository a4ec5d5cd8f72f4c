#ifndef SEAM_EVENTS_NATS_NATS_SOURCE_H_
#define SEAM_EVENTS_NATS_NATS_SOURCE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "seam/events/inbox.h"
#include "seam/events/nats/nats_connection.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace seam::events {

struct NatsSourceOptions {
  // The module whose events are taken: "products"; of a-z, A-Z, 0-9, '_' and '-'.
  std::string source{};

  // How long a process that died keeps the others from going on, and how often these look.
  std::chrono::milliseconds lease{10'000};
  std::chrono::milliseconds poll{1000};

  // Events in one transaction.
  int batch = 200;

  // The longest that such a transaction may take.
  std::chrono::milliseconds take_timeout{10'000};

  // The longest pause before it is tried again, when events cannot be taken down.
  std::chrono::milliseconds max_pause{5000};

  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// Takes the events of one source out of JetStream into a subscriber's inbox, by a thread of its
// own. Several of them for one inbox's database, of one process or many, are one at work and the
// others waiting, by the lease "nats/SOURCE".
//
// How far it has come stands in the database (seam_event_place), and is written in the transaction
// that takes the events down, which also makes sure of the lease. So the consumer at the server,
// called as the subscriber, only carries: whenever something about it is not as expected, it is
// made anew from behind that place, and events are taken strictly in the stream's order. A
// subscriber that is new begins with the oldest event that the stream has. A stream that has been
// lost and made again is taken from its beginning; the inbox knows what it has. Events that the
// stream has dropped before they were taken (NatsOptions::max_age) are lost, and the log says so as
// an error.
//
// A message that is no event, or one that the inbox refuses by its own fault, is logged, terminated
// at the server and left out. All other failures are logged when they begin and when they end, and
// it is tried again for ever.
class NatsSource {
 public:
  // `database` is the inbox's. All must outlive it. Starts its thread.
  NatsSource(std::shared_ptr<NatsConnection> connection, sql::Database& database, Inbox& inbox,
             NatsSourceOptions options, Log& log);
  NatsSource(const NatsSource&) = delete;
  NatsSource& operator=(const NatsSource&) = delete;
  // Ends the batch at work, and gives the lease back.
  ~NatsSource();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_NATS_NATS_SOURCE_H_
