#include "stock/warehouse.h"

#include "common/database.h"
#include "common/errors.h"
#include "stock/out_of_stock.h"

namespace stock {

using common::BadInput;
using common::Statement;

namespace {

int onHand(const std::string &sku) {
    Statement select("SELECT on_hand FROM stock WHERE sku = ?");
    select.bind(sku);
    return select.step() ? static_cast<int>(select.number(0)) : 0;
}

}  // namespace

Warehouse::Warehouse(catalogue::Catalogue &catalogue) : catalogue_(catalogue) {
    Statement select("SELECT sku, on_hand, reorder_level FROM stock");
    while (select.step()) {
        Shelf &shelf = shelves_[select.text(0)];
        shelf.product = &catalogue_.get(select.text(0));
        shelf.product->available = static_cast<int>(select.number(1));
        shelf.reorder_level = static_cast<int>(select.number(2));
    }
}

void Warehouse::receive(const std::string &sku, int count) {
    if (count < 1) {
        throw BadInput("at least one has to be received");
    }
    Shelf &shelf = shelves_[catalogue_.get(sku).sku];
    shelf.product = &catalogue_.get(sku);
    Statement("INSERT INTO stock (sku, on_hand) VALUES (?, ?) "
              "ON CONFLICT (sku) DO UPDATE SET on_hand = on_hand + excluded.on_hand")
        .bind(sku)
        .bind(count)
        .run();
    shelf.product->available += count;
}

void Warehouse::take(common::Basket &basket) {
    for (common::BasketLine &line : basket.lines) {
        Statement("UPDATE stock SET on_hand = on_hand - ? WHERE sku = ? AND on_hand >= ?")
            .bind(line.quantity)
            .bind(line.sku)
            .bind(line.quantity)
            .run();
        const bool taken = common::Database::instance().changes() == 1;
        line.left = onHand(line.sku);
        if (!taken) {
            throw OutOfStock(line.sku, line.quantity, line.left);
        }
    }
}

void Warehouse::afterSale(const common::Basket &basket) {
    for (const common::BasketLine &line : basket.lines) {
        shelves_.at(line.sku).product->available = line.left;
    }
}

void Warehouse::putBack(const std::string &sku, int count) {
    Statement("UPDATE stock SET on_hand = on_hand + ? WHERE sku = ?").bind(count).bind(sku).run();
}

void Warehouse::afterReturn(const std::string &sku, int count) {
    shelves_.at(sku).product->available += count;
}

void Warehouse::setReorderLevel(const std::string &sku, int level) {
    const auto shelf = shelves_.find(catalogue_.get(sku).sku);
    if (shelf == shelves_.end()) {
        throw common::Refused(sku + " has never been received");
    }
    if (level < 0) {
        throw BadInput("a reorder level cannot be less than 0");
    }
    Statement("UPDATE stock SET reorder_level = ? WHERE sku = ?").bind(level).bind(sku).run();
    shelf->second.reorder_level = level;
}

std::vector<const Shelf *> Warehouse::toReorder() const {
    std::vector<const Shelf *> low;
    for (const auto &[sku, shelf] : shelves_) {
        if (shelf.product->available <= shelf.reorder_level) {
            low.push_back(&shelf);
        }
    }
    return low;
}

void Warehouse::clearShelf(const std::string &sku) {
    shelves_.erase(sku);
}

}  // namespace stock
