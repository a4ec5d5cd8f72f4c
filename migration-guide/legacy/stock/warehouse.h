#ifndef STOCK_WAREHOUSE_H
#define STOCK_WAREHOUSE_H

#include <map>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "common/basket.h"

namespace stock {

// Where a product lies.
struct Shelf {
    catalogue::Product *product = nullptr;
    int reorder_level = 0;
};

class Warehouse {
public:
    // Sets up a shelf for every product that was ever received.
    explicit Warehouse(catalogue::Catalogue &catalogue);

    void receive(const std::string &sku, int count);

    // Takes all lines off the shelves, or throws OutOfStock. Part of the caller's transaction;
    // afterSale() is to follow its commit.
    void take(common::Basket &basket);
    void afterSale(const common::Basket &basket);

    // Puts goods back on their shelf, in the same way.
    void putBack(const std::string &sku, int count);
    void afterReturn(const std::string &sku, int count);

    // At how many left a product is to be ordered anew.
    void setReorderLevel(const std::string &sku, int level);
    std::vector<const Shelf *> toReorder() const;

    // The product is no longer sold.
    void clearShelf(const std::string &sku);

private:
    catalogue::Catalogue &catalogue_;
    std::map<std::string, Shelf> shelves_;
};

}  // namespace stock

#endif
