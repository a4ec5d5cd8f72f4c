#include <cstdint>
#include <string>

#include "common/database.h"
#include "common/settings.h"

namespace billing {

using common::Settings;
using common::Statement;

// Adds the fee of the day to an invoice that is overdue, and returns how much it is.
int64_t recordLateFee(const std::string &invoice_number) {
    const int64_t fee = Settings::instance().lateFee();
    Statement("INSERT INTO late_fee (invoice_number, day, amount) VALUES (?, ?, ?)")
        .bind(invoice_number)
        .bind(Settings::instance().businessDay())
        .bind(fee)
        .run();
    Statement("UPDATE invoice SET amount = amount + ? WHERE number = ?")
        .bind(fee)
        .bind(invoice_number)
        .run();
    return fee;
}

}  // namespace billing
