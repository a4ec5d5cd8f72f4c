#ifndef STOCK_OUT_OF_STOCK_H
#define STOCK_OUT_OF_STOCK_H

#include <string>

#include "common/errors.h"

namespace stock {

class OutOfStock : public common::Refused {
public:
    OutOfStock(const std::string &sku, int wanted, int available)
        : Refused("there is not enough of " + sku), sku(sku), wanted(wanted), available(available) {
    }

    const std::string sku;
    const int wanted;
    const int available;
};

}  // namespace stock

#endif
