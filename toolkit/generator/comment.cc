#include "generator/comment.h"

#include <string_view>

namespace seam::generator {

namespace {

// The UTF-8 of U+202A to U+202E and U+2066 to U+2069, which make text look different from what the
// compiler reads (https://trojansource.codes).
bool IsDirectionControl(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(text[2]);
  return (text[1] == '\x80' && last >= 0xAA && last <= 0xAE) ||
         (text[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

std::string SafeLine(std::string_view line) {
  std::string safe;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (IsDirectionControl(line.substr(i))) {
      safe += '?';
      i += 2;
    } else if (byte == '\t') {
      safe += ' ';
    } else if (byte < 0x20 || byte == 0x7F) {
      if (byte != '\r') safe += '?';
    } else {
      safe += line[i];
    }
  }
  safe.erase(safe.find_last_not_of(' ') + 1);
  const bool trigraph = safe.size() >= 3 && safe.compare(safe.size() - 3, 3, "?\?/") == 0;
  if (!safe.empty() && (safe.back() == '\\' || trigraph)) safe += '.';
  return safe;
}

}  // namespace

Comment CommentLines(const std::string& text) {
  Comment lines;
  std::string_view left = text;
  while (!left.empty()) {
    const std::size_t end = left.find('\n');
    std::string_view line = left.substr(0, end);
    // Of "///", protoc leaves the third.
    if (!line.empty() && line[0] == '/') line.remove_prefix(1);
    if (!line.empty() && line[0] == ' ') line.remove_prefix(1);
    lines.push_back(SafeLine(line));
    left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
  }
  // The rest of an opening "/**".
  if (!lines.empty() && lines.front() == "*") lines.erase(lines.begin());
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  return lines;
}

}  // namespace seam::generator
