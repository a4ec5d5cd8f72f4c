#include <iostream>
#include <string>

#include "app/commands.h"
#include "app/shell.h"
#include "common/database.h"
#include "common/errors.h"
#include "common/settings.h"

namespace {

const char kUsage[] = "usage: legacy-shop --database FILE [--echo]\n"
                      "Reads commands from its input, one a line; `help` lists them.\n"
                      "  --database FILE  where the shop's data is; made if it is missing\n"
                      "  --echo           show each command before its answer\n";

}  // namespace

int main(int argc, char **argv) {
    std::string database;
    bool echo = false;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--database" && i + 1 < argc) {
            database = argv[++i];
        } else if (argument == "--echo") {
            echo = true;
        } else if (argument == "--help") {
            std::cout << kUsage;
            return 0;
        } else {
            std::cerr << "legacy-shop: " << argument << " is not understood\n" << kUsage;
            return 2;
        }
    }
    if (database.empty()) {
        std::cerr << "legacy-shop: --database is missing\n" << kUsage;
        return 2;
    }
    try {
        common::Database::instance().open(database);
        common::Settings::instance().load();
        app::Commands commands;
        app::Shell(commands, std::cin, std::cout, echo).run();
    } catch (const common::ShopError &error) {
        std::cerr << "legacy-shop: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
