#ifndef SEAM_SQL_WATCHDOG_H_
#define SEAM_SQL_WATCHDOG_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "seam/core/context.h"

namespace seam::sql {

// Ends the waiting of threads that are blocked in a socket, by shutting the socket down: when their
// time is over, or when somebody asks for it. One thread for all sockets of a database.
// Thread-safe.
class Watchdog {
 public:
  using Clock = Context::Clock;

  enum class Cut : std::uint8_t { kNo, kTimeOver, kStopped };

  // One connection's entry. Only the Watchdog looks into it.
  class Entry {
    friend class Watchdog;
    int socket_ = -1;  // While somebody may wait for it.
    bool stoppable_ = false;
    bool stopped_ = false;
    Cut cut_ = Cut::kNo;
    Clock::time_point until_ = Clock::time_point::max();
  };

  Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  void Add(Entry& entry);
  void Remove(Entry& entry) noexcept;

  // Somebody is going to wait for the socket, until `until` at the longest. False, and nothing is
  // watched, when it is `stoppable` and has been stopped already.
  [[nodiscard]] bool Begin(Entry& entry, int socket, Clock::time_point until, bool stoppable);
  // The waiting is over: whether, and why, the socket was shut down.
  Cut End(Entry& entry) noexcept;

  // Shuts the socket down if somebody waits for it, and lets no stoppable waiting begin any more.
  void Stop(Entry& entry) noexcept;
  // Forgets a Stop.
  void Reset(Entry& entry) noexcept;

 private:
  void Run();
  static void Shut(Entry& entry, Cut why) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  Clock::time_point wakes_ = Clock::time_point::max();
  std::vector<Entry*> entries_;
  std::thread thread_;
};

}  // namespace seam::sql

#endif  // SEAM_SQL_WATCHDOG_H_
