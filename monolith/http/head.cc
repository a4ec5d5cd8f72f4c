#include "http/head.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace shop::http {
namespace {

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsControl(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

std::string_view WithoutSpaceAround(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

}  // namespace

bool Head::Take(char byte) {
  if (std::exchange(after_cr_, byte == '\r')) return byte == '\n' && EndLine();
  if (byte == '\n') return false;
  if (byte != '\r') line_ += byte;
  return true;
}

bool Head::EndLine() {
  const std::string text = std::exchange(line_, {});
  const std::string_view line = text;
  if (std::any_of(line.begin(), line.end(), IsControl)) return false;
  if (std::exchange(in_request_line_, false)) return EndRequestLine(line);
  if (line.empty()) {
    whole_ = true;
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  if (!std::all_of(name.begin(), name.end(), IsTokenCharacter)) return false;
  headers_.emplace(name, WithoutSpaceAround(line.substr(colon + 1)));
  return true;
}

bool Head::EndRequestLine(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || last <= first + 1 ||
      last + 1 == line.size()) {
    return false;
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.find(' ') != std::string_view::npos || line.find('\t') != std::string_view::npos) {
    return false;
  }
  request_line_ = {std::string(line.substr(0, first)), std::string(target),
                   std::string(line.substr(last + 1))};
  return true;
}

}  // namespace shop::http
