#include "orders/recovery.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "seam/core/time.h"
#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "seam/sql/error.h"

namespace shop::orders {
namespace {

using seam::Context;
using seam::Error;
using seam::Result;
using seam::sql::Session;
using v1::OrderState;

// How long the calls for one order may take.
constexpr std::chrono::seconds kTimePerOrder{5};

// So many orders one after the other must find products unreachable before the pass ends: fewer may
// be those orders' own trouble.
constexpr int kUnreachableOrders = 3;

constexpr std::chrono::milliseconds kLongestPause{30'000};

// How long it may take to give the lease back; otherwise it lapses.
constexpr std::chrono::milliseconds kTimeToReturn{500};

bool IsUnreachable(const Error& error) {
  return error.origin != seam::Origin::kHandler || error.code == seam::Code::kUnavailable;
}

// Whether products says of an order that was placed that it holds nothing for it.
bool HasLostItsStock(const seam::Error& error) {
  return error.origin == seam::Origin::kHandler &&
         (error.reason == "RESERVATION_NOT_FOUND" || error.reason == "RESERVATION_RELEASED");
}

}  // namespace

Recovery::Recovery(seam::sql::Database& database, Saga& saga, const OrdersOptions& options,
                   seam::Log& log)
    : database_(database), saga_(saga), options_(options), log_(log), holder_(seam::NewUuidV7()) {}

Recovery::Pass Recovery::Run(const Context& caller) {
  // From before the time is read: waiting for the database counts as well.
  const Context context = caller.WithTimeout(options_.recovery_lease);
  Pass pass;
  try {
    // Asked without the lease first: in a shop where all goes well nobody writes for nothing.
    const std::int64_t now = saga_.Now();
    const bool due = database_.Read(context, [&](Session& session) {
      return !repository::FindUnsettled(session, now, options_.recovery_age.count(), 1).empty();
    });
    if (!due) return pass;
    const bool taken = database_.Write(context, [&](Session& session) {
      return repository::TakeLease(session, holder_, now, options_.recovery_lease.count());
    });
    if (!taken) return pass;
    pass = RunOnLease(context, now);
    ReturnLease();
  } catch (const std::exception& error) {
    if (!context.cancelled()) {
      log_.Warning("the recovery of orders is interrupted", {{"error", error.what()}});
    }
  }
  return pass;
}

Recovery::Pass Recovery::RunOnLease(const Context& context, std::int64_t now) {
  Pass pass;
  const std::vector<repository::Unsettled> orders = database_.Read(context, [&](Session& session) {
    return repository::FindUnsettled(session, now, options_.recovery_age.count(), kBatch);
  });
  int unreachable = 0;
  for (const repository::Unsettled& order : orders) {
    if (context.Check()) return pass;
    // Before it is tried, so that not even an order that ends the process is tried at once again.
    const bool touched = database_.Write(context, [&](Session& session) {
      return repository::TouchOrder(session, order, saga_.Now());
    });
    if (!touched) continue;
    const seam::TraceContext trace = seam::NewTrace();
    const auto finished = Finish(context.WithTrace(trace).WithTimeout(kTimePerOrder), order.id);
    if (finished) {
      ++pass.finished;
      unreachable = 0;
      continue;
    }
    if (context.cancelled()) return pass;
    ++pass.failed;
    log_.Warning("an order could not be finished; it will be tried again",
                 {{"order_id", order.id},
                  {"error", seam::ToString(finished.error())},
                  {"trace_id", seam::TraceIdText(trace)}});
    unreachable = IsUnreachable(finished.error()) ? unreachable + 1 : 0;
    if (unreachable == kUnreachableOrders) {
      pass.unreachable = true;
      return pass;
    }
  }
  pass.more = std::cmp_equal(orders.size(), kBatch);
  return pass;
}

void Recovery::ReturnLease() {
  database_.Write(Context().WithTimeout(kTimeToReturn),
                  [&](Session& session) { repository::ReturnLease(session, holder_); });
}

Result<void> Recovery::Finish(const Context& context, const std::string& id) {
  return seam::sql::Answer([&]() -> Result<void> {
    StoredOrder stored = saga_.Find(context, id).value();
    if (stored.order.state == OrderState::ORDER_STATE_PENDING) {
      const seam::SystemMilliseconds oldest(std::chrono::milliseconds(saga_.Now()) -
                                            options_.abandon_age);
      if (seam::ToSystemTime(*stored.order.created_at) <= oldest) {
        stored = saga_.Abandon(context, id);
      } else {
        auto placed = saga_.Place(context, stored);
        if (!placed) return seam::Forward(std::move(placed).error());
        stored = *std::move(placed);
      }
    }
    auto settled = saga_.Settle(context, stored);
    if (!settled && HasLostItsStock(settled.error())) {
      return Regain(context, stored, settled.error());
    }
    return settled;
  });
}

// Products may have been restored from an older copy, or somebody has released the reservation.
Result<void> Recovery::Regain(const Context& context, const StoredOrder& stored,
                              const seam::Error& loss) {
  const std::string& id = stored.order.id;
  auto regained = saga_.ReserveAgain(context, stored);
  if (!regained) return seam::Forward(std::move(regained).error());
  if (*regained) return saga_.Settle(context, stored);
  log_.Error("products holds no stock for an order that was placed; the order is cancelled",
             {{"order_id", id}, {"error", seam::ToString(loss)}});
  return saga_.Settle(context, saga_.Cancel(context, id));
}

RecoveryWorker::RecoveryWorker(Recovery& recovery, std::chrono::milliseconds interval)
    : recovery_(recovery), interval_(interval), thread_([this] { Work(); }) {}

RecoveryWorker::~RecoveryWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  stopped_.notify_all();
  thread_.join();
}

void RecoveryWorker::Work() {
  const Context context = Context().WithCancellation(stop_);
  std::chrono::milliseconds pause = interval_;
  while (!stop_.cancelled()) {
    const Recovery::Pass pass = recovery_.Run(context);
    if (pass.more && pass.failed == 0) continue;
    pause = pass.unreachable ? std::min(pause * 2, std::max(interval_, kLongestPause)) : interval_;
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, pause, [this] { return stop_.cancelled(); });
  }
}

}  // namespace shop::orders
