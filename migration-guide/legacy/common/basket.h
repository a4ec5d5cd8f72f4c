#ifndef COMMON_BASKET_H
#define COMMON_BASKET_H

#include <cstdint>
#include <string>
#include <vector>

namespace common {

struct BasketLine {
    std::string sku;
    int quantity = 0;
    int64_t unit_price = 0;  // The catalogue's, in cents.
    int left = 0;            // What the warehouse has after this sale.
};

// What a customer wants to buy. It goes through the shop and collects what each part knows.
struct Basket {
    std::string email;
    std::vector<BasketLine> lines;
    int64_t subtotal = 0;

    int64_t customer_id = 0;
    int64_t credit_limit = 0;
    int discount_percent = 0;
    int64_t total = 0;

    int64_t order_id = 0;
    std::string invoice_number;
};

}  // namespace common

#endif
