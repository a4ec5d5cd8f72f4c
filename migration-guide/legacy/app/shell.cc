#include "app/shell.h"

#include <string>

#include "app/words.h"
#include "common/errors.h"
#include "stock/out_of_stock.h"

namespace app {

Shell::Shell(Commands &commands, std::istream &in, std::ostream &out, bool echo)
    : commands_(commands), in_(in), out_(out), echo_(echo) {}

void Shell::run() {
    std::string line;
    while (std::getline(in_, line)) {
        if (echo_) {
            out_ << (line.empty() ? ">" : "> ") << line << "\n";
        }
        if (line == "quit") {
            break;
        }
        answer(line);
        out_ << std::flush;
    }
}

void Shell::answer(const std::string &line) {
    try {
        const Words words = splitWords(line);
        if (!words.empty() && words[0][0] != '#') {
            commands_.run(words, out_);
        }
    } catch (const stock::OutOfStock &error) {
        if (error.available == 0) {
            out_ << "error: " << error.sku << " is sold out\n";
        } else {
            out_ << "error: only " << error.available << " of " << error.sku << " left, not "
                 << error.wanted << "\n";
        }
    } catch (const common::DatabaseError &error) {
        out_ << "error: the database says: " << error.what() << "\n";
    } catch (const common::ShopError &error) {
        out_ << "error: " << error.what() << "\n";
    }
}

}  // namespace app
