#ifndef APP_WORDS_H
#define APP_WORDS_H

#include <string>
#include <vector>

#include "common/basket.h"

namespace app {

using Words = std::vector<std::string>;

// Splits a line at its blanks. What stands between double quotes is one word.
Words splitWords(const std::string &line);

// A number of things, up to a million. `what` says what it is for.
int parseCount(const std::string &text, const std::string &what);

// "MUG-1=2" are two of MUG-1.
common::BasketLine parseLine(const std::string &text);

}  // namespace app

#endif
