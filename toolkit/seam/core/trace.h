#ifndef SEAM_CORE_TRACE_H_
#define SEAM_CORE_TRACE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seam {

// The position of a call in a distributed trace: W3C Trace Context, version 00
// (https://www.w3.org/TR/trace-context/#traceparent-header). The other header of the standard,
// tracestate, is not carried on: whoever needs its vendors' data has to put them into metadata. A
// value.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::uint8_t flags = 0;  // Bit 0: sampled. Version 00 knows no other; they do not travel.

  // All-zero ids are what the standard calls invalid, and what a default TraceContext has.
  [[nodiscard]] bool valid() const noexcept;

  friend bool operator==(const TraceContext& a, const TraceContext& b) {
    return a.trace_id == b.trace_id && a.span_id == b.span_id && a.flags == b.flags;
  }
  friend bool operator!=(const TraceContext& a, const TraceContext& b) { return !(a == b); }
};

// A new trace with random ids, sampled.
[[nodiscard]] TraceContext NewTrace();

// The same trace, one span further in: for work that is recorded as a span of its own. Calls do not
// make one: a handler sees its caller's span in every binding, and its own is a child of that.
[[nodiscard]] TraceContext ChildSpan(const TraceContext& parent);

// Reads a traceparent header; nothing when it is malformed, as the standard asks ("restart the
// trace"). A version above 00 is read by its first four fields.
[[nodiscard]] std::optional<TraceContext> ParseTraceparent(std::string_view header);

// "00-<32 hex>-<16 hex>-<2 hex>".
[[nodiscard]] std::string FormatTraceparent(const TraceContext& trace);

// The 32 lower-case hex digits of the trace id, as logs show it.
[[nodiscard]] std::string TraceIdText(const TraceContext& trace);

}  // namespace seam

#endif  // SEAM_CORE_TRACE_H_
