#include "app/commands.h"

#include <iomanip>

#include "common/dates.h"
#include "common/errors.h"
#include "common/money.h"
#include "common/settings.h"
#include "customers/reminders.h"
#include "orders/sales_report.h"

namespace app {

using common::BadInput;
using common::formatMoney;
using common::parseMoney;
using common::Settings;

namespace {

std::string withCurrency(int64_t cents) {
    return formatMoney(cents) + " " + Settings::instance().currency();
}

std::ostream &column(std::ostream &out, const std::string &text, int width) {
    return out << std::left << std::setw(width) << text << " ";
}

std::ostream &amountColumn(std::ostream &out, int64_t cents) {
    return out << std::right << std::setw(10) << formatMoney(cents);
}

}  // namespace

Commands::Commands()
    : warehouse_(catalogue_), order_desk_(catalogue_, warehouse_, customers_, invoices_) {
    customers_.setOrderDesk(&order_desk_);
    commands_ = {
        {"help", {"", 0, 0, &Commands::help}},
        {"open-day", {"YYYY-MM-DD", 1, 1, &Commands::openDay}},
        {"set", {"SETTING VALUE", 2, 2, &Commands::set}},
        {"settings", {"", 0, 0, &Commands::settings}},
        {"add-product", {"SKU NAME CATEGORY PRICE", 4, 4, &Commands::addProduct}},
        {"rename", {"SKU NAME", 2, 2, &Commands::rename}},
        {"reprice", {"SKU PRICE", 2, 2, &Commands::reprice}},
        {"remove-product", {"SKU", 1, 1, &Commands::removeProduct}},
        {"products", {"[CATEGORY]", 0, 1, &Commands::products}},
        {"receive", {"SKU COUNT", 2, 2, &Commands::receive}},
        {"reorder-at", {"SKU COUNT", 2, 2, &Commands::reorderAt}},
        {"reorder-list", {"", 0, 0, &Commands::reorderList}},
        {"add-customer", {"EMAIL NAME CREDIT-LIMIT", 3, 3, &Commands::addCustomer}},
        {"credit-limit", {"EMAIL CREDIT-LIMIT", 2, 2, &Commands::creditLimit}},
        {"customer", {"EMAIL", 1, 1, &Commands::customer}},
        {"order", {"EMAIL SKU=COUNT...", 2, 100, &Commands::order}},
        {"show-order", {"ORDER", 1, 1, &Commands::showOrder}},
        {"orders", {"EMAIL", 1, 1, &Commands::orders}},
        {"cancel", {"ORDER", 1, 1, &Commands::cancel}},
        {"invoices", {"EMAIL", 1, 1, &Commands::invoices}},
        {"pay", {"INVOICE", 1, 1, &Commands::pay}},
        {"remind", {"", 0, 0, &Commands::remind}},
        {"report", {"FROM-DAY TO-DAY", 2, 2, &Commands::report}},
    };
}

void Commands::run(const Words &words, std::ostream &out) {
    const auto found = commands_.find(words[0]);
    if (found == commands_.end()) {
        throw BadInput("there is no command " + words[0] + ", try help");
    }
    const Command &command = found->second;
    const Words arguments(words.begin() + 1, words.end());
    if (arguments.size() < command.least || arguments.size() > command.most) {
        throw BadInput("use " + words[0] + (command.usage.empty() ? "" : " ") + command.usage);
    }
    (this->*command.run)(arguments, out);
}

void Commands::help(const Words &, std::ostream &out) {
    for (const auto &[name, command] : commands_) {
        out << name << (command.usage.empty() ? "" : " ") << command.usage << "\n";
    }
    out << "quit\n";
}

void Commands::openDay(const Words &words, std::ostream &out) {
    Settings::instance().openDay(words[0]);
    out << "the books are on " << words[0] << "\n";
}

void Commands::set(const Words &words, std::ostream &out) {
    Settings::instance().set(words[0], words[1]);
    out << words[0] << " is " << words[1] << "\n";
}

void Commands::settings(const Words &, std::ostream &out) {
    for (const auto &[name, value] : Settings::instance().all()) {
        column(out, name, 14) << value << "\n";
    }
}

void Commands::addProduct(const Words &words, std::ostream &out) {
    catalogue_.add(words[0], words[1], words[2], parseMoney(words[3]));
    out << "added " << words[0] << "\n";
}

void Commands::rename(const Words &words, std::ostream &out) {
    catalogue_.rename(words[0], words[1]);
    out << words[0] << " is " << words[1] << "\n";
}

void Commands::reprice(const Words &words, std::ostream &out) {
    catalogue_.reprice(words[0], parseMoney(words[1]));
    out << words[0] << " costs " << withCurrency(parseMoney(words[1])) << "\n";
}

void Commands::removeProduct(const Words &words, std::ostream &out) {
    catalogue_.remove(words[0]);
    warehouse_.clearShelf(words[0]);
    out << "removed " << words[0] << "\n";
}

void Commands::products(const Words &words, std::ostream &out) {
    for (const catalogue::Product *product : catalogue_.list(words.empty() ? "" : words[0])) {
        column(out, product->sku, 12);
        column(out, product->name, 24);
        column(out, product->category, 10);
        amountColumn(out, catalogue_.salePrice(*product)) << "  ";
        if (product->available == 0) {
            out << "sold out\n";
        } else {
            out << product->available << " in stock\n";
        }
    }
}

void Commands::receive(const Words &words, std::ostream &out) {
    warehouse_.receive(words[0], parseCount(words[1], "a count"));
    out << catalogue_.get(words[0]).available << " of " << words[0] << " in stock\n";
}

void Commands::reorderAt(const Words &words, std::ostream &out) {
    warehouse_.setReorderLevel(words[0], parseCount(words[1], "a count"));
    out << words[0] << " is reordered at " << words[1] << "\n";
}

void Commands::reorderList(const Words &, std::ostream &out) {
    for (const stock::Shelf *shelf : warehouse_.toReorder()) {
        column(out, shelf->product->sku, 12);
        column(out, shelf->product->name, 24) << shelf->product->available << " left\n";
    }
}

void Commands::addCustomer(const Words &words, std::ostream &out) {
    customers_.add(words[0], words[1], parseMoney(words[2]));
    out << "added " << words[0] << "\n";
}

void Commands::creditLimit(const Words &words, std::ostream &out) {
    customers_.setCreditLimit(words[0], parseMoney(words[1]));
    out << words[0] << " may owe " << withCurrency(parseMoney(words[1])) << "\n";
}

void Commands::customer(const Words &words, std::ostream &out) {
    const customers::Customer customer = customers_.get(words[0]);
    const customers::Rank rank = customers_.rank(customer);
    out << customer.name << " <" << customer.email << ">\n"
        << "  rank " << rank.name << ", discount " << rank.discount_percent << "%\n"
        << "  bought for " << withCurrency(order_desk_.totalSpent(customer.id)) << ", owes "
        << withCurrency(invoices_.unpaid(customer.id)) << " of at most "
        << withCurrency(customer.credit_limit) << "\n";
}

void Commands::order(const Words &words, std::ostream &out) {
    common::Basket basket;
    basket.email = words[0];
    for (std::size_t i = 1; i < words.size(); ++i) {
        const common::BasketLine line = parseLine(words[i]);
        for (const common::BasketLine &other : basket.lines) {
            if (other.sku == line.sku) {
                throw BadInput(line.sku + " is in the order twice");
            }
        }
        basket.lines.push_back(line);
    }
    order_desk_.place(basket);
    print(order_desk_.get(basket.order_id), out);
    for (const common::BasketLine &line : basket.lines) {
        if (line.left == 0) {
            out << "  " << line.sku << " is sold out now\n";
        }
    }
}

void Commands::showOrder(const Words &words, std::ostream &out) {
    print(order_desk_.get(parseCount(words[0], "an order")), out);
}

void Commands::orders(const Words &words, std::ostream &out) {
    for (const orders::Order &order : order_desk_.ofCustomer(words[0])) {
        print(order, out);
    }
}

void Commands::cancel(const Words &words, std::ostream &out) {
    const int id = parseCount(words[0], "an order");
    order_desk_.cancel(id);
    out << "order " << id << " is cancelled\n";
}

void Commands::invoices(const Words &words, std::ostream &out) {
    for (const billing::Invoice &invoice : invoices_.ofCustomer(customers_.get(words[0]).id)) {
        out << invoice.number << " of " << invoice.day << " for order " << invoice.order_id << ": "
            << withCurrency(invoice.amount) << " with " << formatMoney(invoice.vat) << " VAT, due "
            << invoice.due_day << ", " << invoice.state << "\n";
    }
}

void Commands::pay(const Words &words, std::ostream &out) {
    invoices_.pay(words[0]);
    out << "invoice " << words[0] << " is paid\n";
}

void Commands::remind(const Words &, std::ostream &out) {
    for (const customers::Reminder &reminder : customers::sendReminders()) {
        out << "to " << reminder.name << " <" << reminder.email << ">: invoice "
            << reminder.invoice_number << " was due on " << reminder.due_day << ", please pay "
            << withCurrency(reminder.amount) << " with a fee of " << formatMoney(reminder.fee)
            << "\n";
    }
}

void Commands::report(const Words &words, std::ostream &out) {
    for (const std::string &day : words) {
        if (!common::isDay(day)) {
            throw BadInput("'" + day + "' is not a day, use YYYY-MM-DD");
        }
    }
    if (words[1] < words[0]) {
        throw BadInput(words[1] + " is before " + words[0]);
    }
    out << "category    orders  pieces     amount\n";
    int64_t total = 0;
    for (const orders::SalesRow &row : orders::salesByCategory(words[0], words[1])) {
        column(out, row.category, 10);
        out << std::right << std::setw(7) << row.orders << std::setw(8) << row.pieces << " ";
        amountColumn(out, row.amount) << "\n";
        total += row.amount;
    }
    column(out, "total", 26);
    amountColumn(out, total) << "\n";
}

void Commands::print(const orders::Order &order, std::ostream &out) const {
    const customers::Customer customer = customers_.get(order.customer_id);
    out << "order " << order.id << " of " << order.day << " for " << customer.name << ", "
        << order.state << "\n";
    for (const orders::OrderLine &line : order.lines) {
        out << std::right << std::setw(5) << line.quantity << " x ";
        column(out, line.sku, 12);
        column(out, line.name, 24);
        amountColumn(out, line.quantity * line.unit_price) << "\n";
    }
    if (order.discount_percent > 0) {
        out << "  with " << order.discount_percent << "% discount\n";
    }
    out << "  total " << withCurrency(order.total) << ", invoice " << order.invoice_number << "\n";
}

}  // namespace app
