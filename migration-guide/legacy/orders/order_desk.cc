#include "orders/order_desk.h"

#include "common/database.h"
#include "common/errors.h"
#include "common/settings.h"

namespace orders {

using common::Basket;
using common::BasketLine;
using common::Statement;
using common::Transaction;

OrderDesk::OrderDesk(catalogue::Catalogue &catalogue, stock::Warehouse &warehouse,
                     customers::CustomerBook &customers, billing::Invoices &invoices)
    : catalogue_(catalogue), warehouse_(warehouse), customers_(customers), invoices_(invoices) {}

void OrderDesk::place(Basket &basket) {
    const std::string today = common::Settings::instance().businessDay();
    Transaction transaction;
    catalogue_.priceBasket(basket);
    customers_.identify(basket);
    warehouse_.take(basket);

    Statement("INSERT INTO customer_order (customer_id, day, state, discount_percent, total) "
              "VALUES (?, ?, 'placed', ?, ?)")
        .bind(basket.customer_id)
        .bind(today)
        .bind(basket.discount_percent)
        .bind(basket.total)
        .run();
    basket.order_id = common::Database::instance().lastId();
    for (const BasketLine &line : basket.lines) {
        Statement("INSERT INTO order_line (order_id, sku, quantity, unit_price) "
                  "VALUES (?, ?, ?, ?)")
            .bind(basket.order_id)
            .bind(line.sku)
            .bind(line.quantity)
            .bind(line.unit_price)
            .run();
    }

    invoices_.create(basket);
    Statement("UPDATE customer_order SET invoice_number = ? WHERE id = ?")
        .bind(basket.invoice_number)
        .bind(basket.order_id)
        .run();
    transaction.commit();
    warehouse_.afterSale(basket);
}

void OrderDesk::cancel(int64_t id) {
    const Order order = get(id);
    if (order.state == "cancelled") {
        throw common::Refused("order " + std::to_string(id) + " is cancelled already");
    }
    Transaction transaction;
    invoices_.cancel(order.invoice_number);
    for (const OrderLine &line : order.lines) {
        warehouse_.putBack(line.sku, line.quantity);
    }
    Statement("UPDATE customer_order SET state = 'cancelled' WHERE id = ?").bind(id).run();
    transaction.commit();
    for (const OrderLine &line : order.lines) {
        warehouse_.afterReturn(line.sku, line.quantity);
    }
}

Order OrderDesk::get(int64_t id) const {
    Statement select("SELECT id, customer_id, day, state, discount_percent, total, invoice_number "
                     "FROM customer_order WHERE id = ?");
    select.bind(id);
    if (!select.step()) {
        throw common::NotFound("there is no order " + std::to_string(id));
    }
    return {select.number(0),
            select.number(1),
            select.text(2),
            select.text(3),
            static_cast<int>(select.number(4)),
            select.number(5),
            select.text(6),
            lines(id)};
}

std::vector<Order> OrderDesk::ofCustomer(const std::string &email) const {
    Statement select("SELECT id FROM customer_order WHERE customer_id = ? ORDER BY id");
    select.bind(customers_.get(email).id);
    std::vector<Order> orders;
    while (select.step()) {
        orders.push_back(get(select.number(0)));
    }
    return orders;
}

int64_t OrderDesk::totalSpent(int64_t customer_id) const {
    Statement select("SELECT coalesce(sum(total), 0) FROM customer_order "
                     "WHERE customer_id = ? AND state = 'placed'");
    select.bind(customer_id);
    select.step();
    return select.number(0);
}

std::vector<OrderLine> OrderDesk::lines(int64_t order_id) const {
    Statement select("SELECT sku, quantity, unit_price FROM order_line "
                     "WHERE order_id = ? ORDER BY sku");
    select.bind(order_id);
    std::vector<OrderLine> lines;
    while (select.step()) {
        OrderLine line;
        line.sku = select.text(0);
        line.name = catalogue_.get(line.sku).name;
        line.quantity = static_cast<int>(select.number(1));
        line.unit_price = select.number(2);
        lines.push_back(line);
    }
    return lines;
}

}  // namespace orders
