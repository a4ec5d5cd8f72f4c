#include "common/settings.h"

#include "common/database.h"
#include "common/dates.h"
#include "common/errors.h"
#include "common/money.h"

namespace common {
namespace {

const char kBusinessDay[] = "business-day";

bool isWholeNumber(const std::string &text, int most) {
    return !text.empty() && text.size() <= 3 &&
           text.find_first_not_of("0123456789") == std::string::npos && std::stoi(text) <= most;
}

}  // namespace

Settings &Settings::instance() {
    static Settings settings;
    return settings;
}

void Settings::load() {
    Statement select("SELECT name, value FROM setting");
    while (select.step()) {
        if (select.text(0) == kBusinessDay) {
            business_day_ = select.text(1);
        } else {
            values_[select.text(0)] = select.text(1);
        }
    }
}

void Settings::set(const std::string &name, const std::string &value) {
    if (values_.count(name) == 0) {
        throw NotFound("there is no setting " + name);
    }
    if (name == "currency") {
        if (value.size() != 3 ||
            value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
            throw BadInput("a currency has three capital letters, not '" + value + "'");
        }
    } else if (name == "late-fee") {
        parseMoney(value);
    } else if (!isWholeNumber(value, name == "payment-days" ? 365 : 90)) {
        throw BadInput(name + " cannot be '" + value + "'");
    }
    store(name, value);
    values_[name] = value;
}

const std::string &Settings::businessDay() const {
    if (business_day_.empty()) {
        throw Refused("no day is open, use open-day YYYY-MM-DD");
    }
    return business_day_;
}

void Settings::openDay(const std::string &day) {
    if (!isDay(day)) {
        throw BadInput("'" + day + "' is not a day, use YYYY-MM-DD");
    }
    if (day < business_day_) {
        throw Refused("the books are on " + business_day_ + " already");
    }
    store(kBusinessDay, day);
    business_day_ = day;
}

int64_t Settings::lateFee() const {
    return parseMoney(values_.at("late-fee"));
}

void Settings::store(const std::string &name, const std::string &value) {
    Statement("INSERT INTO setting (name, value) VALUES (?, ?) "
              "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name)
        .bind(value)
        .run();
}

}  // namespace common
