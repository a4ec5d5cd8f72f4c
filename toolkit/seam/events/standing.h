#ifndef SEAM_EVENTS_STANDING_H_
#define SEAM_EVENTS_STANDING_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seam/events/event.h"
#include "seam/sql/database.h"

// What an operator sees of a database's events and does about them. All of it is in the tables, so
// that it can be asked of any process, and of none: `seam events` uses these. Throws sql::SqlError.
namespace seam::events {

enum class Box : std::uint8_t { kOutbox, kInbox };

// Of one destination's part of the outbox, or one source's of the inbox.
struct Standing {
  Box box = Box::kOutbox;
  std::string peer{};         // The destination or the source.
  std::int64_t waiting = 0;   // Depth, those that are tried again included.
  std::int64_t retrying = 0;  // Those that have failed and wait for their next try.
  std::int64_t parked = 0;
  std::int64_t applied = 0;      // That are still remembered; of the inbox only.
  std::int64_t redelivered = 0;  // How often a remembered event came again; of the inbox only.
  // How long the oldest waiting event has been published.
  std::chrono::milliseconds lag{0};
  // When one was applied last, of those that are remembered; of the inbox only.
  std::optional<std::chrono::system_clock::time_point> last_applied_at{};
};

// Reads all rows: for people, and not for each scrape of a large inbox. By box and peer; none for a
// peer with nothing waiting, parked or remembered.
[[nodiscard]] std::vector<Standing> ReadStandings(sql::Session& session,
                                                  std::chrono::system_clock::time_point now);

struct ParkedEvent {
  Box box = Box::kOutbox;
  std::int64_t position = 0;  // Names it, with `box`.
  std::string peer{};
  Event event{};
  std::int64_t attempts = 0;
  std::string reason{};  // The error of its last try.
  std::chrono::system_clock::time_point parked_at{};
};

// By box and position, up to `limit`.
[[nodiscard]] std::vector<ParkedEvent> ListParked(sql::Session& session, std::int64_t limit);

// Lets a parked event be tried again, as often as a new one, at the place it has: behind what was
// applied meanwhile. False when there is no such parked event.
[[nodiscard]] bool RetryParked(sql::Session& session, Box box, std::int64_t position);

// Gives a parked event up. In an inbox it is remembered as if it had been applied.
[[nodiscard]] bool DropParked(sql::Session& session, Box box, std::int64_t position);

}  // namespace seam::events

#endif  // SEAM_EVENTS_STANDING_H_
