#include "common/money.h"

#include "common/errors.h"

namespace common {

int64_t parseMoney(const std::string &text) {
    const std::size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    const std::string cents = point == std::string::npos ? "00" : text.substr(point + 1);
    const std::string digits = whole + cents;
    if (whole.empty() || whole.size() > 6 || cents.size() != 2 ||
        digits.find_first_not_of("0123456789") != std::string::npos) {
        throw BadInput("'" + text + "' is not an amount, use 12.99");
    }
    return std::stoll(digits);
}

std::string formatMoney(int64_t cents) {
    const int64_t positive = cents < 0 ? -cents : cents;
    std::string digits = std::to_string(positive);
    if (digits.size() < 3) {
        digits.insert(0, 3 - digits.size(), '0');
    }
    digits.insert(digits.size() - 2, ".");
    return (cents < 0 ? "-" : "") + digits;
}

int64_t percentOf(int64_t cents, int percent) {
    return (cents * percent + 50) / 100;
}

}  // namespace common
