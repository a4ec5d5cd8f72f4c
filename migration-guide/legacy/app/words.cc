#include "app/words.h"

#include "common/errors.h"

namespace app {

using common::BadInput;

Words splitWords(const std::string &line) {
    Words words;
    std::string word;
    bool in_word = false;
    bool in_quotes = false;
    for (const char c : line) {
        if (c == '"') {
            in_quotes = !in_quotes;
            in_word = true;
        } else if ((c == ' ' || c == '\t' || c == '\r') && !in_quotes) {
            if (in_word) {
                words.push_back(word);
            }
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_quotes) {
        throw BadInput("a quote is open at the end of the line");
    }
    if (in_word) {
        words.push_back(word);
    }
    return words;
}

int parseCount(const std::string &text, const std::string &what) {
    if (text.empty() || text.size() > 7 ||
        text.find_first_not_of("0123456789") != std::string::npos || std::stoi(text) > 1000000) {
        throw BadInput(what + " is a number up to 1000000, not '" + text + "'");
    }
    return std::stoi(text);
}

common::BasketLine parseLine(const std::string &text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        throw BadInput(text + " is no line of an order, use SKU=COUNT");
    }
    common::BasketLine line;
    line.sku = text.substr(0, equals);
    line.quantity = parseCount(text.substr(equals + 1), "a count");
    if (line.quantity == 0) {
        throw BadInput("at least one of " + line.sku + " has to be ordered");
    }
    return line;
}

}  // namespace app
