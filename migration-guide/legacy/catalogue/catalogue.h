#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/basket.h"

namespace common {
class Statement;
}

namespace catalogue {

struct Product {
    std::string sku;
    std::string name;
    std::string category;
    int64_t price = 0;  // In cents, before a sale.
    int available = 0;  // Kept up to date by the warehouse.
};

class Catalogue {
public:
    void add(const std::string &sku, const std::string &name, const std::string &category,
             int64_t price);

    // Throws NotFound. The product stays where it is until it is removed.
    Product &get(const std::string &sku);

    // By SKU; of all categories when none is given.
    std::vector<Product *> list(const std::string &category);

    void rename(const std::string &sku, const std::string &name);
    void reprice(const std::string &sku, int64_t price);
    void remove(const std::string &sku);

    // What a product costs today.
    int64_t salePrice(const Product &product) const;

    // Fills in the prices and the subtotal.
    void priceBasket(common::Basket &basket);

private:
    Product &remember(const common::Statement &row);

    std::map<std::string, Product> products_;  // Those that were asked for.
};

}  // namespace catalogue

#endif
