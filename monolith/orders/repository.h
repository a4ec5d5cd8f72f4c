#ifndef ORDERS_REPOSITORY_H_
#define ORDERS_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/error.h"
#include "seam/sql/database.h"
#include "shop/orders/v1/orders_types.h"

namespace shop::orders {

// An order as the module keeps it.
struct StoredOrder {
  v1::Order order;
  bool settled = false;                // Products knows all there is to know about it.
  bool was_placed = false;             // Also of an order that was cancelled later.
  std::optional<seam::Error> refusal;  // Why a REJECTED order was refused.
};

}  // namespace shop::orders

// The module's statements, one function each, in the SQL that all engines understand. Rules are the
// service's and the saga's: nothing here decides. What several statements have to agree on, the
// caller puts in one transaction. Throws seam::sql::SqlError. Times are milliseconds since 1970.
namespace shop::orders::repository {

using seam::sql::Session;

// With its lines, and with its refusal if it has one. Several statements: for one transaction.
[[nodiscard]] std::optional<StoredOrder> FindOrder(Session& session, std::string_view id);

// Whose order it is. It must be there.
[[nodiscard]] std::string FindCustomer(Session& session, std::string_view id);

// The id of the customer's order with that key.
[[nodiscard]] std::optional<std::string> FindIdByKey(Session& session, std::string_view customer_id,
                                                     std::string_view idempotency_key);

// Inserts a PENDING order with its lines. False when the customer has an order with that key; then
// nothing has changed.
[[nodiscard]] bool InsertOrder(Session& session, const v1::Order& order,
                               std::string_view idempotency_key, std::int64_t now);

// False, and nothing changed, unless the order is there in the state `from`. It is not settled
// afterwards.
[[nodiscard]] bool MoveOrder(Session& session, std::string_view id, v1::OrderState from,
                             v1::OrderState to, std::int64_t now);

void InsertRefusal(Session& session, std::string_view id, const seam::Error& refusal);

// False, and nothing changed, unless the order is there in that state and not settled.
bool SettleOrder(Session& session, std::string_view id, v1::OrderState state);

struct Page {
  std::vector<v1::Order> orders;
  bool more = false;  // There are orders after these.
};

// Orders of the customer with ids below `before`, by descending id: up to `size` of them, and fewer
// when these have `lines` lines or more between them.
[[nodiscard]] Page ListOrders(Session& session, std::string_view customer_id,
                              std::string_view before, std::int64_t size, std::int64_t lines);

// An order that is not settled.
struct Unsettled {
  std::string id;
  std::int64_t touched_at = 0;
};

// Up to `size` orders that nobody has touched for `age`, those that have waited longest first. An
// order that was touched later than `age` from now is one of them: the clock was set back.
[[nodiscard]] std::vector<Unsettled> FindUnsettled(Session& session, std::int64_t now,
                                                   std::int64_t age, std::int64_t size);

// Makes the order wait at the end of the queue again. False, and nothing changed, when somebody has
// touched or settled it since it was found.
[[nodiscard]] bool TouchOrder(Session& session, const Unsettled& order, std::int64_t now);

// Takes the lease for `span`. False, and nothing changed, while another holder has it. One that has
// it for more than two spans does not: the clock was set back since.
[[nodiscard]] bool TakeLease(Session& session, std::string_view holder, std::int64_t now,
                             std::int64_t span);
void ReturnLease(Session& session, std::string_view holder);

}  // namespace shop::orders::repository

#endif  // ORDERS_REPOSITORY_H_
