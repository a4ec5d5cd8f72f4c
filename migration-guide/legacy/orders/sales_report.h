#ifndef ORDERS_SALES_REPORT_H
#define ORDERS_SALES_REPORT_H

#include <cstdint>
#include <string>
#include <vector>

namespace orders {

struct SalesRow {
    std::string category;
    int64_t orders = 0;
    int64_t pieces = 0;
    int64_t amount = 0;  // Before discounts.
};

// What was sold from one day to another, both included, by category; the best one first.
std::vector<SalesRow> salesByCategory(const std::string &from, const std::string &to);

}  // namespace orders

#endif
