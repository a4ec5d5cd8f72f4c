#ifndef ORDERS_ORDER_DESK_H
#define ORDERS_ORDER_DESK_H

#include <cstdint>
#include <string>
#include <vector>

#include "billing/invoices.h"
#include "catalogue/catalogue.h"
#include "common/basket.h"
#include "customers/customer_book.h"
#include "stock/warehouse.h"

namespace orders {

struct OrderLine {
    std::string sku;
    std::string name;
    int quantity = 0;
    int64_t unit_price = 0;
};

struct Order {
    int64_t id = 0;
    int64_t customer_id = 0;
    std::string day;
    std::string state;
    int discount_percent = 0;
    int64_t total = 0;
    std::string invoice_number;
    std::vector<OrderLine> lines;
};

class OrderDesk {
public:
    OrderDesk(catalogue::Catalogue &catalogue, stock::Warehouse &warehouse,
              customers::CustomerBook &customers, billing::Invoices &invoices);

    // Sells what is in the basket, or throws and nothing has happened. The basket then has the
    // number of the order and of its invoice.
    void place(common::Basket &basket);

    // Takes the goods back, unless they were paid.
    void cancel(int64_t id);

    Order get(int64_t id) const;

    // The customer's orders, the first one first.
    std::vector<Order> ofCustomer(const std::string &email) const;

    // What the customer bought for, without what was cancelled.
    int64_t totalSpent(int64_t customer_id) const;

private:
    std::vector<OrderLine> lines(int64_t order_id) const;

    catalogue::Catalogue &catalogue_;
    stock::Warehouse &warehouse_;
    customers::CustomerBook &customers_;
    billing::Invoices &invoices_;
};

}  // namespace orders

#endif
