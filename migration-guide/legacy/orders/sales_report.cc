#include "orders/sales_report.h"

#include "common/database.h"

namespace orders {

std::vector<SalesRow> salesByCategory(const std::string &from, const std::string &to) {
    common::Statement select(
        "SELECT product.category, count(DISTINCT customer_order.id), sum(order_line.quantity), "
        "       sum(order_line.quantity * order_line.unit_price) AS amount "
        "FROM order_line "
        "JOIN customer_order ON customer_order.id = order_line.order_id "
        "JOIN product ON product.sku = order_line.sku "
        "WHERE customer_order.state = 'placed' AND customer_order.day BETWEEN ? AND ? "
        "GROUP BY product.category ORDER BY amount DESC, product.category");
    select.bind(from).bind(to);
    std::vector<SalesRow> rows;
    while (select.step()) {
        rows.push_back({select.text(0), select.number(1), select.number(2), select.number(3)});
    }
    return rows;
}

}  // namespace orders
