#include "generator/printer.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

namespace seam::generator {

namespace {

constexpr char kBreak = '`';
constexpr std::size_t kContinuation = 4;

[[noreturn]] void Bug(const std::source_location& where, const std::string& what) {
  std::cerr << where.file_name() << ':' << where.line() << ": " << what << '\n';
  std::abort();
}

std::string Substituted(std::string_view text, const Printer::Variables& variables,
                        const Printer::Variables& more, const std::source_location& where) {
  std::string result;
  while (true) {
    const std::size_t open = text.find('$');
    result += text.substr(0, open);
    if (open == std::string_view::npos) return result;
    text.remove_prefix(open + 1);
    const std::size_t close = text.find('$');
    if (close == std::string_view::npos) Bug(where, "the template has a $ without its partner");
    const std::string_view name = text.substr(0, close);
    text.remove_prefix(close + 1);
    if (name.empty()) {
      result += '$';
    } else if (const auto found = more.find(name); found != more.end()) {
      result += found->second;
    } else if (const auto common = variables.find(name); common != variables.end()) {
      result += common->second;
    } else {
      Bug(where, "the template's variable $" + std::string(name) + "$ has no value");
    }
  }
}

std::string_view WithoutTrailingBlanks(std::string_view line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string Joined(const std::vector<std::string>& pieces, std::size_t begin, std::size_t end) {
  std::string joined;
  for (std::size_t i = begin; i < end; ++i) joined += pieces[i];
  return joined;
}

// Before which piece one break makes two lines of it that both fit: at the first bracket where
// that is possible, so that what is in it stays together. 0 when there is no such bracket.
std::size_t BestSplit(const std::vector<std::string>& pieces, std::size_t continuation) {
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const bool behind = !pieces[i - 1].empty() && pieces[i - 1].back() == '(';
    const bool before = !pieces[i].empty() && pieces[i].front() == '(';
    if (!behind && !before) continue;
    const std::string rest = Joined(pieces, i, pieces.size());
    if (Joined(pieces, 0, i).size() <= Printer::kColumns &&
        continuation + WithoutTrailingBlanks(rest).size() <= Printer::kColumns) {
      return i;
    }
  }
  return 0;
}

}  // namespace

void Printer::Print(std::string_view text, const Variables& variables, std::source_location where) {
  const std::string substituted = Substituted(text, variables_, variables, where);
  std::string_view left = substituted;
  while (!left.empty()) {
    const std::size_t end = left.find('\n');
    if (end == std::string_view::npos) Bug(where, "the template does not end its last line");
    PrintLine(left.substr(0, end));
    left.remove_prefix(end + 1);
  }
}

void Printer::Print(const Comment& comment, std::size_t indent) {
  const std::string opening = std::string(indent, ' ') + "//";
  for (const std::string& line : comment) {
    std::string_view left = line;
    const std::size_t room = kColumns - std::min(kColumns / 2, opening.size() + 1);
    while (left.size() > room) {
      const std::size_t blank = left.substr(0, room + 1).find_last_of(' ');
      if (blank == std::string_view::npos || blank == 0) break;
      // A continuation line takes a line's end from its middle: it must be safe there, too.
      std::string_view head = WithoutTrailingBlanks(left.substr(0, blank));
      const bool swallows =
          !head.empty() && (head.back() == '\\' || (head.size() >= 3 && head.back() == '/' &&
                                                    head.substr(head.size() - 3, 2) == "??"));
      if (head.empty() || swallows) break;
      text_ += opening + " " + std::string(head) + "\n";
      left.remove_prefix(blank + 1);
    }
    text_ += opening;
    if (!left.empty()) text_ += " " + std::string(left);
    text_ += '\n';
  }
}

void Printer::PrintLine(std::string_view line) {
  std::vector<std::string> pieces(1);
  std::size_t length = 0;
  for (const char c : line) {
    if (c == kBreak) {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
      ++length;
    }
  }
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (length <= kColumns) {
    pieces = {Joined(pieces, 0, pieces.size())};
  } else if (const std::size_t split = BestSplit(pieces, indent + kContinuation); split > 0) {
    pieces = {Joined(pieces, 0, split), Joined(pieces, split, pieces.size())};
  }
  std::string current;
  for (const std::string& piece : pieces) {
    if (!current.empty() && current.size() + WithoutTrailingBlanks(piece).size() > kColumns) {
      text_ += WithoutTrailingBlanks(current);
      text_ += '\n';
      current.assign(indent + kContinuation, ' ');
    }
    current += piece;
  }
  text_ += WithoutTrailingBlanks(current);
  text_ += '\n';
}

}  // namespace seam::generator
