#include "users/email.h"

#include <algorithm>
#include <cstddef>

namespace shop::users {
namespace {

constexpr std::size_t kMaxCharacters = 254;
constexpr std::size_t kMaxLocalCharacters = 64;
constexpr std::size_t kMaxLabelCharacters = 63;

// Not those of <cctype>, which ask the process's locale.
bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// One of the characters of RFC 5322's atoms. A NUL is none, though it ends the literal.
bool IsAtomCharacter(char c) {
  return IsLetterOrDigit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool IsAtom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsAtomCharacter);
}

bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelCharacters && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLetterOrDigit(c) || c == '-';
         });
}

// How many parts `text` has between its dots, when all of them are right; otherwise 0.
std::size_t CountParts(std::string_view text, bool (*is_part)(std::string_view)) {
  for (std::size_t count = 1;; ++count) {
    const std::size_t dot = text.find('.');
    if (!is_part(text.substr(0, dot))) return 0;
    if (dot == std::string_view::npos) return count;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool IsEmail(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  return text.size() <= kMaxCharacters && at <= kMaxLocalCharacters &&
         CountParts(text.substr(0, at), IsAtom) >= 1 &&
         CountParts(text.substr(at + 1), IsLabel) >= 2;
}

std::string FoldEmail(std::string_view email) {
  std::string folded(email);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

}  // namespace shop::users
