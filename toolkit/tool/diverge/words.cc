#include <array>
#include <cstdio>

#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

constexpr std::size_t kLongest = 60;

std::string NameOf(Code code) {
  const auto number = static_cast<std::int32_t>(code);
  if (number < 1 || number > 16) return "code " + std::to_string(number);
  return std::string(CodeName(code));
}

}  // namespace

std::string InBrief(const Error& error) {
  std::string brief = NameOf(error.code);
  if (!error.reason.empty()) brief += " " + error.reason;
  return brief + " (" + std::string(OriginName(error.origin)) + ")";
}

std::string InFull(const Error& error) {
  std::string full = InBrief(error) + " " + Quoted(error.message);
  for (const auto& [key, value] : error.metadata) full += " " + Quoted(key) + "=" + Quoted(value);
  return full;
}

std::string Quoted(std::string_view text) {
  if (text.size() > kLongest) {
    return Quoted(text.substr(0, 8)) + "…" + Quoted(text.substr(text.size() - 8)) + " (" +
           std::to_string(text.size()) + " bytes)";
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      quoted += c;
    } else {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02X", static_cast<unsigned char>(c));
      quoted += escaped.data();
    }
  }
  return quoted + "\"";
}

std::string AndRuns(const std::string& seen, const Stage& stage, const std::string& key) {
  const auto counted = stage.client.CountCalls(Context().WithTimeout(stage.patience), {.key = key});
  if (!counted) return seen + "; counting fails with " + InBrief(counted.error());
  switch (counted->begun) {
    case 0: return seen + "; the handler does not run";
    case 1: return seen + "; the handler runs once";
    default: return seen + "; the handler runs " + std::to_string(counted->begun) + " times";
  }
}

}  // namespace seam::diverge
