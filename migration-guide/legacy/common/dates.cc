#include "common/dates.h"

#include "common/database.h"

namespace common {

bool isDay(const std::string &text) {
    return text.size() == 10 && addDays(text, 0) == text;
}

std::string addDays(const std::string &day, int days) {
    Statement select("SELECT date(?, ?)");
    select.bind(day).bind(std::to_string(days) + " days");
    select.step();
    return select.text(0);
}

}  // namespace common
