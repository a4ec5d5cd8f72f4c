#ifndef CUSTOMERS_CUSTOMER_BOOK_H
#define CUSTOMERS_CUSTOMER_BOOK_H

#include <cstdint>
#include <string>

#include "common/basket.h"

namespace orders {
class OrderDesk;
}

namespace customers {

struct Customer {
    int64_t id = 0;
    std::string email;
    std::string name;
    int64_t credit_limit = 0;
};

struct Rank {
    std::string name;
    int discount_percent = 0;
};

class CustomerBook {
public:
    // Ranks depend on what was ordered. To be called before anything else.
    void setOrderDesk(const orders::OrderDesk *order_desk) { order_desk_ = order_desk; }

    void add(const std::string &email, const std::string &name, int64_t credit_limit);
    Customer get(const std::string &email) const;
    Customer get(int64_t id) const;
    void setCreditLimit(const std::string &email, int64_t credit_limit);
    Rank rank(const Customer &customer) const;

    // Fills in who buys, the discount of their rank, and the total.
    void identify(common::Basket &basket) const;

private:
    const orders::OrderDesk *order_desk_ = nullptr;
};

}  // namespace customers

#endif
