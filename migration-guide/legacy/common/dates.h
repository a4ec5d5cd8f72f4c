#ifndef COMMON_DATES_H
#define COMMON_DATES_H

#include <string>

namespace common {

// Whether the text is a day of the calendar, as YYYY-MM-DD.
bool isDay(const std::string &text);

std::string addDays(const std::string &day, int days);

}  // namespace common

#endif
