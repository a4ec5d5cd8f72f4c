#ifndef TESTS_FAULT_EVENTS_EVENTS_UNDER_FIRE_H_
#define TESTS_FAULT_EVENTS_EVENTS_UNDER_FIRE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "nats/private_nats_server.h"
#include "parts.h"
#include "postgresql/module_databases.h"
#include "seam/sql/database.h"
#include "seam/testing/process.h"

namespace seam::events::fault {

struct EventsOptions {
  // What all is decided by: the same seed makes the same decisions. What comes of them also depends
  // on who is quicker.
  std::uint64_t seed = 1;

  // What happens to the publishers and to the subscribers; the seed decides to whom and in which
  // order. One ends as by kill -9, at a place that it was told, when it has come there some times:
  //   published   between the commit of a change with its event and the relay
  //   sent        between the sending of events and the note of it
  //   taken       between taking events down and the answer
  //   applied     between the effects of events and their commit
  // or at any time:
  //   killed      with SIGKILL
  //   paused      stopped for longer than a lease lasts, and soon after it goes on asked to end
  std::vector<std::string> publishers_fates = {"published", "sent", "killed", "paused"};
  std::vector<std::string> subscribers_fates = {"taken", "applied", "killed", "paused"};

  // Whether events go by a NATS server, which is killed so many times. Nothing is told at "taken"
  // then.
  bool nats = false;
  int kills_of_nats = 0;

  // Of all processes that can have it; see part.cc.
  std::string fault{};

  std::chrono::microseconds pause{2000};  // Between two changes of a publisher.
  std::int64_t max_waiting = 1'000'000;   // See InboxOptions.
};

// Two publishers, each with a relay, on one database, and two subscribers with an inbox on another,
// all processes of their own, while events are carried over either bus. What is amiss is a
// complaint: a process that ends otherwise than it should, and what the tables say in the end (see
// tables.h), or that anything is parked.
class EventsUnderFire {
 public:
  // There is a backlog when the subscribers begin.
  explicit EventsUnderFire(EventsOptions options);
  EventsUnderFire(const EventsUnderFire&) = delete;
  EventsUnderFire& operator=(const EventsUnderFire&) = delete;
  ~EventsUnderFire();

  // Until all that has happened.
  void Play();

  // Pauses all subscribers until so many more changes were made.
  void FallBehind(std::int64_t changes);

  // Ends the changes, waits until nothing waits any more, ends all processes in good order, and
  // reads the tables.
  void Finish();

  [[nodiscard]] std::vector<std::string> complaints() const { return complaints_.list(); }

  // After Finish: how many changes there were, and how often an event came again that was known.
  [[nodiscard]] std::int64_t changes() const noexcept { return changes_; }
  [[nodiscard]] std::int64_t redelivered() const noexcept { return redelivered_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Part;

  [[nodiscard]] std::vector<std::string> DatabaseArguments(const std::string& module) const;
  void AddParts(const std::string& kind, std::vector<std::string> fates,
                std::vector<std::unique_ptr<Part>>& parts) const;
  [[nodiscard]] std::unique_ptr<Part> MakePart(const std::string& kind, int number) const;
  void Start(Part& part, bool changes = true);
  void Tend(Part& part);
  void TendNats();
  void TakeAway(Part& part);
  void EndAll();
  void EndInGoodOrder(const Part& part);
  [[nodiscard]] bool IsQuiet();
  [[nodiscard]] std::int64_t CountChanges();
  void Read();

  const EventsOptions options_;
  shop::fault::Complaints complaints_;
  const seam::testing::ModuleDatabases databases_;
  const std::unique_ptr<sql::Database> things_;
  const std::unique_ptr<sql::Database> stock_;
  const std::unique_ptr<sql::Database> effects_;  // When they are not in stock_.
  std::optional<seam::testing::PrivateNatsServer> nats_;
  std::mt19937_64 nats_random_;
  bool nats_is_there_ = true;
  int kills_of_nats_ = 0;
  Clock::time_point nats_is_due_{};
  std::vector<std::unique_ptr<Part>> publishers_;
  std::vector<std::unique_ptr<Part>> subscribers_;
  std::int64_t changes_ = 0;
  std::int64_t redelivered_ = 0;
};

}  // namespace seam::events::fault

#endif  // TESTS_FAULT_EVENTS_EVENTS_UNDER_FIRE_H_
