#ifndef CUSTOMERS_REMINDERS_H
#define CUSTOMERS_REMINDERS_H

#include <cstdint>
#include <string>
#include <vector>

namespace customers {

// A letter to somebody who has not paid.
struct Reminder {
    std::string email;
    std::string name;
    std::string invoice_number;
    std::string due_day;
    int64_t amount = 0;  // With the fee.
    int64_t fee = 0;
};

// Writes to everybody with an overdue invoice, once a day at most, and charges the late fee.
std::vector<Reminder> sendReminders();

}  // namespace customers

#endif
