#ifndef SEAM_WIRE_WELL_KNOWN_H_
#define SEAM_WIRE_WELL_KNOWN_H_

#include <cstddef>

#include "seam/core/time.h"
#include "seam/wire/measure.h"
#include "seam/wire/reader.h"
#include "seam/wire/writer.h"

// The codec of the google.protobuf messages that have a type of their own in seam/core. They have
// no unknown fields: their contract is frozen.
namespace seam::wire {

void Encode(const Timestamp& message, Writer& out);
[[nodiscard]] bool Decode(Reader& in, Timestamp& message);
[[nodiscard]] std::size_t Measure(const Timestamp& message, Measurer& out);

void Encode(const Duration& message, Writer& out);
[[nodiscard]] bool Decode(Reader& in, Duration& message);
[[nodiscard]] std::size_t Measure(const Duration& message, Measurer& out);

}  // namespace seam::wire

#endif  // SEAM_WIRE_WELL_KNOWN_H_
