#include "billing/invoices.h"

#include "common/database.h"
#include "common/dates.h"
#include "common/money.h"
#include "common/settings.h"

namespace billing {

using common::Refused;
using common::Settings;
using common::Statement;

namespace {

// The part of a gross amount that is VAT, to the nearest cent.
int64_t vatIn(int64_t gross, int64_t percent) {
    return (gross * percent * 2 + 100 + percent) / (2 * (100 + percent));
}

Invoice read(const Statement &row) {
    const int64_t amount = row.number(4);
    return {row.text(0), row.number(1), row.text(2),
            row.text(3), amount,        vatIn(amount, row.number(5)),
            row.text(6)};
}

void setState(const std::string &number, const std::string &state) {
    Statement("UPDATE invoice SET state = ? WHERE number = ?").bind(state).bind(number).run();
}

}  // namespace

void Invoices::create(common::Basket &basket) {
    const int64_t owed = unpaid(basket.customer_id);
    if (owed + basket.total > basket.credit_limit) {
        throw CreditExceeded(basket.email + " owes " + common::formatMoney(owed) +
                             ", with this order it would be more than the limit of " +
                             common::formatMoney(basket.credit_limit));
    }
    const Settings &settings = Settings::instance();
    basket.invoice_number = nextNumber();
    Statement("INSERT INTO invoice (number, order_id, customer_id, day, due_day, amount, "
              "                     vat_percent, state) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, 'open')")
        .bind(basket.invoice_number)
        .bind(basket.order_id)
        .bind(basket.customer_id)
        .bind(settings.businessDay())
        .bind(common::addDays(settings.businessDay(), settings.paymentDays()))
        .bind(basket.total)
        .bind(settings.vatPercent())
        .run();
}

Invoice Invoices::get(const std::string &number) const {
    Statement select("SELECT number, order_id, day, due_day, amount, vat_percent, state "
                     "FROM invoice WHERE number = ?");
    select.bind(number);
    if (!select.step()) {
        throw common::NotFound("there is no invoice " + number);
    }
    return read(select);
}

std::vector<Invoice> Invoices::ofCustomer(int64_t customer_id) const {
    Statement select("SELECT number, order_id, day, due_day, amount, vat_percent, state "
                     "FROM invoice WHERE customer_id = ? ORDER BY number");
    select.bind(customer_id);
    std::vector<Invoice> invoices;
    while (select.step()) {
        invoices.push_back(read(select));
    }
    return invoices;
}

int64_t Invoices::unpaid(int64_t customer_id) const {
    Statement select("SELECT coalesce(sum(amount), 0) FROM invoice "
                     "WHERE customer_id = ? AND state = 'open'");
    select.bind(customer_id);
    select.step();
    return select.number(0);
}

void Invoices::pay(const std::string &number) {
    const Invoice invoice = get(number);
    if (invoice.state != "open") {
        throw Refused("invoice " + number + " is " + invoice.state + " already");
    }
    setState(number, "paid");
}

void Invoices::cancel(const std::string &number) {
    if (get(number).state == "paid") {
        throw Refused("invoice " + number + " is paid, the order cannot be cancelled");
    }
    setState(number, "void");
}

// Numbers have no gaps, and begin anew each year.
std::string Invoices::nextNumber() const {
    const std::string year = Settings::instance().businessDay().substr(0, 4);
    Statement select("SELECT count(*) FROM invoice WHERE number LIKE ?");
    select.bind(year + "-%");
    select.step();
    const std::string count = std::to_string(select.number(0) + 1);
    return year + "-" + std::string(count.size() < 4 ? 4 - count.size() : 0, '0') + count;
}

}  // namespace billing
