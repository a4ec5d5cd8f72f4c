#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include <cstdint>
#include <map>
#include <string>

namespace common {

// How the shop is run, kept in the database. The names are those that the user types.
class Settings {
public:
    static Settings &instance();

    // Reads what is stored over the defaults.
    void load();
    void set(const std::string &name, const std::string &value);
    const std::map<std::string, std::string> &all() const { return values_; }

    // The day that the books are on.
    const std::string &businessDay() const;
    void openDay(const std::string &day);

    const std::string &currency() const { return values_.at("currency"); }
    int salePercent() const { return std::stoi(values_.at("sale-percent")); }
    int vatPercent() const { return std::stoi(values_.at("vat-percent")); }
    int paymentDays() const { return std::stoi(values_.at("payment-days")); }
    int64_t lateFee() const;

private:
    Settings() = default;
    void store(const std::string &name, const std::string &value);

    std::map<std::string, std::string> values_ = {{"currency", "EUR"},
                                                  {"late-fee", "5.00"},
                                                  {"payment-days", "14"},
                                                  {"sale-percent", "0"},
                                                  {"vat-percent", "19"}};
    std::string business_day_;
};

}  // namespace common

#endif
