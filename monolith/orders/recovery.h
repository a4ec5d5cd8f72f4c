#ifndef ORDERS_RECOVERY_H_
#define ORDERS_RECOVERY_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "orders/module.h"
#include "orders/repository.h"
#include "orders/saga.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace shop::orders {

// Finishes the orders that a broken-off call has left: places or, when they are too old, cancels
// those that are PENDING, and settles the others. For one thread; several, also of several
// processes, may each have one on the same database.
class Recovery {
 public:
  // Orders of one pass. It takes no longer than OrdersOptions::recovery_lease, so that two are
  // never at work by their clocks; if the clocks are wrong, the saga stands several at one order.
  static constexpr std::int64_t kBatch = 50;

  // All must outlive this object.
  Recovery(seam::sql::Database& database, Saga& saga, const OrdersOptions& options, seam::Log& log);

  // What a pass has found and done.
  struct Pass {
    int finished = 0;          // Orders with which nothing is left to do.
    int failed = 0;            // Orders that are taken up again after OrdersOptions::recovery_age.
    bool more = false;         // There may be others that are due.
    bool unreachable = false;  // Broken off, because products does not answer.
  };

  // Takes up the orders that have waited longest, each once, if another holder does not have the
  // lease. What fails is logged and goes to the end of the queue, so that an order that always
  // fails holds up no other. Ends early when `caller` is cancelled.
  Pass Run(const seam::Context& caller);

 private:
  Pass RunOnLease(const seam::Context& context, std::int64_t now);
  void ReturnLease();

  // Whether the order is settled now.
  [[nodiscard]] seam::Result<void> Finish(const seam::Context& context, const std::string& id);
  // For a PLACED order that products holds no stock for (any more): reserves it again, or cancels
  // the order when that is refused. A customer is better told so than left to wait.
  [[nodiscard]] seam::Result<void> Regain(const seam::Context& context, const StoredOrder& stored,
                                          const seam::Error& loss);

  seam::sql::Database& database_;
  Saga& saga_;
  const OrdersOptions& options_;
  seam::Log& log_;
  const std::string holder_;
};

// The thread that makes passes, until its destruction, which cancels the calls of the one at work.
class RecoveryWorker {
 public:
  // `recovery` must outlive the worker. While products does not answer, passes become rarer, down
  // to one in half a minute.
  RecoveryWorker(Recovery& recovery, std::chrono::milliseconds interval);
  RecoveryWorker(const RecoveryWorker&) = delete;
  RecoveryWorker& operator=(const RecoveryWorker&) = delete;
  ~RecoveryWorker();

 private:
  void Work();

  Recovery& recovery_;
  const std::chrono::milliseconds interval_;
  const seam::CancellationSource stop_;

  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace shop::orders

#endif  // ORDERS_RECOVERY_H_
