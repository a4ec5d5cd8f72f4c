#ifndef SEAM_EVENTS_INBOX_H_
#define SEAM_EVENTS_INBOX_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/event.h"
#include "seam/events/subscriber.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace seam::events {

struct InboxOptions {
  // The module that subscribes: "inventory".
  std::string subscriber{};

  // How often it looks for events when nobody wakes it.
  std::chrono::milliseconds poll{50};

  // How long a process that died keeps its partitions from the others.
  std::chrono::milliseconds lease{10'000};

  // Events that are applied in one transaction. One that fails is tried again by itself.
  int batch = 100;

  // How often an event is tried before it is parked; the pause between two tries doubles from the
  // first to the longest.
  int max_attempts = 8;
  std::chrono::milliseconds first_pause{100};
  std::chrono::milliseconds longest_pause{30'000};

  // The longest that applying one batch may take.
  std::chrono::milliseconds apply_timeout{10'000};

  // How long it is remembered that an event was applied. One that comes again later is applied
  // again, so a subscriber whose effect must not be repeated after that compares versions.
  std::chrono::hours keep_applied{std::chrono::hours(7 * 24)};

  // No more events are taken while so many wait.
  std::int64_t max_waiting = 1'000'000;

  // Called after an event's effects and before they are committed: for tests that break off there.
  std::function<void()> before_commit{};

  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// Makes what applies the events of one transaction. Several when a module listens to several files
// of events; an event that none knows is noted as applied.
using MakeSubscribers =
    std::function<std::vector<std::unique_ptr<Subscriber>>(sql::Session& session)>;

// A module's inbox: takes events down in its database, and applies each once, by a thread of its
// own. Events about one entity from one source are applied in the order in which they came. Several
// inboxes on one database, of one process or many, share the work: each leases some of the
// partitions that entities fall into. An event that fails holds back only the later ones about its
// entity, until it succeeds or is parked. Thread-safe.
class Inbox {
 public:
  // All must outlive it. Starts its thread.
  Inbox(sql::Database& database, InboxOptions options, MakeSubscribers make_subscribers, Log& log);
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  // Ends the batch at work, and gives the leases back.
  ~Inbox();

  [[nodiscard]] const std::string& subscriber() const noexcept;

  // Takes events down, all or none, and answers how many of them were known. Fails as
  // Inbox.Deliver in inbox.proto says.
  [[nodiscard]] Result<int> Accept(const Context& context, const std::vector<Event>& events);

  // The same inside of a transaction of the caller's, who keeps a place in a stream in it. Throws
  // sql::SqlError. Call Wake when it is committed.
  [[nodiscard]] Result<int> AcceptIn(sql::Session& session, const std::vector<Event>& events);
  void Wake() noexcept;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_INBOX_H_
