#include "orders/saga.h"

#include <chrono>
#include <stdexcept>

#include "seam/core/time.h"
#include "shop/orders/v1/order_events_publisher.h"

namespace shop::orders {
namespace {

using seam::Code;
using seam::Context;
using seam::Error;
using seam::Forward;
using seam::Result;
using seam::sql::Session;
using v1::OrderState;

constexpr OrderState kPending = OrderState::ORDER_STATE_PENDING;
constexpr OrderState kPlaced = OrderState::ORDER_STATE_PLACED;
constexpr OrderState kCancelled = OrderState::ORDER_STATE_CANCELLED;
constexpr OrderState kRejected = OrderState::ORDER_STATE_REJECTED;

// Whether products has refused for good: it was asked, and asking again would get the same answer.
// A handler that is busy, broken or out of time has not decided anything.
bool IsRefusal(const Error& error) {
  if (error.origin != seam::Origin::kHandler) return false;
  switch (error.code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
    case Code::kOutOfRange: return true;
    default: return false;
  }
}

products::v1::ReserveStockRequest ReservationOf(const v1::Order& order) {
  products::v1::ReserveStockRequest request;
  request.reservation_id = order.id;
  request.lines.reserve(order.lines.size());
  for (const v1::OrderLine& line : order.lines) {
    products::v1::StockLine& stock = request.lines.emplace_back();
    stock.product_id = line.product_id;
    stock.quantity = line.quantity;
  }
  return request;
}

// What InsertOrder has stored.
StoredOrder TakenDown(const v1::Order& order, std::int64_t now) {
  StoredOrder stored;
  stored.order = order;
  stored.order.state = kPending;
  stored.order.created_at = seam::TimestampFromUnixMilliseconds(now);
  stored.order.updated_at = stored.order.created_at;
  return stored;
}

// What MoveOrder has made of a PENDING order.
StoredOrder Placed(StoredOrder stored, std::int64_t now) {
  stored.order.state = kPlaced;
  stored.order.updated_at = seam::TimestampFromUnixMilliseconds(now);
  stored.was_placed = true;
  return stored;
}

seam::events::Publication PublicationOf(const OrdersOptions& options) {
  seam::events::Publication publication{.source = "orders", .clock = options.clock};
  for (const auto& destination : options.destinations) {
    publication.destinations.push_back(destination->name());
  }
  return publication;
}

}  // namespace

Saga::Saga(seam::sql::Database& database, products::v1::ProductsClient& products,
           const OrdersOptions& options, seam::events::Relay* relay)
    : database_(database),
      products_(products),
      options_(options),
      publication_(PublicationOf(options)),
      relay_(relay) {}

std::int64_t Saga::Now() const {
  return std::chrono::floor<std::chrono::milliseconds>(options_.clock()).time_since_epoch().count();
}

void Saga::Done(PlacingStep step) const {
  if (options_.after_step) options_.after_step(step);
}

void Saga::WakeRelay() const {
  if (relay_ != nullptr) relay_->Wake();
}

template <class Event>
void Saga::Tell(Session& session, const Context& context, const Event& event) const {
  if (publication_.destinations.empty()) return;
  seam::events::SqlOutbox outbox(session, publication_);
  const auto told = v1::OrderEventsPublisher(outbox).Publish(context, event);
  // No order that was taken down is such that its events cannot be written.
  if (!told) throw std::logic_error(seam::ToString(told.error()));
}

bool Saga::MoveToPlaced(Session& session, const Context& context, const v1::Order& order,
                        std::int64_t now) const {
  if (!repository::MoveOrder(session, order.id, kPending, kPlaced, now)) return false;
  v1::OrderPlaced event;
  event.order_id = order.id;
  event.customer_id = order.customer_id;
  for (const v1::OrderLine& line : order.lines) {
    v1::PlacedLine& placed = event.lines.emplace_back();
    placed.product_id = line.product_id;
    placed.quantity = line.quantity;
  }
  event.total = order.total;
  event.placed_at = seam::TimestampFromUnixMilliseconds(now);
  Tell(session, context, event);
  return true;
}

bool Saga::MoveToCancelled(Session& session, const Context& context, const std::string& id,
                           OrderState from, std::int64_t now) const {
  if (!repository::MoveOrder(session, id, from, kCancelled, now)) return false;
  v1::OrderCancelled event;
  event.order_id = id;
  event.customer_id = repository::FindCustomer(session, id);
  event.cancelled_at = seam::TimestampFromUnixMilliseconds(now);
  Tell(session, context, event);
  return true;
}

std::optional<StoredOrder> Saga::Find(const Context& context, const std::string& id) const {
  return database_.ReadSnapshot(
      context, [&](Session& session) { return repository::FindOrder(session, id); });
}

StoredOrder Saga::TakeDown(const Context& context, const std::string& key, const v1::Order& order) {
  bool inserted = false;
  StoredOrder stored = database_.Write(context, [&](Session& session) {
    const std::int64_t now = Now();
    inserted = repository::InsertOrder(session, order, key, now);
    if (inserted) return TakenDown(order, now);
    const auto other = repository::FindIdByKey(session, order.customer_id, key);
    return repository::FindOrder(session, other.value()).value();
  });
  if (inserted) Done(PlacingStep::kTakenDown);
  return stored;
}

Result<StoredOrder> Saga::Place(const Context& context, const StoredOrder& stored) {
  if (stored.order.state != kPending) return stored;
  const std::string& id = stored.order.id;
  const auto reserved = products_.ReserveStock(context, ReservationOf(stored.order));
  if (!reserved && !IsRefusal(reserved.error())) return Forward(reserved.error());
  if (reserved) Done(PlacingStep::kReserved);
  bool placed = false;
  StoredOrder now_stored = database_.Write(context, [&](Session& session) {
    const std::int64_t now = Now();
    // When a guarded change does nothing, somebody else has decided meanwhile, and that stands.
    if (reserved) {
      placed = MoveToPlaced(session, context, stored.order, now);
      if (placed) return Placed(stored, now);
    } else if (reserved.error().reason == "RESERVATION_RELEASED") {
      // Whoever releases has cancelled or refused the order before; if not, it ends here, because
      // this id gets no stock any more.
      static_cast<void>(MoveToCancelled(session, context, id, kPending, now));
    } else if (repository::MoveOrder(session, id, kPending, kRejected, now)) {
      repository::InsertRefusal(session, id, reserved.error());
    }
    return repository::FindOrder(session, id).value();
  });
  WakeRelay();
  if (placed) Done(PlacingStep::kPlaced);
  return now_stored;
}

StoredOrder Saga::Abandon(const Context& context, const std::string& id) {
  StoredOrder stored = database_.Write(context, [&](Session& session) {
    static_cast<void>(MoveToCancelled(session, context, id, kPending, Now()));
    return repository::FindOrder(session, id).value();
  });
  WakeRelay();
  return stored;
}

StoredOrder Saga::Cancel(const Context& context, const std::string& id) {
  StoredOrder stored = database_.Write(context, [&](Session& session) {
    const std::int64_t now = Now();
    if (!MoveToCancelled(session, context, id, kPending, now)) {
      static_cast<void>(MoveToCancelled(session, context, id, kPlaced, now));
    }
    return repository::FindOrder(session, id).value();
  });
  WakeRelay();
  return stored;
}

Result<bool> Saga::ReserveAgain(const Context& context, const StoredOrder& stored) {
  const auto reserved = products_.ReserveStock(context, ReservationOf(stored.order));
  if (!reserved && !IsRefusal(reserved.error())) return Forward(reserved.error());
  return reserved.has_value();
}

Result<void> Saga::Settle(const Context& context, const StoredOrder& stored) {
  if (stored.settled || stored.order.state == kPending) return {};
  const std::string& id = stored.order.id;
  if (stored.order.state == kPlaced) {
    products::v1::ConfirmReservationRequest request;
    request.reservation_id = id;
    const auto confirmed = products_.ConfirmReservation(context, request);
    if (!confirmed) {
      // An order that was cancelled meanwhile is settled by its release.
      const auto current = Find(context, id);
      if (current && current->order.state != kPlaced) return {};
      return Forward(confirmed.error());
    }
    Done(PlacingStep::kConfirmed);
  } else {
    products::v1::ReleaseReservationRequest request;
    request.reservation_id = id;
    const auto released = products_.ReleaseReservation(context, request);
    if (!released) return Forward(released.error());
  }
  database_.Write(context, [&](Session& session) {
    // Guarded by the state: what was confirmed may have been cancelled since.
    repository::SettleOrder(session, id, stored.order.state);
  });
  return {};
}

}  // namespace shop::orders
