#include "seam/core/trace.h"

#include <algorithm>

#include "seam/core/random_internal.h"

namespace seam {
namespace {

using internal::RandomBits;

constexpr char kHexDigits[] = "0123456789abcdef";

constexpr std::uint8_t kSampled = 1;

// The flags that version 00 defines; it has the others sent as zero.
std::uint8_t Sampled(std::uint8_t flags) { return flags & kSampled; }

template <class Bytes>
void AppendHex(const Bytes& bytes, std::string& out) {
  for (const std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4U]);
    out.push_back(kHexDigits[byte & 0x0FU]);
  }
}

// Lower case only: the standard says upper-case digits make the header invalid.
int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

template <class Bytes>
bool ReadHex(std::string_view text, Bytes& bytes) {
  if (text.size() != bytes.size() * 2) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = HexValue(text[2 * i]);
    const int low = HexValue(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

template <class Bytes>
bool AllZero(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

template <class Bytes>
void FillRandom(Bytes& bytes) {
  do {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i % 8 == 0) bits = RandomBits();
      bytes[i] = static_cast<std::uint8_t>(bits >> (8 * (i % 8)));
    }
  } while (AllZero(bytes));
}

}  // namespace

bool TraceContext::valid() const noexcept { return !AllZero(trace_id) && !AllZero(span_id); }

TraceContext NewTrace() {
  TraceContext trace;
  FillRandom(trace.trace_id);
  FillRandom(trace.span_id);
  trace.flags = kSampled;
  return trace;
}

TraceContext ChildSpan(const TraceContext& parent) {
  TraceContext child = parent;
  FillRandom(child.span_id);
  return child;
}

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  // version "-" trace-id "-" parent-id "-" flags
  if (header.size() < 55) return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext trace;
  if (!ReadHex(header.substr(0, 2), version) || !ReadHex(header.substr(3, 32), trace.trace_id) ||
      !ReadHex(header.substr(36, 16), trace.span_id) || !ReadHex(header.substr(53, 2), flags)) {
    return std::nullopt;
  }
  if (version[0] == 0xFF) return std::nullopt;
  if (version[0] == 0 && header.size() != 55) return std::nullopt;
  if (version[0] != 0 && header.size() > 55 && header[55] != '-') return std::nullopt;
  trace.flags = Sampled(flags[0]);
  if (!trace.valid()) return std::nullopt;
  return trace;
}

std::string FormatTraceparent(const TraceContext& trace) {
  std::string header = "00-";
  header.reserve(55);
  AppendHex(trace.trace_id, header);
  header.push_back('-');
  AppendHex(trace.span_id, header);
  header.push_back('-');
  AppendHex(std::array<std::uint8_t, 1>{Sampled(trace.flags)}, header);
  return header;
}

std::string TraceIdText(const TraceContext& trace) {
  std::string text;
  text.reserve(32);
  AppendHex(trace.trace_id, text);
  return text;
}

}  // namespace seam
