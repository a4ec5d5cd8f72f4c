#include "catalogue/catalogue.h"

#include "common/database.h"
#include "common/errors.h"
#include "common/money.h"
#include "common/settings.h"

namespace catalogue {

using common::BadInput;
using common::NotFound;
using common::Refused;
using common::Settings;
using common::Statement;

namespace {

void checkSku(const std::string &sku) {
    if (sku.empty() || sku.size() > 12 ||
        sku.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != std::string::npos) {
        throw BadInput("a SKU has up to 12 capital letters, digits and dashes, not '" + sku + "'");
    }
}

void checkName(const std::string &name) {
    if (name.empty() || name.size() > 40) {
        throw BadInput("a product's name has 1 to 40 letters");
    }
}

void checkCategory(const std::string &category) {
    if (category.empty() || category.size() > 10) {
        throw BadInput("a category has 1 to 10 letters");
    }
}

void checkPrice(int64_t price) {
    if (price <= 0) {
        throw BadInput("a product costs at least 0.01");
    }
}

}  // namespace

void Catalogue::add(const std::string &sku, const std::string &name, const std::string &category,
                    int64_t price) {
    checkSku(sku);
    checkName(name);
    checkCategory(category);
    checkPrice(price);
    try {
        Statement("INSERT INTO product (sku, name, category, price) VALUES (?, ?, ?, ?)")
            .bind(sku)
            .bind(name)
            .bind(category)
            .bind(price)
            .run();
    } catch (const common::DatabaseError &error) {
        if (error.constraint()) {
            throw Refused("there is a product " + sku + " already");
        }
        throw;
    }
}

Product &Catalogue::get(const std::string &sku) {
    const auto known = products_.find(sku);
    if (known != products_.end()) {
        return known->second;
    }
    Statement select("SELECT sku, name, category, price FROM product WHERE sku = ?");
    select.bind(sku);
    if (!select.step()) {
        throw NotFound("there is no product " + sku);
    }
    return remember(select);
}

std::vector<Product *> Catalogue::list(const std::string &category) {
    std::string sql = "SELECT sku, name, category, price FROM product";
    if (!category.empty()) {
        sql += " WHERE category = ?";
    }
    Statement select(sql + " ORDER BY sku");
    if (!category.empty()) {
        select.bind(category);
    }
    std::vector<Product *> products;
    while (select.step()) {
        products.push_back(&remember(select));
    }
    return products;
}

void Catalogue::rename(const std::string &sku, const std::string &name) {
    checkName(name);
    Product &product = get(sku);
    Statement("UPDATE product SET name = ? WHERE sku = ?").bind(name).bind(sku).run();
    product.name = name;
}

void Catalogue::reprice(const std::string &sku, int64_t price) {
    checkPrice(price);
    Product &product = get(sku);
    Statement("UPDATE product SET price = ? WHERE sku = ?").bind(price).bind(sku).run();
    product.price = price;
}

void Catalogue::remove(const std::string &sku) {
    get(sku);
    try {
        Statement("DELETE FROM product WHERE sku = ?").bind(sku).run();
    } catch (const common::DatabaseError &error) {
        if (error.constraint()) {
            throw Refused(sku + " has been ordered and cannot be removed");
        }
        throw;
    }
    products_.erase(sku);
}

int64_t Catalogue::salePrice(const Product &product) const {
    const int percent = Settings::instance().salePercent();
    return product.price - common::percentOf(product.price, percent);
}

void Catalogue::priceBasket(common::Basket &basket) {
    basket.subtotal = 0;
    for (common::BasketLine &line : basket.lines) {
        line.unit_price = salePrice(get(line.sku));
        basket.subtotal += line.unit_price * line.quantity;
    }
}

Product &Catalogue::remember(const Statement &row) {
    Product &product = products_[row.text(0)];
    product.sku = row.text(0);
    product.name = row.text(1);
    product.category = row.text(2);
    product.price = row.number(3);
    return product;
}

}  // namespace catalogue
