#include "customers/customer_book.h"

#include "common/database.h"
#include "common/errors.h"
#include "common/money.h"
#include "orders/order_desk.h"

namespace customers {

using common::BadInput;
using common::NotFound;
using common::Refused;
using common::Statement;

namespace {

const int64_t kSilver = 50000;
const int64_t kGold = 200000;

Customer read(const Statement &row) {
    return {row.number(0), row.text(1), row.text(2), row.number(3)};
}

}  // namespace

void CustomerBook::add(const std::string &email, const std::string &name, int64_t credit_limit) {
    const std::size_t at = email.find('@');
    if (at == 0 || at == std::string::npos || at + 1 == email.size()) {
        throw BadInput("'" + email + "' is not an e-mail address");
    }
    if (name.empty()) {
        throw BadInput("a customer needs a name");
    }
    try {
        Statement("INSERT INTO customer (email, name, credit_limit) VALUES (?, ?, ?)")
            .bind(email)
            .bind(name)
            .bind(credit_limit)
            .run();
    } catch (const common::DatabaseError &error) {
        if (error.constraint()) {
            throw Refused("there is a customer " + email + " already");
        }
        throw;
    }
}

Customer CustomerBook::get(const std::string &email) const {
    Statement select("SELECT id, email, name, credit_limit FROM customer WHERE email = ?");
    select.bind(email);
    if (!select.step()) {
        throw NotFound("there is no customer " + email);
    }
    return read(select);
}

Customer CustomerBook::get(int64_t id) const {
    Statement select("SELECT id, email, name, credit_limit FROM customer WHERE id = ?");
    select.bind(id);
    if (!select.step()) {
        throw NotFound("there is no customer number " + std::to_string(id));
    }
    return read(select);
}

void CustomerBook::setCreditLimit(const std::string &email, int64_t credit_limit) {
    const Customer customer = get(email);
    Statement("UPDATE customer SET credit_limit = ? WHERE id = ?")
        .bind(credit_limit)
        .bind(customer.id)
        .run();
}

Rank CustomerBook::rank(const Customer &customer) const {
    const int64_t spent = order_desk_->totalSpent(customer.id);
    if (spent >= kGold) {
        return {"gold", 10};
    }
    if (spent >= kSilver) {
        return {"silver", 5};
    }
    return {"standard", 0};
}

void CustomerBook::identify(common::Basket &basket) const {
    const Customer customer = get(basket.email);
    basket.customer_id = customer.id;
    basket.credit_limit = customer.credit_limit;
    basket.discount_percent = rank(customer).discount_percent;
    basket.total = basket.subtotal - common::percentOf(basket.subtotal, basket.discount_percent);
}

}  // namespace customers
