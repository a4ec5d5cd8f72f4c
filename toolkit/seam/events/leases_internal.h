#ifndef SEAM_EVENTS_LEASES_INTERNAL_H_
#define SEAM_EVENTS_LEASES_INTERNAL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "seam/core/context.h"
#include "seam/events/times_internal.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace seam::events::internal {

// The partitions of one work that this worker may do now, while others do the rest. Each worker
// notes itself, counts who else is there, and holds its share. For one thread.
//
// Leases end by the clocks of those who share: a clock that is wrong by more than a lease makes two
// work at once. Fence tells that in time.
class Leases {
 public:
  // All must outlive it. `work` is "outbox/DESTINATION" or "inbox".
  Leases(sql::Database& database, std::string work, std::chrono::milliseconds span,
         SystemClock clock, Log& log);

  // Notes this worker, renews, takes what is free up to its share and gives back what is beyond it:
  // when it is time, so that it costs nothing to call it before each batch. Never call it during
  // one. Throws sql::SqlError.
  void Keep(const Context& context);

  // In order; none when the leases have ended.
  [[nodiscard]] std::vector<int> held() const;

  // How long those are held for certain.
  [[nodiscard]] std::chrono::milliseconds remaining() const;

  // Within a writing transaction: whether `parts`, each once, are held by this worker until the
  // transaction has ended, whatever the clocks say.
  [[nodiscard]] bool Fence(sql::Session& session, const std::vector<int>& parts) const;

  // Fence has failed: to look anew, at the next Keep.
  void Lose() noexcept;

  // At the end. What cannot be given back ends by itself.
  void GiveBack() noexcept;

 private:
  struct Seen {
    std::vector<std::string> workers{};  // Who else is there.
    std::vector<int> mine{};
    std::vector<int> free{};
    std::string dead{};      // Who held one of `free`, and let the lease end.
    std::int64_t until = 0;  // When this worker's note, or the first of `mine`, ends.
  };

  [[nodiscard]] const std::string& NameOf(int part) const {
    return names_[static_cast<std::size_t>(part)];
  }
  [[nodiscard]] Seen Look(const Context& context, std::int64_t now) const;
  [[nodiscard]] std::size_t ShareOf(const Seen& seen) const;
  void Note(sql::Session& session, std::int64_t now) const;
  [[nodiscard]] std::vector<int> Take(sql::Session& session, std::vector<int> wanted,
                                      std::int64_t now) const;

  sql::Database& database_;
  const std::string work_;
  const std::vector<std::string> names_;  // Of the leases, by partition.
  const std::chrono::milliseconds span_;
  const SystemClock clock_;
  Log& log_;
  const std::string holder_;

  std::vector<int> held_;
  std::int64_t until_ = 0;
  Due looks_;
};

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_LEASES_INTERNAL_H_
