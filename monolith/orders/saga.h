#ifndef ORDERS_SAGA_H_
#define ORDERS_SAGA_H_

#include <cstdint>
#include <optional>
#include <string>

#include "orders/module.h"
#include "orders/repository.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/relay.h"
#include "seam/events/sql_outbox.h"
#include "seam/sql/database.h"
#include "shop/products/v1/products_client.h"

namespace shop::orders {

// Takes an order through its states, in step with the stock that products holds under its id:
//
//   taken down: PENDING ── ReserveStock ──▶ PLACED ── ConfirmReservation ──▶ settled
//                  │                          │
//                  │ refused, or cancelled    │ cancelled
//                  ▼                          ▼
//           REJECTED or CANCELLED ────── ReleaseReservation ──▶ settled
//
// Every step may be made again, and by several at once: a call, its repetition and the recovery
// worker may all be at one order. Each change of state is one guarded UPDATE that one of them wins,
// and each call to products carries the order's id and changes nothing the second time. Once a
// reservation was released, products refuses its id for good: so a settled order that is not PLACED
// holds no stock, however late a reservation that was sent for it may arrive.
//
// What an order becomes, PLACED or CANCELLED, is published in the transaction that makes it so.
//
// No transaction is open while products is called. Thread-safe. Throws seam::sql::SqlError.
class Saga {
 public:
  // All must outlive the saga. `relay` is woken when there is something to send; null for none.
  Saga(seam::sql::Database& database, products::v1::ProductsClient& products,
       const OrdersOptions& options, seam::events::Relay* relay = nullptr);

  // The time of the module's clock, in milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const;

  [[nodiscard]] std::optional<StoredOrder> Find(const seam::Context& context,
                                                const std::string& id) const;

  // Stores a PENDING order. When the customer's key has an order already, gives that one.
  [[nodiscard]] StoredOrder TakeDown(const seam::Context& context, const std::string& key,
                                     const v1::Order& order);

  // Reserves the stock of a PENDING order and gives the order in the state that it has then; one in
  // any other state comes back as it is. Fails when products could not be asked, or could not
  // decide: the order stays PENDING, and it may hold its stock.
  [[nodiscard]] seam::Result<StoredOrder> Place(const seam::Context& context,
                                                const StoredOrder& stored);

  // Cancels the order unless it was refused, and gives it in the state that it has then. It must
  // be there.
  [[nodiscard]] StoredOrder Cancel(const seam::Context& context, const std::string& id);

  // Cancels the order if it is PENDING, and gives it in the state that it has then: a call that has
  // placed it meanwhile has been answered. It must be there.
  [[nodiscard]] StoredOrder Abandon(const seam::Context& context, const std::string& id);

  // Reserves the stock of an order once more, and tells whether products holds it now; false when
  // products refuses. Fails when products could not be asked, or could not decide.
  [[nodiscard]] seam::Result<bool> ReserveAgain(const seam::Context& context,
                                                const StoredOrder& stored);

  // Tells products what has become of an order that is not PENDING, unless it is settled. Fails
  // with what products fails with.
  [[nodiscard]] seam::Result<void> Settle(const seam::Context& context, const StoredOrder& stored);

 private:
  void Done(PlacingStep step) const;
  void WakeRelay() const;

  // MoveOrder, and what it publishes.
  [[nodiscard]] bool MoveToPlaced(seam::sql::Session& session, const seam::Context& context,
                                  const v1::Order& order, std::int64_t now) const;
  [[nodiscard]] bool MoveToCancelled(seam::sql::Session& session, const seam::Context& context,
                                     const std::string& id, v1::OrderState from,
                                     std::int64_t now) const;
  template <class Event>
  void Tell(seam::sql::Session& session, const seam::Context& context, const Event& event) const;

  seam::sql::Database& database_;
  products::v1::ProductsClient& products_;
  const OrdersOptions& options_;
  const seam::events::Publication publication_;
  seam::events::Relay* const relay_;
};

}  // namespace shop::orders

#endif  // ORDERS_SAGA_H_
