#ifndef SEAM_WIRE_MESSAGE_H_
#define SEAM_WIRE_MESSAGE_H_

#include <cstddef>
#include <string_view>

#include "seam/core/buffer.h"
#include "seam/core/result.h"
#include "seam/wire/measure.h"
#include "seam/wire/reader.h"
#include "seam/wire/well_known.h"
#include "seam/wire/writer.h"

// A whole message to bytes and back. T is a generated message, seam::Timestamp or seam::Duration.
// What does the work is found in T's namespace:
//   void Encode(const T& message, Writer& out);
//   bool Decode(Reader& in, T& message);
//   std::size_t Measure(const T& message, Measurer& out);
namespace seam::wire {

namespace internal {
// Only when there is a fault.
[[nodiscard]] Failure CannotEncode(const EncodingFault& fault);
[[nodiscard]] Failure Malformed(std::size_t position, std::size_t size);
[[nodiscard]] inline bool IsFaulty(const EncodingFault& fault) noexcept {
  return fault.invalid_utf8_field != nullptr || fault.too_deep;
}
// libprotobuf counts in ints.
inline constexpr std::size_t kMaxMessageBytes = 0x7FFFFFFF;
}  // namespace internal

// Fails with INVALID_ARGUMENT, reason INVALID_UTF8, metadata field=<full name>, when a `string`
// holds something else, the first such field; with reason MESSAGE_TOO_DEEP when messages lie in one
// another more than kMaxDepth deep, which no receiver would accept.
template <class T>
[[nodiscard]] Result<Buffer> EncodeMessage(const T& message) {
  Writer out;
  Encode(message, out);
  if (internal::IsFaulty(out.fault())) return internal::CannotEncode(out.fault());
  return out.Finish();
}

// Fails with INVALID_ARGUMENT, reason MALFORMED_MESSAGE, when the bytes are no message of this type
// (a `string` in them that is not UTF-8 included).
template <class T>
[[nodiscard]] Result<T> DecodeMessage(std::string_view bytes) {
  Reader in(bytes);
  Result<T> message{T{}};
  if (bytes.size() > internal::kMaxMessageBytes || !Decode(in, *message)) {
    return internal::Malformed(in.position(bytes), bytes.size());
  }
  return message;
}

// How many bytes EncodeMessage would give; fails as it does.
template <class T>
[[nodiscard]] Result<std::size_t> MeasureMessage(const T& message) {
  Measurer out;
  const std::size_t size = Measure(message, out);
  if (internal::IsFaulty(out.fault())) return internal::CannotEncode(out.fault());
  return size;
}

}  // namespace seam::wire

#endif  // SEAM_WIRE_MESSAGE_H_
