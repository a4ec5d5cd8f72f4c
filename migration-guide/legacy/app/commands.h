#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include <map>
#include <ostream>
#include <string>

#include "app/words.h"
#include "billing/invoices.h"
#include "catalogue/catalogue.h"
#include "customers/customer_book.h"
#include "orders/order_desk.h"
#include "stock/warehouse.h"

namespace app {

// The whole shop, and what a user can tell it to do.
class Commands {
public:
    Commands();

    // Throws common::ShopError when it cannot be done.
    void run(const Words &words, std::ostream &out);

private:
    struct Command {
        std::string usage;
        std::size_t least;
        std::size_t most;
        void (Commands::*run)(const Words &, std::ostream &);
    };

    void help(const Words &words, std::ostream &out);
    void openDay(const Words &words, std::ostream &out);
    void set(const Words &words, std::ostream &out);
    void settings(const Words &words, std::ostream &out);

    void addProduct(const Words &words, std::ostream &out);
    void rename(const Words &words, std::ostream &out);
    void reprice(const Words &words, std::ostream &out);
    void removeProduct(const Words &words, std::ostream &out);
    void products(const Words &words, std::ostream &out);

    void receive(const Words &words, std::ostream &out);
    void reorderAt(const Words &words, std::ostream &out);
    void reorderList(const Words &words, std::ostream &out);

    void addCustomer(const Words &words, std::ostream &out);
    void creditLimit(const Words &words, std::ostream &out);
    void customer(const Words &words, std::ostream &out);

    void order(const Words &words, std::ostream &out);
    void showOrder(const Words &words, std::ostream &out);
    void orders(const Words &words, std::ostream &out);
    void cancel(const Words &words, std::ostream &out);

    void invoices(const Words &words, std::ostream &out);
    void pay(const Words &words, std::ostream &out);
    void remind(const Words &words, std::ostream &out);
    void report(const Words &words, std::ostream &out);

    void print(const orders::Order &order, std::ostream &out) const;

    std::map<std::string, Command> commands_;

    catalogue::Catalogue catalogue_;
    stock::Warehouse warehouse_;
    customers::CustomerBook customers_;
    billing::Invoices invoices_;
    orders::OrderDesk order_desk_;
};

}  // namespace app

#endif
