#include "customers/reminders.h"

#include "common/database.h"
#include "common/settings.h"

namespace billing {
int64_t recordLateFee(const std::string &invoice_number);
}

namespace customers {

using common::Statement;

std::vector<Reminder> sendReminders() {
    const std::string today = common::Settings::instance().businessDay();
    common::Transaction transaction;
    std::vector<Reminder> reminders;
    Statement select("SELECT customer.email, customer.name, invoice.number, invoice.due_day, "
                     "       invoice.amount "
                     "FROM invoice JOIN customer ON customer.id = invoice.customer_id "
                     "WHERE invoice.state = 'open' AND invoice.due_day < ? "
                     "  AND NOT EXISTS (SELECT 1 FROM reminder "
                     "                  WHERE invoice_number = invoice.number AND day = ?) "
                     "ORDER BY invoice.number");
    select.bind(today).bind(today);
    while (select.step()) {
        reminders.push_back(
            {select.text(0), select.text(1), select.text(2), select.text(3), select.number(4), 0});
    }
    for (Reminder &reminder : reminders) {
        Statement("INSERT INTO reminder (invoice_number, day) VALUES (?, ?)")
            .bind(reminder.invoice_number)
            .bind(today)
            .run();
        reminder.fee = billing::recordLateFee(reminder.invoice_number);
        reminder.amount += reminder.fee;
    }
    transaction.commit();
    return reminders;
}

}  // namespace customers
