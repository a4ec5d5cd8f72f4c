#ifndef COMMON_MONEY_H
#define COMMON_MONEY_H

#include <cstdint>
#include <string>

namespace common {

// "12.99" is 1299 cents. Throws BadInput for what is no amount below a million.
int64_t parseMoney(const std::string &text);

// 1299 cents are "12.99".
std::string formatMoney(int64_t cents);

// A share of an amount, rounded to the nearest cent.
int64_t percentOf(int64_t cents, int percent);

}  // namespace common

#endif
