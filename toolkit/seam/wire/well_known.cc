#include "seam/wire/well_known.h"

namespace seam::wire {

namespace {

// Timestamp and Duration have the same fields.
template <class T, class Sink>
void WriteFields(const T& message, Sink& out) {
  out.template Implicit<Int32, 2>(message.nanoseconds);
  out.template Implicit<Int64, 1>(message.seconds);
}

template <class T>
bool ReadFields(Reader& in, T& message) {
  while (!in.AtEnd()) {
    switch (const std::uint32_t tag = in.Tag()) {
      case MakeTag(1, WireType::kVarint):
        if (!in.Field<Int64>(message.seconds)) return false;
        break;
      case MakeTag(2, WireType::kVarint):
        if (!in.Field<Int32>(message.nanoseconds)) return false;
        break;
      default:
        if (!in.Skip(tag)) return false;
    }
  }
  return true;
}

template <class T>
std::size_t MeasureFields(const T& message, Measurer& out) {
  const std::size_t before = out.size();
  WriteFields(message, out);
  return out.size() - before;
}

}  // namespace

void Encode(const Timestamp& message, Writer& out) { WriteFields(message, out); }
bool Decode(Reader& in, Timestamp& message) { return ReadFields(in, message); }
std::size_t Measure(const Timestamp& message, Measurer& out) { return MeasureFields(message, out); }

void Encode(const Duration& message, Writer& out) { WriteFields(message, out); }
bool Decode(Reader& in, Duration& message) { return ReadFields(in, message); }
std::size_t Measure(const Duration& message, Measurer& out) { return MeasureFields(message, out); }

}  // namespace seam::wire
