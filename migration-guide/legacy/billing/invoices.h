#ifndef BILLING_INVOICES_H
#define BILLING_INVOICES_H

#include <cstdint>
#include <string>
#include <vector>

#include "common/basket.h"
#include "common/errors.h"

namespace billing {

class CreditExceeded : public common::Refused {
public:
    using Refused::Refused;
};

struct Invoice {
    std::string number;
    int64_t order_id = 0;
    std::string day;
    std::string due_day;
    int64_t amount = 0;
    int64_t vat = 0;  // Part of the amount.
    std::string state;
};

class Invoices {
public:
    // Charges the basket to the customer, or throws CreditExceeded. Part of the caller's
    // transaction.
    void create(common::Basket &basket);

    Invoice get(const std::string &number) const;
    std::vector<Invoice> ofCustomer(int64_t customer_id) const;

    // What the customer owes.
    int64_t unpaid(int64_t customer_id) const;

    void pay(const std::string &number);

    // Nobody has to pay it. Throws if somebody did.
    void cancel(const std::string &number);

private:
    std::string nextNumber() const;
};

}  // namespace billing

#endif
