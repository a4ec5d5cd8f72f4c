#include "orders/repository.h"

#include <cstddef>
#include <utility>

#include "seam/core/time.h"
#include "seam/sql/rows.h"

namespace shop::orders::repository {
namespace {

using seam::sql::Row;

// What ReadOrder reads, in its order. A macro, so that the statements stay literals.
#define ORDER_COLUMNS "id, customer_id, state, currency, total_minor, created_at, updated_at"

v1::Order ReadOrder(const Row& row) {
  v1::Order order;
  order.id = row.Text(0);
  order.customer_id = row.Text(1);
  order.state = static_cast<v1::OrderState>(row.Int64(2));
  auto& total = order.total.emplace();
  total.currency = row.Text(3);
  total.amount_minor = row.Int64(4);
  order.created_at = seam::TimestampFromUnixMilliseconds(row.Int64(5));
  order.updated_at = seam::TimestampFromUnixMilliseconds(row.Int64(6));
  return order;
}

std::int64_t Number(v1::OrderState state) { return static_cast<std::int64_t>(state); }

void ReadLines(Session& session, v1::Order& order) {
  session.Query(
      "SELECT product_id, quantity, name, price_minor FROM order_line WHERE order_id = $1 "
      "ORDER BY position",
      {order.id}, [&](const Row& row) {
        v1::OrderLine& line = order.lines.emplace_back();
        line.product_id = row.Text(0);
        line.quantity = row.Int64(1);
        line.name = row.Text(2);
        auto& price = line.unit_price.emplace();
        price.amount_minor = row.Int64(3);
        price.currency = order.total->currency;
      });
}

std::optional<seam::Error> FindRefusal(Session& session, std::string_view id) {
  auto refusal =
      session.QueryOne("SELECT code, reason, message FROM order_refusal WHERE order_id = $1", {id},
                       [](const Row& row) {
                         seam::Error error;
                         error.code = seam::CodeFromNumber(static_cast<std::int32_t>(row.Int64(0)));
                         error.reason = row.Text(1);
                         error.message = row.Text(2);
                         return error;
                       });
  if (!refusal) return std::nullopt;
  session.Query("SELECT name, value FROM order_refusal_detail WHERE order_id = $1", {id},
                [&](const Row& row) { refusal->metadata.emplace(row.Text(0), row.Text(1)); });
  return refusal;
}

}  // namespace

std::optional<StoredOrder> FindOrder(Session& session, std::string_view id) {
  auto stored = session.QueryOne("SELECT " ORDER_COLUMNS
                                 ", settled, placed_at FROM customer_order WHERE id = $1",
                                 {id}, [](const Row& row) {
                                   return StoredOrder{.order = ReadOrder(row),
                                                      .settled = row.Int64(7) != 0,
                                                      .was_placed = !row.IsNull(8),
                                                      .refusal = std::nullopt};
                                 });
  if (!stored) return std::nullopt;
  ReadLines(session, stored->order);
  if (stored->order.state == v1::OrderState::ORDER_STATE_REJECTED) {
    stored->refusal = FindRefusal(session, id);
  }
  return stored;
}

std::string FindCustomer(Session& session, std::string_view id) {
  return session
      .QueryOne("SELECT customer_id FROM customer_order WHERE id = $1", {id},
                [](const Row& row) { return std::string(row.Text(0)); })
      .value();
}

std::optional<std::string> FindIdByKey(Session& session, std::string_view customer_id,
                                       std::string_view idempotency_key) {
  return session.QueryOne(
      "SELECT id FROM customer_order WHERE customer_id = $1 AND idempotency_key = $2",
      {customer_id, idempotency_key}, [](const Row& row) { return std::string(row.Text(0)); });
}

bool InsertOrder(Session& session, const v1::Order& order, std::string_view idempotency_key,
                 std::int64_t now) {
  const bool inserted =
      session.Execute(
          "INSERT INTO customer_order (id, customer_id, idempotency_key, state, settled, currency, "
          "total_minor, created_at, updated_at, touched_at) "
          "VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $7, $7) "
          "ON CONFLICT (customer_id, idempotency_key) DO NOTHING",
          {order.id, order.customer_id, idempotency_key,
           Number(v1::OrderState::ORDER_STATE_PENDING), order.total->currency,
           order.total->amount_minor, now}) == 1;
  if (!inserted) return false;
  std::vector<seam::sql::Value> lines;
  std::int64_t position = 0;
  for (const v1::OrderLine& line : order.lines) {
    lines.insert(lines.end(), {order.id, position++, line.product_id, line.quantity, line.name,
                               line.unit_price->amount_minor});
  }
  seam::sql::InsertRows(
      session,
      "INSERT INTO order_line (order_id, position, product_id, quantity, name, price_minor) VALUES",
      6, lines);
  return true;
}

bool MoveOrder(Session& session, std::string_view id, v1::OrderState from, v1::OrderState to,
               std::int64_t now) {
  std::optional<std::int64_t> placed_at;
  if (to == v1::OrderState::ORDER_STATE_PLACED) placed_at = now;
  return session.Execute(
             "UPDATE customer_order SET state = $3, settled = 0, updated_at = $4, touched_at = $4, "
             "placed_at = COALESCE(CAST($5 AS BIGINT), placed_at) WHERE id = $1 AND state = $2",
             {id, Number(from), Number(to), now, placed_at}) == 1;
}

void InsertRefusal(Session& session, std::string_view id, const seam::Error& refusal) {
  session.Execute(
      "INSERT INTO order_refusal (order_id, code, reason, message) VALUES ($1, $2, $3, $4)",
      {id, static_cast<std::int64_t>(refusal.code), refusal.reason, refusal.message});
  for (const auto& [name, value] : refusal.metadata) {
    session.Execute("INSERT INTO order_refusal_detail (order_id, name, value) VALUES ($1, $2, $3)",
                    {id, name, value});
  }
}

bool SettleOrder(Session& session, std::string_view id, v1::OrderState state) {
  return session.Execute(
             "UPDATE customer_order SET settled = 1 WHERE id = $1 AND state = $2 AND settled = 0",
             {id, Number(state)}) == 1;
}

Page ListOrders(Session& session, std::string_view customer_id, std::string_view before,
                std::int64_t size, std::int64_t lines) {
  Page page;
  session.Query("SELECT " ORDER_COLUMNS
                " FROM customer_order WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                {customer_id, before, size + 1}, [&](const Row& row) {
                  page.more = std::cmp_equal(page.orders.size(), size);
                  if (!page.more) page.orders.push_back(ReadOrder(row));
                });
  for (std::size_t i = 0; i < page.orders.size(); ++i) {
    if (lines <= 0) {
      page.orders.resize(i);
      page.more = true;
      break;
    }
    ReadLines(session, page.orders[i]);
    lines -= std::ssize(page.orders[i].lines);
  }
  return page;
}

std::vector<Unsettled> FindUnsettled(Session& session, std::int64_t now, std::int64_t age,
                                     std::int64_t size) {
  std::vector<Unsettled> orders;
  session.Query(
      "SELECT id, touched_at FROM customer_order "
      "WHERE settled = 0 AND (touched_at <= $1 OR touched_at > $2) "
      "ORDER BY touched_at, id LIMIT $3",
      {now - age, now + age, size}, [&](const Row& row) {
        orders.push_back({.id = std::string(row.Text(0)), .touched_at = row.Int64(1)});
      });
  return orders;
}

bool TouchOrder(Session& session, const Unsettled& order, std::int64_t now) {
  return session.Execute(
             "UPDATE customer_order SET touched_at = $3 "
             "WHERE id = $1 AND touched_at = $2 AND settled = 0",
             {order.id, order.touched_at, now}) == 1;
}

bool TakeLease(Session& session, std::string_view holder, std::int64_t now, std::int64_t span) {
  return session.Execute(
             "INSERT INTO recovery_lease (id, holder, until) VALUES (1, $1, $3) "
             "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until "
             "WHERE recovery_lease.holder = excluded.holder OR recovery_lease.until <= $2 "
             "OR recovery_lease.until > $4",
             {holder, now, now + span, now + 2 * span}) == 1;
}

void ReturnLease(Session& session, std::string_view holder) {
  session.Execute("DELETE FROM recovery_lease WHERE holder = $1", {holder});
}

}  // namespace shop::orders::repository
